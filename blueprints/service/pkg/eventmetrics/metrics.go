package eventmetrics

import (
	"cmp"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/controllers"
)

// Handlers is what the kinds' own handlers are called as a consumer.
const Handlers = "handlers"

// latencyBuckets are fine where an event is handled as soon as it is there, and
// reach to where something is broken.
var latencyBuckets = []float64{
	.0005, .001, .0015, .002, .003, .005, .0075, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 3600,
}

// Metrics counts and measures events.
type Metrics struct {
	produced, handled, failed, dead *prometheus.CounterVec
	attempts, latency               *prometheus.HistogramVec
}

// New registers the metrics of what this replica does.
func New(registry prometheus.Registerer) (*Metrics, error) {
	count := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	}
	m := &Metrics{
		produced: count("events_produced_total", "Events that were written.", "source", "type"),
		handled:  count("events_handled_total", "Events that were handled.", "consumer", "source"),
		failed:   count("events_failed_total", "Attempts to handle an event that failed.", "consumer", "source"),
		dead:     count("events_dead_total", "Events that were parked as dead.", "consumer", "source"),
		attempts: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "event_attempt_duration_seconds", Help: "Time of an attempt to handle an event.",
		}, []string{"consumer", "source", "outcome"}),
		latency: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "event_latency_seconds", Help: "Time from the writing of an event to its first attempt.", Buckets: latencyBuckets,
		}, []string{"consumer"}),
	}
	for _, c := range []prometheus.Collector{m.produced, m.handled, m.failed, m.dead, m.attempts, m.latency} {
		if err := registry.Register(c); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// Published counts an event that has been committed.
func (m *Metrics) Published(event *api.Event) {
	m.produced.WithLabelValues(event.Source, string(event.EventType)).Inc()
}

// Attempted counts and measures an attempt to handle an event.
func (m *Metrics) Attempted(o controllers.Observation) {
	consumer := nameOf(o.Consumer)
	m.attempts.WithLabelValues(consumer, o.Source, string(o.Outcome)).Observe(o.Took.Seconds())
	if o.First {
		m.latency.WithLabelValues(consumer).Observe(o.Latency.Seconds())
	}
	switch o.Outcome {
	case controllers.Handled:
		m.handled.WithLabelValues(consumer, o.Source).Inc()
	case controllers.Retried:
		m.failed.WithLabelValues(consumer, o.Source).Inc()
	case controllers.Dead:
		m.failed.WithLabelValues(consumer, o.Source).Inc()
		m.dead.WithLabelValues(consumer, o.Source).Inc()
	}
}

// nameOf is what a consumer is called in metrics.
func nameOf(consumer string) string { return cmp.Or(consumer, Handlers) }
