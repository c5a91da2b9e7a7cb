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
	log      *slog.Logger
	checks   []check
	stopping atomic.Bool
}

// check is a condition of being ready.
type check struct {
	name string
	ok   func(context.Context) error
}

func newHealth(log *slog.Logger, checks ...check) *health {
	h := &health{log: log}
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
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		writeStates(w, http.StatusOK, map[string]string{"process": "ok"})
	})
	mux.HandleFunc("GET /readyz", h.ready)
	return mux
}

// ready answers with the state of each check. Causes go to the log.
func (h *health) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), checkTimeout)
	defer cancel()
	status, states := http.StatusOK, make(map[string]string, len(h.checks))
	for _, c := range h.checks {
		states[c.name] = "ok"
		if err := c.ok(ctx); err != nil {
			h.log.WarnContext(ctx, "not ready", "check", c.name, "error", err)
			status, states[c.name] = http.StatusServiceUnavailable, "not ready"
		}
	}
	writeStates(w, status, states)
}

func writeStates(w http.ResponseWriter, status int, states map[string]string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	// An error means that whoever asked has gone.
	_ = json.NewEncoder(w).Encode(states)
}
