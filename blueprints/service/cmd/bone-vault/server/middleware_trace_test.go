package server

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/client"
	"github.com/trexgen/trexgen/blueprints/service/pkg/controllers"
	"github.com/trexgen/trexgen/blueprints/service/pkg/dao"
	"github.com/trexgen/trexgen/blueprints/service/pkg/dao/daotest"
	"github.com/trexgen/trexgen/blueprints/service/pkg/handlers"
	"github.com/trexgen/trexgen/blueprints/service/pkg/logger"
	"github.com/trexgen/trexgen/blueprints/service/pkg/services"
	"github.com/trexgen/trexgen/blueprints/service/pkg/telemetry"
)

const (
	sentTrace  = "4bf92f3577b34da6a3ce929d0e0e4736"
	sentSpan   = "00f067aa0ba902b7"
	sentParent = "00-" + sentTrace + "-" + sentSpan + "-01"
)

// newTracing returns a Tracing and the spans that it has made.
func newTracing(t testing.TB) (*telemetry.Tracing, *tracetest.InMemoryExporter) {
	t.Helper()
	spans := tracetest.NewInMemoryExporter()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans))
	t.Cleanup(func() {
		if err := provider.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return telemetry.Using(provider), spans
}

// named returns the only span of this name.
func named(t *testing.T, spans *tracetest.InMemoryExporter, name string) tracetest.SpanStub {
	t.Helper()
	var found []tracetest.SpanStub
	var names []string
	for _, span := range spans.GetSpans() {
		names = append(names, span.Name)
		if span.Name == name {
			found = append(found, span)
		}
	}
	if len(found) != 1 {
		t.Fatalf("got the spans %q, want one %q", names, name)
	}
	return found[0]
}

// One trace goes from the client through the request, the event, its handler and
// what that calls, even if tracing is off.
func TestATraceFollowsTheEvent(t *testing.T) {
	t.Parallel()
	tracing, spans := newTracing(t)
	for name, tracing := range map[string]*telemetry.Tracing{"on": tracing, "off": nil} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			called := make(chan string, 1)
			elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				called <- r.Header.Get("Traceparent")
			}))
			defer elsewhere.Close()
			outgoing := client.New(client.Options{Transport: tracing.Transport(http.DefaultTransport)})

			store := daotest.NewEvents()
			journal, log := newJournal(t)
			manager := controllers.New(controllers.Config{Consumer: "ledger", Tracing: tracing}, store, log)
			err := manager.Register(controllers.Registration{Source: "Things", OnUpsert: func(ctx context.Context, _ *api.Event) error {
				log.InfoContext(ctx, "handling")
				r, err := http.NewRequestWithContext(ctx, http.MethodPut, elsewhere.URL, nil)
				if err != nil {
					return err
				}
				answer, err := outgoing.Do(r)
				if err != nil {
					return err
				}
				return answer.Body.Close()
			}})
			if err != nil {
				t.Fatal(err)
			}
			running, stop := context.WithCancel(t.Context())
			defer stop()
			stopped := make(chan error, 1)
			go func() { stopped <- manager.Run(running) }()

			events := services.NewEventService(store, manager.Wake, services.Publishing{})
			b := newTracedBench(t, func(w http.ResponseWriter, r *http.Request) {
				if err := events.Publish(r.Context(), api.CreateEvent, "Things", api.NewID()); err != nil {
					handlers.WriteError(w, r, err)
				}
			}, nil, tracing)
			if got := b.do(t, http.MethodPost, thing, "Traceparent", sentParent); got.StatusCode != http.StatusOK {
				t.Fatalf("got %d %s", got.StatusCode, got.body)
			}
			outside := <-called
			stop()
			if err := <-stopped; err != nil {
				t.Error(err)
			}

			written, err := store.List(t.Context(), dao.Query{Size: 10})
			if err != nil || len(written.Items) != 1 {
				t.Fatalf("got %d events and error %v, want one event", len(written.Items), err)
			}
			for what, parent := range map[string]string{"the row of the event": written.Items[0].TraceParent, "the call of the handler": outside} {
				if !strings.HasPrefix(parent, "00-"+sentTrace+"-") {
					t.Errorf("%s: got the traceparent %q, want the trace %s", what, parent, sentTrace)
				}
			}
			for what, line := range map[string]map[string]any{
				"the request": b.journal.line(t, "request"), "the handler": journal.line(t, "handling"), "the event": journal.line(t, "event handled"),
			} {
				if line["trace_id"] != sentTrace || line["span_id"] == nil {
					t.Errorf("the line of %s is not of the trace %s: %v", what, sentTrace, line)
				}
			}
			if tracing == nil {
				return
			}
			request := named(t, spans, "POST "+testRoute)
			handling := named(t, spans, "process Things")
			call := named(t, spans, http.MethodPut)
			for _, step := range []struct {
				span  tracetest.SpanStub
				below string
				kind  trace.SpanKind
			}{
				{request, sentSpan, trace.SpanKindServer},
				{handling, request.SpanContext.SpanID().String(), trace.SpanKindConsumer},
				{call, handling.SpanContext.SpanID().String(), trace.SpanKindClient},
			} {
				if step.span.SpanContext.TraceID().String() != sentTrace || step.span.Parent.SpanID().String() != step.below || step.span.SpanKind != step.kind {
					t.Errorf("%s: got trace %s, parent %s, kind %s, want %s, %s, %s", step.span.Name, step.span.SpanContext.TraceID(),
						step.span.Parent.SpanID(), step.span.SpanKind, sentTrace, step.below, step.kind)
				}
			}
			if want := "00-" + sentTrace + "-" + call.SpanContext.SpanID().String() + "-01"; outside != want {
				t.Errorf("the call carries %q, want %q", outside, want)
			}
		})
	}
}

