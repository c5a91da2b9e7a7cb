package telemetry

import (
	"net/http"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/propagation"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
)

// Handler returns next within a span of each request, below the one that the
// request names. The span is called like the method until NameRoute is called.
func (t *Tracing) Handler(next http.Handler) http.Handler {
	if !t.off() {
		return otelhttp.NewMiddleware("", t.options()...)(next)
	}
	headers := propagator()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Traceparent") != "" || r.Header.Get(baggageHeader) != "" {
			r = r.WithContext(headers.Extract(r.Context(), propagation.HeaderCarrier(r.Header)))
		}
		next.ServeHTTP(w, r)
	})
}

// NameRoute calls the span of r like its method and the template of its route:
// the path itself would make a name of its own of each object.
func NameRoute(r *http.Request, template string) {
	span := trace.SpanFromContext(r.Context())
	if template != "" && span.IsRecording() {
		span.SetName(r.Method + " " + template)
		span.SetAttributes(semconv.HTTPRoute(template))
	}
}

// Transport returns base with a span of each request, which carries the trace on
// to whoever answers.
func (t *Tracing) Transport(base http.RoundTripper) http.RoundTripper {
	if t.off() {
		return handOn{base, propagator()}
	}
	return otelhttp.NewTransport(withoutQuery{base}, t.options()...)
}

// options are otelhttp's. Metrics are Prometheus's business here.
func (t *Tracing) options() []otelhttp.Option {
	return []otelhttp.Option{
		otelhttp.WithTracerProvider(t.provider),
		otelhttp.WithPropagators(propagator()),
		otelhttp.WithMeterProvider(noop.NewMeterProvider()),
		otelhttp.WithSpanNameFormatter(func(_ string, r *http.Request) string { return method(r) }),
	}
}

// method is the method of r if it is a known one: clients may send any.
func method(r *http.Request) string {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete,
		http.MethodOptions, http.MethodConnect, http.MethodTrace:
		return r.Method
	}
	return "HTTP"
}

// handOn sends the context of a trace along without a span of its own.
type handOn struct {
	base    http.RoundTripper
	headers propagation.TextMapPropagator
}

// RoundTrip adds the headers to a copy of r, since r is the caller's.
func (h handOn) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx := r.Context()
	if trace.SpanContextFromContext(ctx).IsValid() || baggage.FromContext(ctx).Len() > 0 {
		r = r.Clone(ctx)
		h.headers.Inject(ctx, propagation.HeaderCarrier(r.Header))
	}
	return h.base.RoundTrip(r)
}

// withoutQuery keeps the query of a request out of its span, which has been told
// the whole URL: it may hold what nobody else should read.
type withoutQuery struct{ base http.RoundTripper }

func (w withoutQuery) RoundTrip(r *http.Request) (*http.Response, error) {
	if span := trace.SpanFromContext(r.Context()); span.IsRecording() && r.URL.RawQuery != "" {
		shown := *r.URL
		shown.RawQuery, shown.User = "REDACTED", nil
		span.SetAttributes(semconv.URLFull(shown.String()))
	}
	return w.base.RoundTrip(r)
}
