package server

import (
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// probeEvery is the least time between two lines about probes that are answered
// alike. There is one each few seconds, from each of those who ask.
const probeEvery = time.Minute

// probeLog logs probes: those whose answer is another than the last time, and
// one in a minute of the others.
type probeLog struct {
	to  *slog.Logger
	now func() time.Time

	mu   sync.Mutex
	last map[string]probed // by path
}

type probed struct {
	failed   string // the checks
	next     time.Time
	unlogged int
}

func newProbeLog(to *slog.Logger) *probeLog {
	return &probeLog{to: to, now: time.Now, last: map[string]probed{}}
}

// log logs a probe that was answered with status, because these checks failed.
func (p *probeLog) log(r *http.Request, status int, failed map[string]error) {
	names := slices.Sorted(maps.Keys(failed))
	due, unlogged := p.due(r.URL.Path, strings.Join(names, " "))
	if !due {
		return
	}
	facts := []any{"path", r.URL.Path, "status", status, "unlogged", unlogged}
	if len(failed) == 0 {
		p.to.InfoContext(r.Context(), "probe", facts...)
		return
	}
	for _, name := range names {
		p.to.WarnContext(r.Context(), "not ready", append(facts, "check", name, "error", failed[name])...)
	}
}

func (p *probeLog) due(path, failed string) (due bool, unlogged int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now, last := p.now(), p.last[path]
	if last.failed == failed && now.Before(last.next) {
		last.unlogged++
		p.last[path] = last
		return false, 0
	}
	p.last[path] = probed{failed: failed, next: now.Add(probeEvery)}
	return true, last.unlogged
}