func TestSpansOfRequests(t *testing.T) {
	t.Parallel()
	cause := errors.New("disk full")
	tests := map[string]struct {
		method, path string
		handler      http.HandlerFunc
		name         string
		status       codes.Code
		recorded     string
	}{
		"answered":        {http.MethodGet, thing + "?token=hunter2", ok, "GET " + testRoute, codes.Unset, ""},
		"unknown path":    {http.MethodGet, "/nothing/1", ok, "GET", codes.Unset, ""},
		"wrong method":    {http.MethodPut, thing, ok, "PUT", codes.Unset, ""},
		"unheard method":  {"BREW", thing, ok, "HTTP", codes.Unset, ""},
		"the client errs": {http.MethodGet, thing, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusConflict) }, "GET " + testRoute, codes.Unset, ""},
		"the service errs": {http.MethodGet, thing, func(w http.ResponseWriter, r *http.Request) { handlers.WriteError(w, r, cause) },
			"GET " + testRoute, codes.Error, "disk full"},
		"panic": {http.MethodGet, thing, func(http.ResponseWriter, *http.Request) { panic("ouch") }, "GET " + testRoute, codes.Error, "panic: ouch"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tracing, spans := newTracing(t)
			b := newTracedBench(t, tt.handler, nil, tracing)
			answer := b.do(t, tt.method, tt.path)
			span := named(t, spans, tt.name)
			if span.Status.Code != tt.status {
				t.Errorf("got status %v, want %v", span.Status, tt.status)
			}
			var recorded string
			for _, event := range span.Events {
				what := attribute.NewSet(event.Attributes...)
				recorded += what.Encoded(attribute.DefaultEncoder())
			}
			if (tt.recorded == "") != (recorded == "") || !strings.Contains(recorded, tt.recorded) {
				t.Errorf("got the errors %q, want %q", recorded, tt.recorded)
			}
			all := attribute.NewSet(span.Attributes...)
			if status, _ := all.Value("http.response.status_code"); status.AsInt64() != int64(answer.StatusCode) {
				t.Errorf("got status code %v, want %d", status, answer.StatusCode)
			}
			if text := all.Encoded(attribute.DefaultEncoder()); strings.Contains(text, "hunter2") {
				t.Errorf("the span shows the query: %s", text)
			}
			if line := b.journal.line(t, "request"); line["trace_id"] != span.SpanContext.TraceID().String() {
				t.Errorf("the line of the request is not of the trace %s: %v", span.SpanContext.TraceID(), line)
			}
		})
	}
}

func BenchmarkRequest(b *testing.B) {
	discard := sdktrace.NewTracerProvider(sdktrace.WithBatcher(tracetest.NewNoopExporter()))
	never := sdktrace.NewTracerProvider(sdktrace.WithSampler(sdktrace.ParentBased(sdktrace.NeverSample())))
	for _, bb := range []struct {
		name    string
		tracing *telemetry.Tracing
		parent  string
	}{
		{"untraced", nil, ""},
		{"off", &telemetry.Tracing{}, ""},
		{"off, handed on", &telemetry.Tracing{}, sentParent},
		{"on, not sampled", telemetry.Using(never), ""},
		{"on", telemetry.Using(discard), ""},
	} {
		b.Run(bb.name, func(b *testing.B) {
			handler := http.Handler(http.HandlerFunc(ok))
			if bb.name != "untraced" {
				handler = bb.tracing.Handler(handler)
			}
			r := httptest.NewRequestWithContext(b.Context(), http.MethodGet, thing, nil)
			if bb.parent != "" {
				r.Header.Set("Traceparent", bb.parent)
			}
			r = r.WithContext(logger.WithOperationID(r.Context(), "op-1"))
			b.ReportAllocs()
			for b.Loop() {
				handler.ServeHTTP(httptest.NewRecorder(), r)
			}
		})
	}
	for _, provider := range []*sdktrace.TracerProvider{discard, never} {
		if err := provider.Shutdown(context.Background()); err != nil {
			b.Error(err)
		}
	}
}
