package telemetry

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
)

// flushTimeout is the time that Close leaves for the last spans. It is short,
// since it is added to the time that the service takes to stop.
const flushTimeout = 2 * time.Second

// Tracing makes spans, or only hands on the context of traces if it is off. The
// zero value is off, and so is a nil one.
type Tracing struct {
	provider trace.TracerProvider
	tracer   trace.Tracer
	shutdown func()
}

// Options say what New needs to know.
type Options struct {
	// Service and Version name what is traced. OTEL_SERVICE_NAME and
	// OTEL_RESOURCE_ATTRIBUTES win over them.
	Service, Version string

	// LookupEnv finds a variable of the environment.
	LookupEnv func(string) (string, bool)

	// Log is told what goes wrong with exporting, now and then.
	Log *slog.Logger
}

// New returns the Tracing that the standard variables OTEL_* ask for; without
// them it is off. It connects to nothing: a collector may be away. What New does
// not look up itself (endpoint, headers, sampler, limits) the SDK reads from the
// environment of the process. It is an error if the variables name an exporter
// that there is not, or an endpoint that is no URL. The caller closes the Tracing.
func New(ctx context.Context, options Options) (*Tracing, error) {
	connect, err := exporterOf(options.LookupEnv)
	if connect == nil || err != nil {
		return &Tracing{}, err
	}
	hearComplaints(options.Log)
	spans, err := connect(ctx)
	if err != nil {
		return nil, fmt.Errorf("exporter of traces: %w", err)
	}
	about, err := resource.New(ctx,
		resource.WithAttributes(semconv.ServiceName(options.Service), semconv.ServiceVersion(options.Version)),
		resource.WithTelemetrySDK(),
		resource.WithHost(),
		resource.WithFromEnv(), // the last one wins
	)
	if err != nil { // something about the service is missing: no reason not to serve
		options.Log.WarnContext(ctx, "traces will not say all about the service", "error", err)
	}
	return exporting(spans, about, options.Log, flushTimeout), nil
}

// exporting returns a Tracing whose spans go to an exporter, in batches and in
// the background.
func exporting(spans sdktrace.SpanExporter, about *resource.Resource, log *slog.Logger, patience time.Duration) *Tracing {
	guarded := newGuard(spans, log)
	provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(guarded), sdktrace.WithResource(about))
	t := Using(provider)
	t.shutdown = func() {
		defer guarded.giveUp()
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := provider.Shutdown(ctx); err != nil {
			log.WarnContext(ctx, "the last spans are not exported", "error", err)
		}
	}
	return t
}

// Using returns a Tracing that makes its spans with provider, which stays the
// caller's to shut down.
func Using(provider trace.TracerProvider) *Tracing {
	const scope = "github.com/trexgen/trexgen/blueprints/service/pkg/telemetry"
	return &Tracing{provider: provider, tracer: provider.Tracer(scope)}
}

// Close exports the last spans, for a few seconds at most: that they are lost
// when the collector is away must not keep the process from ending.
func (t *Tracing) Close() {
	if t != nil && t.shutdown != nil {
		t.shutdown()
	}
}

func (t *Tracing) off() bool { return t == nil || t.provider == nil }

// propagator reads and writes the headers of W3C Trace Context and Baggage.
func propagator() propagation.TextMapPropagator {
	return propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, quietBaggage{})
}
