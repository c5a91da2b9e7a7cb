package telemetry

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/baggage"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/trexgen/trexgen/blueprints/service/pkg/logger/logtest"
)

// Variables are set, and who hears complaints is global: it cannot be parallel.
func TestComplaintsOfOpenTelemetryAreLoggedWithoutValues(t *testing.T) {
	t.Setenv("OTEL_EXPORTER_OTLP_HEADERS", "Authorization swordfish")
	t.Setenv("OTEL_TRACES_SAMPLER", "dice")
	var log logtest.Buffer
	tracing, err := New(t.Context(), Options{
		LookupEnv: lookupIn(map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://localhost:1"}), Log: slog.New(slog.NewJSONHandler(&log, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	tracing.Close()
	for _, want := range []string{"missing '=", "dice"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %q:\n%s", want, log.String())
		}
	}
	if strings.Contains(log.String(), "swordfish") {
		t.Errorf("the log shows a password:\n%s", log.String())
	}
}

// Whoever hears complaints is global: it cannot be parallel.
func TestBaggageThatCannotBeReadIsLeftBehindSilently(t *testing.T) {
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { t.Errorf("somebody complains: %v", err) }))
	t.Cleanup(func() { hearComplaints(slog.New(slog.DiscardHandler)) })
	for name, tracing := range map[string]*Tracing{"off": {}, "on": Using(sdktrace.NewTracerProvider())} {
		for want, lines := range map[string][]string{
			"tenant=7,unit=8": {"tenant=7", "unit=8"},
			"":                {"tenant=7", ";;;=swordfish"},
		} {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
			r.Header["Baggage"] = lines
			got := "none"
			tracing.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				bag := baggage.FromContext(r.Context())
				got = strings.TrimPrefix("tenant="+bag.Member("tenant").Value()+",unit="+bag.Member("unit").Value(), "tenant=,unit=")
			})).ServeHTTP(httptest.NewRecorder(), r)
			if got != want {
				t.Errorf("%s: of %q got %q, want %q", name, lines, got, want)
			}
		}
	}
}
