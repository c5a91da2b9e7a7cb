package telemetry

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/exporters/stdout/stdouttrace"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// connector makes an exporter.
type connector func(ctx context.Context) (sdktrace.SpanExporter, error)

// exporterOf returns the exporter that the environment asks for, nil for none.
// An empty variable counts as unset, as OpenTelemetry wants it.
func exporterOf(lookup func(string) (string, bool)) (connector, error) {
	first := func(names ...string) string {
		for _, name := range names {
			if value, _ := lookup(name); strings.TrimSpace(value) != "" {
				return strings.ToLower(strings.TrimSpace(value))
			}
		}
		return ""
	}
	if first("OTEL_SDK_DISABLED") == "true" {
		return nil, nil
	}
	exporter := first("OTEL_TRACES_EXPORTER")
	if exporter == "" && first(endpoints...) != "" {
		exporter = "otlp"
	}
	switch exporter {
	case "", "none":
		return nil, nil
	case "console":
		return func(context.Context) (sdktrace.SpanExporter, error) { return stdouttrace.New() }, nil
	case "otlp":
	default:
		return nil, fmt.Errorf("OTEL_TRACES_EXPORTER=%s: there are otlp, console and none", exporter)
	}
	if err := checkEndpoints(lookup); err != nil {
		return nil, err
	}
	protocol := first("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
	switch cmp.Or(protocol, "http/protobuf") {
	case "http/protobuf":
		return func(ctx context.Context) (sdktrace.SpanExporter, error) { return otlptracehttp.New(ctx) }, nil
	case "grpc":
		return func(ctx context.Context) (sdktrace.SpanExporter, error) { return otlptracegrpc.New(ctx) }, nil
	}
	return nil, fmt.Errorf("OTEL_EXPORTER_OTLP_PROTOCOL=%s: there are http/protobuf and grpc", protocol)
}

// endpoints are the variables that say where the collector is.
var endpoints = []string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"}

// checkEndpoints refuses what the exporters would silently replace by an address
// on this machine: collector:4317 is no URL. The value may hold a password, so
// that the error does not show it.
func checkEndpoints(lookup func(string) (string, bool)) error {
	var errs []error
	for _, name := range endpoints {
		value, _ := lookup(name)
		if value = strings.TrimSpace(value); value == "" {
			continue
		}
		parsed, err := url.Parse(value)
		if err != nil || !slices.Contains([]string{"http", "https", "unix"}, parsed.Scheme) {
			errs = append(errs, fmt.Errorf("%s is not a URL such as http://collector:4318", name))
		}
	}
	return errors.Join(errs...)
}

// complainEvery is the least time between two lines about a collector that is
// away.
const complainEvery = time.Minute

// guard keeps the trouble of an exporter to itself and the log. Returned errors
// would go to a handler that is global to the process, one for each batch.
type guard struct {
	sdktrace.SpanExporter
	log    *slog.Logger
	end    context.Context // of all exporting
	giveUp context.CancelFunc

	// These belong to the caller of ExportSpans, of which there is one at a time.
	complained time.Time // zero unless something is wrong
	lost       int
}

func newGuard(exporter sdktrace.SpanExporter, log *slog.Logger) *guard {
	g := &guard{SpanExporter: exporter, log: log}
	g.end, g.giveUp = context.WithCancel(context.Background())
	return g
}

// ExportSpans drops what cannot be exported, and says so at most once a minute.
func (g *guard) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(g.end, cancel)()
	err := g.SpanExporter.ExportSpans(ctx, spans)
	switch {
	case err != nil:
		g.lost += len(spans)
		if time.Since(g.complained) > complainEvery {
			g.complained = time.Now()
			g.log.WarnContext(ctx, "spans cannot be exported and are lost", "error", err, "lost", g.lost)
		}
	case g.lost > 0:
		g.log.InfoContext(ctx, "spans are exported again", "lost", g.lost)
		g.lost = 0
	}
	return nil
}
