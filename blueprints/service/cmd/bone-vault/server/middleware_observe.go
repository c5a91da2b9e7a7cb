package server

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/gorilla/mux"

	"github.com/trexgen/trexgen/blueprints/service/pkg/auth"
	"github.com/trexgen/trexgen/blueprints/service/pkg/errorreport"
	"github.com/trexgen/trexgen/blueprints/service/pkg/logger"
	"github.com/trexgen/trexgen/blueprints/service/pkg/telemetry"
)

// maxLogged bounds what a client may put into one field of the log.
const maxLogged = 512

// observe logs and counts each request when it has been answered. The query is
// not logged, nor is any header that may hold what nobody else should read.
func observe(m *metrics) middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			begin := time.Now()
			m.inFlight.Inc()
			var route string
			ctx, sender := auth.ExpectIdentity(context.WithValue(r.Context(), routeKey{}, &route))
			answer, finished := &recorder{ResponseWriter: w}, false
			defer func() {
				took := time.Since(begin)
				m.inFlight.Dec()
				m.observe(r.Method, route, answer.code(), took)
				facts := []any{
					"method", shorten(r.Method), "route", route, "path", shorten(r.URL.Path),
					"status", answer.code(), "bytes", answer.bytes, "duration", took,
					"remote", clientOf(ctx).String(), "user_agent", shorten(r.UserAgent()),
				}
				if who, known := sender(); known {
					facts = append(facts, "subject", who.Subject)
				}
				if !finished || answer.failed {
					facts = append(facts, "cut_off", true)
				}
				logger.From(ctx).InfoContext(ctx, "request", facts...)
			}()
			next.ServeHTTP(answer, r.WithContext(ctx))
			finished = true
		})
	}
}

// shorten keeps clients from flooding the log.
func shorten(text string) string {
	if len(text) <= maxLogged {
		return text
	}
	return strings.ToValidUTF8(text[:maxLogged], "") + "…"
}

type routeKey struct{}

// routeOf is where observe has the route of the request of ctx noted.
func routeOf(ctx context.Context) *string {
	if route, ok := ctx.Value(routeKey{}).(*string); ok {
		return route
	}
	return new(string) // which nobody reads
}

// noteRoute tells observe and the span of the request the template of the
// route. The router calls it, since nobody outside of the router knows which
// route a request matched.
func noteRoute(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if matched := mux.CurrentRoute(r); matched != nil {
			// A route without a template stays unnamed.
			route, _ := matched.GetPathTemplate()
			// Streams last for hours; they must not count as slow lists.
			if queries, err := matched.GetQueriesTemplates(); err == nil && len(queries) > 0 {
				route += "?" + strings.Join(queries, "&")
			}
			*routeOf(r.Context()) = route
			telemetry.NameRoute(r, route)
		}
		next.ServeHTTP(w, r)
	})
}

// reportErrors has reporter told of what goes wrong with requests.
func reportErrors(reporter errorreport.Reporter) middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			route := routeOf(r.Context())
			ctx := errorreport.With(r.Context(), reporter, func() string { return knownMethod(r.Method) + " " + *route })
			next.ServeHTTP(w, r.WithContext(ctx))
		})
	}
}

// recorder remembers what was answered.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
	// failed says that the client did not get all of the answer.
	failed bool

	// begin, unless nil, may change the header of the answer before it is sent.
	begin func(header http.Header, status int)
}

// start notes the final status; those below 200 announce another.
func (w *recorder) start(status int) {
	if w.status != 0 || status < http.StatusOK {
		return
	}
	w.status = status
	if w.begin != nil {
		w.begin(w.Header(), status)
	}
}

// code is the status of the answer; an answer without one is a 200.
func (w *recorder) code() int {
	if w.status == 0 {
		return http.StatusOK
	}
	return w.status
}

// WriteHeader notes the status.
func (w *recorder) WriteHeader(status int) {
	w.start(status)
	w.ResponseWriter.WriteHeader(status)
}

func (w *recorder) Write(p []byte) (int, error) {
	w.start(http.StatusOK)
	n, err := w.ResponseWriter.Write(p)
	w.bytes += int64(n)
	w.failed = w.failed || err != nil
	return n, err
}

// Flush lets handlers stream.
func (w *recorder) Flush() {
	w.start(http.StatusOK)
	// Flusher cannot return an error; the next Write will.
	_ = http.NewResponseController(w.ResponseWriter).Flush()
}

// Unwrap is for http.ResponseController.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }
