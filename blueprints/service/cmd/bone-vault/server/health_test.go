package server

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// probe asks h and returns the status and the states.
func probe(t *testing.T, h *health, path string) (int, map[string]string) {
	t.Helper()
	w := httptest.NewRecorder()
	h.handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
	var states map[string]string
	if err := json.Unmarshal(w.Body.Bytes(), &states); err != nil {
		t.Fatalf("%s: %v: %q", path, err, w.Body)
	}
	return w.Code, states
}

func TestReadiness(t *testing.T) {
	t.Parallel()
	journal, log := newJournal(t)
	var broken error
	h := newHealth(log, check{"database", func(ctx context.Context) error {
		if _, bounded := ctx.Deadline(); !bounded {
			t.Error("a check has no deadline")
		}
		return broken
	}})
	const up, down = http.StatusOK, http.StatusServiceUnavailable
	steps := []struct {
		name   string
		change func()
		ready  int
		states map[string]string
	}{
		{"all is well", func() {}, up, map[string]string{"serving": "ok", "database": "ok"}},
		{"the database is away", func() { broken = errors.New("dial tcp 10.1.2.3: refused") }, down, map[string]string{"serving": "ok", "database": "not ready"}},
		{"the database is back", func() { broken = nil }, up, map[string]string{"serving": "ok", "database": "ok"}},
		{"stopping", h.stop, down, map[string]string{"serving": "not ready", "database": "ok"}},
	}
	for _, step := range steps {
		step.change()
		status, states := probe(t, h, "/readyz")
		if status != step.ready {
			t.Errorf("%s: ready: got %d, want %d", step.name, status, step.ready)
		}
		if diff := cmp.Diff(step.states, states); diff != "" {
			t.Errorf("%s: -want +got\n%s", step.name, diff)
		}
		if status, _ := probe(t, h, "/healthz"); status != up {
			t.Errorf("%s: alive: got %d", step.name, status)
		}
	}
	if !strings.Contains(journal.String(), "10.1.2.3") {
		t.Error("the log does not say why the service was not ready")
	}
}

func TestProbesAreLoggedNowAndThen(t *testing.T) {
	t.Parallel()
	journal, log := newJournal(t)
	var broken error
	h := newHealth(log, check{"database", func(context.Context) error { return broken }})
	now := noon
	h.probes.now = func() time.Time { return now }
	lines := func(want int, after string) {
		t.Helper()
		if got := strings.Count(journal.String(), "\n"); got != want {
			t.Errorf("%s: got %d lines, want %d:\n%s", after, got, want, journal)
		}
	}
	for range 50 {
		probe(t, h, "/readyz")
		probe(t, h, "/healthz")
	}
	lines(2, "a hundred probes of two paths")
	now = now.Add(probeEvery)
	probe(t, h, "/readyz")
	lines(3, "a minute later")
	if !strings.Contains(journal.String(), `"unlogged":49`) {
		t.Errorf("the log does not say how many are left out:\n%s", journal)
	}
	broken = errors.New("away")
	for range 10 {
		probe(t, h, "/readyz")
	}
	lines(4, "a change is logged at once, and once")
	if line := journal.line(t, "not ready"); line["check"] != "database" || line["error"] != "away" {
		t.Errorf("got %v", line)
	}
	broken = nil
	probe(t, h, "/readyz")
	lines(5, "and so is the way back")
}
