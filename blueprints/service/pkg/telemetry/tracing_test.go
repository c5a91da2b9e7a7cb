package telemetry

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/trexgen/trexgen/blueprints/service/pkg/logger/logtest"
)

func lookupIn(variables map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		value, set := variables[name]
		return value, set
	}
}

func TestItIsOffUnlessTheEnvironmentNamesAnExporter(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		variables map[string]string
		on        bool
		wrong     string
	}{
		"nothing":                     {nil, false, ""},
		"other variables":             {map[string]string{"OTEL_SERVICE_NAME": "x", "OTEL_TRACES_SAMPLER": "always_on"}, false, ""},
		"empty":                       {map[string]string{"OTEL_TRACES_EXPORTER": " ", "OTEL_EXPORTER_OTLP_ENDPOINT": ""}, false, ""},
		"an endpoint":                 {map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://localhost:4318"}, true, ""},
		"an endpoint of traces":       {map[string]string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://localhost:4318/x"}, true, ""},
		"an endpoint, and none":       {map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://x", "OTEL_TRACES_EXPORTER": "none"}, false, ""},
		"an endpoint, and disabled":   {map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://x", "OTEL_SDK_DISABLED": "TRUE"}, false, ""},
		"otlp":                        {map[string]string{"OTEL_TRACES_EXPORTER": "otlp"}, true, ""},
		"otlp by grpc":                {map[string]string{"OTEL_TRACES_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, true, ""},
		"an endpoint that is no URL":  {map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "collector:4317"}, false, "OTEL_EXPORTER_OTLP_ENDPOINT is not a URL such as"},
		"one that cannot be read":     {map[string]string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://%zz"}, false, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT is not"},
		"console":                     {map[string]string{"OTEL_TRACES_EXPORTER": "console"}, true, ""},
		"an unknown one":              {map[string]string{"OTEL_TRACES_EXPORTER": "zipkin"}, false, "OTEL_TRACES_EXPORTER=zipkin"},
		"otlp by an unknown protocol": {map[string]string{"OTEL_TRACES_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "http/json"}, false, "http/json: there are"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tracing, err := New(t.Context(), Options{Service: "x", Version: "1", LookupEnv: lookupIn(tt.variables), Log: slog.New(slog.DiscardHandler)})
			if tt.wrong != "" {
				if err == nil || !strings.Contains(err.Error(), tt.wrong) {
					t.Errorf("got error %v, want one with %q", err, tt.wrong)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			defer tracing.Close()
			if tracing.off() == tt.on {
				t.Errorf("got off %v, want %v", tracing.off(), !tt.on)
			}
		})
	}
}

// The variables that the SDK reads itself are those of the process, so that this
// test cannot run beside others.
func TestSpansReachTheCollectorBeforeTheProcessEnds(t *testing.T) {
	received := make(chan []byte, 10)
	collector := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || r.URL.Path != "/v1/traces" || r.Header.Get("X-Key") != "secret" {
			t.Errorf("got %s %v, error %v", r.URL, r.Header, err)
		}
		received <- body
	}))
	defer collector.Close()
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.URL)
	t.Setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-key=secret")
	t.Setenv("OTEL_SERVICE_NAME", "named by the environment")
	t.Setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=mars")

	tracing, err := New(t.Context(), Options{Service: "named by itself", Version: "v1.2.3", LookupEnv: os.LookupEnv, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	_, span := tracing.tracer.Start(t.Context(), "the work")
	span.End()
	tracing.Close()
	close(received)
	body := <-received
	for _, want := range []string{"the work", "named by the environment", "v1.2.3", "mars"} {
		if !bytes.Contains(body, []byte(want)) {
			t.Errorf("the collector did not get %q:\n%q", want, body)
		}
	}
	if bytes.Contains(body, []byte("named by itself")) {
		t.Errorf("OTEL_SERVICE_NAME does not win:\n%q", body)
	}
}

// stuck is an exporter whose collector takes the connection and says nothing.
type stuck struct{ released chan struct{} }

func (s stuck) ExportSpans(ctx context.Context, _ []sdktrace.ReadOnlySpan) error {
	<-ctx.Done()
	close(s.released)
	return ctx.Err()
}
func (stuck) Shutdown(context.Context) error { return nil }

func TestACollectorThatHangsDoesNotHoldUpTheEnd(t *testing.T) {
	t.Parallel()
	var log logtest.Buffer // the exporter writes to it too
	exporter := stuck{make(chan struct{})}
	tracing := exporting(exporter, resource.Empty(), slog.New(slog.NewTextHandler(&log, nil)), time.Millisecond)
	_, span := tracing.tracer.Start(t.Context(), "lost")
	span.End()

	tracing.Close() // the SDK itself would wait half a minute for the exporter
	text := log.String()
	<-exporter.released
	if !strings.Contains(text, "the last spans are not exported") {
		t.Errorf("the log does not say that spans were lost: %s", text)
	}
}

// moody fails as long as err is set.
type moody struct {
	tracetest.NoopExporter
	err error
}

func (m *moody) ExportSpans(context.Context, []sdktrace.ReadOnlySpan) error { return m.err }

func TestTroubleOfTheCollectorIsLoggedOnce(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	exporter := &moody{err: errors.New("connection refused")}
	g := newGuard(exporter, slog.New(slog.NewTextHandler(&log, nil)))
	defer g.giveUp()
	two := tracetest.SpanStubs{{Name: "a"}, {Name: "b"}}.Snapshots()
	export := func() {
		t.Helper()
		if err := g.ExportSpans(t.Context(), two); err != nil {
			t.Errorf("got %v, which goes to the handler of the whole process", err)
		}
	}
	for range 100 {
		export()
	}
	if got := strings.Count(log.String(), "connection refused"); got != 1 {
		t.Errorf("got %d lines about 100 errors in a row, want 1:\n%s", got, log.String())
	}
	g.complained = g.complained.Add(-2 * complainEvery)
	export()
	if got := log.String(); strings.Count(got, "connection refused") != 2 || !strings.Contains(got, "lost=202") {
		t.Errorf("got, after a while, want another line that counts 202 lost spans:\n%s", got)
	}
	exporter.err = nil
	export()
	export()
	if got := strings.Count(log.String(), "spans are exported again"); got != 1 {
		t.Errorf("got %d lines that it is over, want 1:\n%s", got, log.String())
	}
}
