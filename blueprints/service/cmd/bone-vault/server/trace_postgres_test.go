package server

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/gorilla/mux"
	"github.com/spf13/pflag"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/trexgen/trexgen/blueprints/service/cmd/bone-vault/environments"
	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/config"
	"github.com/trexgen/trexgen/blueprints/service/pkg/controllers"
	"github.com/trexgen/trexgen/blueprints/service/pkg/handlers"
	"github.com/trexgen/trexgen/blueprints/service/pkg/telemetry"
	"github.com/trexgen/trexgen/blueprints/service/test/devdb"
)

// newEnv returns an environment on a new database.
func newEnv(t *testing.T, tracing *telemetry.Tracing) *environments.Env {
	t.Helper()
	url := devdb.New(t)
	flags := pflag.NewFlagSet("serve", pflag.ContinueOnError)
	cfg := config.Bind(flags)
	if err := flags.Parse([]string{"--env=testing", "--database-url=" + url}); err != nil {
		t.Fatal(err)
	}
	nothing := func(string) (string, bool) { return "", false }
	if err := cfg.Load(flags, nothing, nil); err != nil {
		t.Fatal(err)
	}
	_, log := newJournal(t)
	env, err := environments.New(t.Context(), cfg, log, tracing)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := env.Close(); err != nil {
			t.Error(err)
		}
	})
	return env
}

// statementsBelow are the texts of the statements whose spans are below the span,
// but not below another one of the service's own.
func statementsBelow(spans tracetest.SpanStubs, id trace.SpanID) []string {
	var texts []string
	for _, span := range spans {
		set := attribute.NewSet(span.Attributes...)
		if _, ofDatabase := set.Value("db.system.name"); !ofDatabase || span.Parent.SpanID() != id {
			continue
		}
		if text, ok := set.Value("db.query.text"); ok {
			texts = append(texts, strings.ToLower(text.AsString()))
		}
		texts = append(texts, statementsBelow(spans, span.SpanContext.SpanID())...) // of a batch
	}
	return texts
}

// One trace goes from the client through the request and its statements, the row
// of the event, its handler, and the statements of that.
func TestATraceReachesTheStatements(t *testing.T) {
	t.Parallel()
	const value = "hunter2"
	tracing, spans := newTracing(t)
	env := newEnv(t, tracing)
	handled := make(chan error, 1)
	err := env.Controllers.Register(controllers.Registration{Source: "Things", OnUpsert: func(ctx context.Context, event *api.Event) error {
		err := env.Database.Sessions.New(ctx).Exec("select 'in the handler' || ?::text", value).Error
		handled <- err
		return err
	}})
	if err != nil {
		t.Fatal(err)
	}
	router := mux.NewRouter()
	router.Use(noteRoute)
	router.HandleFunc(testRoute, func(w http.ResponseWriter, r *http.Request) {
		err := env.Database.Sessions.InTx(r.Context(), func(ctx context.Context) error {
			if err := env.Database.Sessions.New(ctx).Exec("select 'in the request' || ?::text", value).Error; err != nil {
				return err
			}
			return env.Services.Events().Publish(ctx, api.CreateEvent, "Things", api.NewID())
		})
		// One that fails, and quotes the value.
		if failed := env.Database.Sessions.New(r.Context()).Exec("select ('x' || ?::text)::int", value).Error; failed == nil {
			t.Error("a statement that has to fail does not")
		}
		if err != nil {
			handlers.WriteError(w, r, err)
		}
	})
	stack, err := wrap(router, around{
		config: env.Config.API, log: env.Log, metrics: newTestMetrics(t), limits: newLimits(0, nil), tracing: tracing, reporter: env.Reporter,
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	done := make(chan error, len(env.Work))
	for _, job := range env.Work {
		go func() { done <- work(ctx, job) }()
	}

	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, thing, nil)
	r.Header.Set("Traceparent", sentParent)
	w := httptest.NewRecorder()
	stack.ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		t.Fatalf("got %d %s", w.Code, w.Body)
	}
	if err := <-handled; err != nil {
		t.Fatal(err)
	}
	stop()
	for range env.Work {
		if err := <-done; err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}

	all := spans.GetSpans()
	request, handling := named(t, spans, "POST "+testRoute), named(t, spans, "process Things")
	if handling.Parent.SpanID() != request.SpanContext.SpanID() && !slices.ContainsFunc(all, func(s tracetest.SpanStub) bool {
		return s.SpanContext.SpanID() == handling.Parent.SpanID()
	}) {
		t.Errorf("the handler is below %s, want the request or what it did", handling.Parent.SpanID())
	}
	for _, below := range []struct {
		span tracetest.SpanStub
		want string
	}{
		{request, "in the request"}, {request, "into \"events\""}, {handling, "in the handler"},
	} {
		texts := statementsBelow(all, below.span.SpanContext.SpanID())
		if !slices.ContainsFunc(texts, func(text string) bool { return strings.Contains(text, below.want) }) {
			t.Errorf("below %s: got the statements %q, want %s among them", below.span.Name, texts, below.want)
		}
	}
	for _, span := range all {
		if span.SpanContext.TraceID().String() != sentTrace {
			t.Errorf("%s is of another trace: what nobody asked for makes no span", span.Name)
		}
		text := attribute.NewSet(span.Attributes...)
		shown := span.Status.Description + text.Encoded(attribute.DefaultEncoder())
		for _, event := range span.Events {
			text := attribute.NewSet(event.Attributes...)
			shown += text.Encoded(attribute.DefaultEncoder())
		}
		if strings.Contains(shown, value) {
			t.Errorf("%s shows the value of a statement: %s", span.Name, shown)
		}
	}
}
