package server

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/gorilla/mux"

	"github.com/trexgen/trexgen/blueprints/service/pkg/logger"
	"github.com/trexgen/trexgen/blueprints/service/pkg/telemetry"
)

// observe logs and counts each request when it has been answered. The query is
// not logged: it may hold what nobody else should read.
func observe(m *metrics) middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			begin := time.Now()
			m.inFlight.Inc()
			var route string
			ctx := context.WithValue(r.Context(), routeKey{}, &route)
			answer, finished := &recorder{ResponseWriter: w}, false
			defer func() {
				took := time.Since(begin)
				m.inFlight.Dec()
				m.observe(r.Method, route, answer.code(), took)
				facts := []any{
					"method", r.Method, "route", route, "path", r.URL.Path,
					"status", answer.code(), "bytes", answer.bytes, "duration", took,
				}
				if !finished {
					facts = append(facts, "cut_off", true)
				}
				logger.From(ctx).InfoContext(ctx, "request", facts...)
			}()
			next.ServeHTTP(answer, r.WithContext(ctx))
			finished = true
		})
	}
}

type routeKey struct{}

// noteRoute tells observe and the span of the request the template of the
// route. The router calls it, since nobody outside of the router knows which
// route a request matched.
func noteRoute(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if route, ok := r.Context().Value(routeKey{}).(*string); ok {
			if matched := mux.CurrentRoute(r); matched != nil {
				// A route without a template stays unnamed.
				*route, _ = matched.GetPathTemplate()
				// Streams last for hours; they must not count as slow lists.
				if queries, err := matched.GetQueriesTemplates(); err == nil && len(queries) > 0 {
					*route += "?" + strings.Join(queries, "&")
				}
				telemetry.NameRoute(r, *route)
			}
		}
		next.ServeHTTP(w, r)
	})
}

// recorder remembers what was answered.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
}

// code is the status of the answer; an answer without one is a 200.
func (w *recorder) code() int {
	if w.status == 0 {
		return http.StatusOK
	}
	return w.status
}

// WriteHeader notes the final status; those below 200 announce another.
func (w *recorder) WriteHeader(status int) {
	if w.status == 0 && status >= http.StatusOK {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *recorder) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(p)
	w.bytes += int64(n)
	return n, err
}

// Flush lets handlers stream.
func (w *recorder) Flush() {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	// Flusher cannot return an error; the next Write will.
	_ = http.NewResponseController(w.ResponseWriter).Flush()
}

// Unwrap is for http.ResponseController.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }
