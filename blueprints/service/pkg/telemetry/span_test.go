package telemetry_test

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
	"github.com/trexgen/trexgen/blueprints/service/pkg/telemetry"
)

const (
	traceID = "4bf92f3577b34da6a3ce929d0e0e4736"
	spanID  = "00f067aa0ba902b7"
	parent  = "00-" + traceID + "-" + spanID + "-01"
)

// traced returns a Tracing and the spans that it has made.
func traced(t *testing.T) (*telemetry.Tracing, *tracetest.InMemoryExporter) {
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

// only returns the one span, and fails if there are more or less.
func only(t *testing.T, spans *tracetest.InMemoryExporter) tracetest.SpanStub {
	t.Helper()
	all := spans.GetSpans()
	if len(all) != 1 {
		t.Fatalf("got %d spans, want 1: %v", len(all), all)
	}
	return all[0]
}

func attributes(span tracetest.SpanStub) map[attribute.Key]string {
	found := map[attribute.Key]string{}
	for _, a := range span.Attributes {
		found[a.Key] = a.Value.String()
	}
	return found
}

func TestTheTraceParentOfAnEventSurvives(t *testing.T) {
	t.Parallel()
	if got := telemetry.TraceParent(t.Context()); got != "" {
		t.Errorf("without a trace: got %q", got)
	}
	if got := telemetry.TraceParent(telemetry.WithTraceParent(t.Context(), parent)); got != parent {
		t.Errorf("got %q, want %q", got, parent)
	}
	below := telemetry.WithTraceParent(t.Context(), parent)
	for _, bad := range []string{"", "x", "00-0-0-00", parent + "-more", strings.Repeat("0", 55)} {
		if got := telemetry.TraceParent(telemetry.WithTraceParent(below, bad)); got != parent {
			t.Errorf("%q: got %q, want the context as it was", bad, got)
		}
	}
}

func TestStartEvent(t *testing.T) {
	t.Parallel()
	event := &api.Event{
		Meta: api.Meta{ID: "e-1"}, Source: "Things", SourceID: "t-1", EventType: api.UpdateEvent,
		TraceParent: parent, Attempts: 3,
	}
	tracing, spans := traced(t)
	ctx, end := tracing.StartEvent(t.Context(), "ledger", event)
	if got := telemetry.TraceParent(ctx); !strings.Contains(got, traceID) || got == parent {
		t.Errorf("in the handler: got %q, want another span of the trace %s", got, traceID)
	}
	end(errors.New("no ink"))

	span := only(t, spans)
	if span.Name != "process Things" || span.SpanKind != trace.SpanKindConsumer || span.Parent.SpanID().String() != spanID {
		t.Errorf("got span %q of kind %s below %s", span.Name, span.SpanKind, span.Parent.SpanID())
	}
	if span.Status.Code != codes.Error || span.Status.Description != "no ink" || len(span.Events) != 1 {
		t.Errorf("got status %v and %d events, want the error", span.Status, len(span.Events))
	}
	got := attributes(span)
	for name, want := range map[attribute.Key]string{
		"messaging.system": "outbox", "messaging.operation.name": "process", "messaging.operation.type": "process",
		"messaging.destination.name": "Things", "messaging.message.id": "e-1", "messaging.consumer.group.name": "ledger",
		"messaging.outbox.object_id": "t-1", "messaging.outbox.event_type": "Update", "messaging.outbox.attempt": "3",
		"error.type": "*errors.errorString",
	} {
		if got[name] != want {
			t.Errorf("%s: got %q, want %q", name, got[name], want)
		}
	}
}

func TestAnEventWithoutATraceBeginsOne(t *testing.T) {
	t.Parallel()
	tracing, spans := traced(t)
	_, end := tracing.StartEvent(t.Context(), "", &api.Event{Source: "Things"})
	end(nil)
	span := only(t, spans)
	if span.Parent.IsValid() || span.Status.Code != codes.Unset {
		t.Errorf("got parent %v and status %v, want none", span.Parent, span.Status)
	}
}

// Without an exporter, nothing is lost of the traces of others.
func TestWhenOffTheTraceIsHandedOn(t *testing.T) {
	t.Parallel()
	for name, tracing := range map[string]*telemetry.Tracing{"zero": {}, "nil": nil} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := make(chan http.Header, 1)
			called := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got <- r.Header }))
			defer called.Close()
			var inEvent string
			handler := tracing.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				ctx, end := tracing.StartEvent(t.Context(), "", &api.Event{TraceParent: telemetry.TraceParent(r.Context())})
				inEvent = telemetry.TraceParent(ctx)
				end(nil)
				send(t, r.Context(), tracing.Transport(http.DefaultTransport), called.URL)
			}))
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
			r.Header.Set("Traceparent", parent)
			r.Header.Set("Tracestate", "vendor=1")
			r.Header.Set("Baggage", "tenant=7")
			handler.ServeHTTP(httptest.NewRecorder(), r)
			sent := <-got
			for header, want := range map[string]string{"Traceparent": parent, "Tracestate": "vendor=1", "Baggage": "tenant=7"} {
				if sent.Get(header) != want {
					t.Errorf("%s: got %q, want %q", header, sent.Get(header), want)
				}
			}
			if inEvent != parent {
				t.Errorf("in the handler of an event: got %q, want %q", inEvent, parent)
			}
		})
	}
}

func TestTheQueryOfARequestIsNotInItsSpan(t *testing.T) {
	t.Parallel()
	tracing, spans := traced(t)
	query := make(chan string, 1)
	called := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		query <- r.URL.RawQuery
		w.WriteHeader(http.StatusBadGateway)
	}))
	defer called.Close()
	send(t, t.Context(), tracing.Transport(http.DefaultTransport), strings.Replace(called.URL, "//", "//user:hunter2@", 1)+"/a/b?token=hunter2")
	if got := <-query; got != "token=hunter2" {
		t.Errorf("the query was not sent: got %q", got)
	}
	span := only(t, spans)
	for name, value := range attributes(span) {
		if strings.Contains(value, "hunter2") {
			t.Errorf("%s: %s", name, value)
		}
	}
	if span.Name != http.MethodGet || span.SpanKind != trace.SpanKindClient || span.Status.Code != codes.Error {
		t.Errorf("got span %q of kind %s with status %v", span.Name, span.SpanKind, span.Status)
	}
}

func send(t *testing.T, ctx context.Context, transport http.RoundTripper, url string) {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := transport.RoundTrip(r)
	if err != nil {
		t.Error(err)
		return
	}
	if err := answer.Body.Close(); err != nil {
		t.Error(err)
	}
}
