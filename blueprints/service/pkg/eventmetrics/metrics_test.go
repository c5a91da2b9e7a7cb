package eventmetrics_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/controllers"
	"github.com/trexgen/trexgen/blueprints/service/pkg/dao/daotest"
	"github.com/trexgen/trexgen/blueprints/service/pkg/eventmetrics"
	"github.com/trexgen/trexgen/blueprints/service/pkg/services"
)

// scrape returns what Prometheus reads.
func scrape(registry *prometheus.Registry) string {
	w := httptest.NewRecorder()
	promhttp.HandlerFor(registry, promhttp.HandlerOpts{}).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	return w.Body.String()
}

func mustHave(t *testing.T, text string, lines ...string) {
	t.Helper()
	for _, line := range lines {
		if !strings.Contains(text, line+"\n") {
			t.Errorf("%s is missing in\n%s", line, text)
		}
	}
}

// Events go the whole way, from the service that publishes them to a handler.
func TestWhatBecomesOfEventsIsCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		registry := prometheus.NewPedanticRegistry()
		metrics, err := eventmetrics.New(registry)
		if err != nil {
			t.Fatal(err)
		}
		events := daotest.NewEvents()
		manager := controllers.New(controllers.Config{
			MaxAttempts: 3, BackoffBase: time.Second, SweepEvery: time.Second, Observe: metrics.Attempted,
		}, events, slog.New(slog.DiscardHandler))
		err = errors.Join(
			manager.Register(controllers.Registration{Source: "Owls"}),
			manager.Register(controllers.Registration{Source: "Elks", OnUpsert: func(context.Context, *api.Event) error {
				time.Sleep(250 * time.Millisecond)
				return errors.New("no")
			}}),
		)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- manager.Run(ctx) }()
		synctest.Wait()

		publisher := services.NewEventService(events, func() {}, services.Publishing{Observe: metrics.Published})
		for _, what := range []struct {
			event  api.EventType
			source string
		}{{api.CreateEvent, "Owls"}, {api.UpdateEvent, "Owls"}, {api.UpdateEvent, "Owls"}, {api.CreateEvent, "Elks"}} {
			if err := publisher.Publish(t.Context(), what.event, what.source, api.NewID()); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(time.Hour)
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		mustHave(t, scrape(registry),
			`events_produced_total{source="Owls",type="Create"} 1`,
			`events_produced_total{source="Owls",type="Update"} 2`,
			`events_produced_total{source="Elks",type="Create"} 1`,
			`events_handled_total{consumer="handlers",source="Owls"} 3`,
			`events_failed_total{consumer="handlers",source="Elks"} 3`,
			`events_dead_total{consumer="handlers",source="Elks"} 1`,
			`event_attempt_duration_seconds_count{consumer="handlers",outcome="retried",source="Elks"} 2`,
			`event_attempt_duration_seconds_sum{consumer="handlers",outcome="retried",source="Elks"} 0.5`,
			`event_attempt_duration_seconds_count{consumer="handlers",outcome="dead",source="Elks"} 1`,
			// Nothing woke the manager: its sweep found them a second later.
			`event_latency_seconds_bucket{consumer="handlers",le="0.5"} 0`,
			`event_latency_seconds_bucket{consumer="handlers",le="1"} 4`,
		)
	})
}

// Events of another consumer are its own.
func TestConsumersAreApart(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewPedanticRegistry()
	metrics, err := eventmetrics.New(registry)
	if err != nil {
		t.Fatal(err)
	}
	metrics.Attempted(controllers.Observation{Consumer: "hook", Source: "Owls", Outcome: controllers.Handled, First: true, Latency: 2 * time.Millisecond})
	metrics.Attempted(controllers.Observation{Source: "Owls", Outcome: controllers.Handled})
	mustHave(t, scrape(registry),
		`events_handled_total{consumer="hook",source="Owls"} 1`,
		`events_handled_total{consumer="handlers",source="Owls"} 1`,
		`event_latency_seconds_bucket{consumer="hook",le="0.0015"} 0`,
		`event_latency_seconds_bucket{consumer="hook",le="0.002"} 1`,
		`event_latency_seconds_count{consumer="hook"} 1`,
	)
}
