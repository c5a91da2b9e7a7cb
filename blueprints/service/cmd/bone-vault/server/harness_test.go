package server

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/mux"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/apierror"
	"github.com/trexgen/trexgen/blueprints/service/pkg/auth"
	"github.com/trexgen/trexgen/blueprints/service/pkg/config"
	"github.com/trexgen/trexgen/blueprints/service/pkg/errorreport"
	"github.com/trexgen/trexgen/blueprints/service/pkg/handlers"
	"github.com/trexgen/trexgen/blueprints/service/pkg/logger"
	"github.com/trexgen/trexgen/blueprints/service/pkg/logger/logtest"
	"github.com/trexgen/trexgen/blueprints/service/pkg/telemetry"
)

// journal is a log that tests read.
type journal struct{ logtest.Buffer }

// line returns the only line with this message, and fails without it.
func (j *journal) line(t *testing.T, message string) map[string]any {
	t.Helper()
	var found []map[string]any
	for text := range strings.Lines(j.String()) {
		var line map[string]any
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			t.Fatal(err)
		}
		if line["msg"] == message {
			found = append(found, line)
		}
	}
	if len(found) != 1 {
		t.Fatalf("got %d lines %q, want one, in the log\n%s", len(found), message, j)
	}
	return found[0]
}

func newJournal(t *testing.T) (*journal, *slog.Logger) {
	t.Helper()
	j := &journal{}
	log, err := logger.New(j, logger.JSON, "debug")
	if err != nil {
		t.Fatal(err)
	}
	return j, log
}

// away is a database that cannot be reached.
type away struct{}

func (away) Connect(context.Context) (driver.Conn, error) { return nil, errors.New("away") }
func (away) Driver() driver.Driver                        { return nil }

func newTestMetrics(t *testing.T) *metrics {
	t.Helper()
	pool := sql.OpenDB(away{})
	t.Cleanup(func() {
		if err := pool.Close(); err != nil {
			t.Error(err)
		}
	})
	m, err := newMetrics(prometheus.NewRegistry(), pool, Build{Version: "v1.2.3", Time: "2026-01-01T00:00:00Z"})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// bench is an API with the whole middleware and a handler of the test's.
type bench struct {
	*httptest.Server
	journal *journal
	metrics *metrics
	limits  *limits
	reports reports
	idle    chan struct{} // says when a request has left the middleware
}

// the route of the handler under test.
const testRoute = api.V1Path + "/things/{id}"

// noon is when all requests of a bench are counted.
var noon = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)

// byTestToken takes the bearer token "bad" for a bad one, and any other for the
// subject that it names. Without a token everybody is anonymous.
func byTestToken(fail auth.Fail) mux.MiddlewareFunc {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
			who := auth.Identity{Subject: "anonymous"}
			switch token {
			case "":
			case "bad":
				w.Header().Set("WWW-Authenticate", "Bearer")
				fail(w, r, apierror.New(apierror.InvalidToken, ""))
				return
			default:
				who = auth.Identity{Subject: token, Claims: auth.Claims{Issuer: "test"}}
			}
			next.ServeHTTP(w, r.WithContext(auth.WithIdentity(r.Context(), who)))
		})
	}
}

// reports is a Reporter that keeps what it is told.
type reports struct {
	mu  sync.Mutex
	all []errorreport.Report
}

func (r *reports) Report(_ context.Context, report errorreport.Report) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all = append(r.all, report)
}

// newBench serves handler for GET and POST at testRoute. change may be nil.
func newBench(t *testing.T, handler http.HandlerFunc, change func(*config.API)) *bench {
	t.Helper()
	return newTracedBench(t, handler, change, nil)
}

// newTracedBench is newBench with traces.
func newTracedBench(t *testing.T, handler http.HandlerFunc, change func(*config.API), tracing *telemetry.Tracing) *bench {
	t.Helper()
	cfg := config.API{MaxBodyBytes: 1 << 20, RequestTimeout: 30 * time.Second}
	if change != nil {
		change(&cfg)
	}
	b := &bench{metrics: newTestMetrics(t), idle: make(chan struct{}, 100)}
	var log *slog.Logger
	b.journal, log = newJournal(t)

	b.limits = newLimits(cfg.RateLimit, b.metrics.refused)
	b.limits.now = func() time.Time { return noon }
	router := newRoot(b.limits)
	v1 := router.PathPrefix(api.V1Path).Subrouter()
	v1.Use(byTestToken(b.limits.failing(handlers.WriteError)), b.limits.bySubject)
	v1.Handle("/things/{id}", handler).Methods(http.MethodGet, http.MethodHead)
	v1.Handle("/things/{id}", handler).Methods(http.MethodPost)
	// A route that comes later makes mux forget that an earlier one had the path.
	v1.HandleFunc("/others/{id}", ok).Methods(http.MethodDelete)

	stack, err := wrap(router, around{config: cfg, log: log, metrics: b.metrics, limits: b.limits, tracing: tracing, reporter: &b.reports})
	if err != nil {
		t.Fatal(err)
	}
	b.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() { b.idle <- struct{}{} }()
		stack.ServeHTTP(w, r)
	}))
	b.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	b.Start()
	t.Cleanup(b.Close)
	return b
}

// reply is an answer, read.
type reply struct {
	*http.Response
	body string
}

// do sends a request, without a body but with these headers: name, value, …
func (b *bench) do(t *testing.T, method, path string, headers ...string) reply {
	t.Helper()
	return b.send(t, method, path, nil, headers...)
}

func (b *bench) send(t *testing.T, method, path string, body io.Reader, headers ...string) reply {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, b.URL+path, body)
	if err != nil {
		t.Fatal(err)
	}
	// Without this header the transport asks for gzip and unpacks it unseen.
	r.Header.Set("Accept-Encoding", "identity")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	answer, err := b.Client().Transport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(answer.Body)
	if err := errors.Join(err, answer.Body.Close()); err != nil {
		t.Fatal(err)
	}
	<-b.idle
	return reply{answer, string(text)}
}

// mustBeError checks that r is the error object of this status and code.
func (r reply) mustBeError(t *testing.T, status int, code string) {
	t.Helper()
	var object struct {
		Kind, Code, Reason string
		OperationID        string `json:"operation_id"`
	}
	if err := json.Unmarshal([]byte(r.body), &object); err != nil {
		t.Fatalf("status %d, no error object: %v: %q", r.StatusCode, err, r.body)
	}
	if r.StatusCode != status || object.Kind != "Error" || object.Code != api.ServiceName+"-"+code || object.Reason == "" {
		t.Errorf("got status %d and %s, want %d and code %s", r.StatusCode, r.body, status, code)
	}
	if id := r.Header.Get(logger.OperationIDHeader); id == "" || object.OperationID != id {
		t.Errorf("operation id: got %q in the object and %q in the header", object.OperationID, id)
	}
	if got := r.Header.Get("Content-Type"); got != "application/json" {
		t.Errorf("content type: got %q", got)
	}
}

// ok is a handler that answers "ok".
func ok(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") }

const thing = api.V1Path + "/things/1"
