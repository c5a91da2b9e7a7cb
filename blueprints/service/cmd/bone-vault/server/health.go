package server

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"
)

// checkTimeout bounds one check of readiness; probes are not patient.
const checkTimeout = 2 * time.Second

var errStopping = errors.New("stopping")

// health answers the probes: alive as long as the process answers at all, ready
// as long as requests can be served.
type health struct {
	checks   []check
	probes   *probeLog
	stopping atomic.Bool
}

// check is a condition of being ready.
type check struct {
	name string
	ok   func(context.Context) error
}

func newHealth(log *slog.Logger, checks ...check) *health {
	h := &health{probes: newProbeLog(log)}
	h.checks = append([]check{{"serving", h.serving}}, checks...)
	return h
}

// stop makes h not ready for good.
func (h *health) stop() { h.stopping.Store(true) }

func (h *health) serving(context.Context) error {
	if h.stopping.Load() {
		return errStopping
	}
	return nil
}

func (h *health) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", h.alive)
	mux.HandleFunc("GET /readyz", h.ready)
	return mux
}

func (h *health) alive(w http.ResponseWriter, r *http.Request) {
	h.answer(w, r, []string{"process"}, nil)
}

// ready answers with the state of each check.
func (h *health) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), checkTimeout)
	defer cancel()
	names, failed := make([]string, len(h.checks)), map[string]error{}
	for i, c := range h.checks {
		names[i] = c.name
		if err := c.ok(ctx); err != nil {
			failed[c.name] = err
		}
	}
	h.answer(w, r, names, failed)
}

// answer says which of the checks of these names have failed. Why goes to the
// log.
func (h *health) answer(w http.ResponseWriter, r *http.Request, names []string, failed map[string]error) {
	status, states := http.StatusOK, make(map[string]string, len(names))
	for _, name := range names {
		states[name] = "ok"
		if failed[name] != nil {
			status, states[name] = http.StatusServiceUnavailable, "not ready"
		}
	}
	h.probes.log(r, status, failed)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	// An error means that whoever asked has gone.
	_ = json.NewEncoder(w).Encode(states)
}
