package server

import (
	"database/sql"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
)

// durationBuckets begin where a request that reads one row ends.
var durationBuckets = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}

// metrics is what the service measures of itself.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec
	inFlight prometheus.Gauge
	refused  *prometheus.CounterVec
}

// newMetrics measures requests, the process and the pool of connections. They
// join what is in the registry already.
func newMetrics(registry *prometheus.Registry, pool *sql.DB, build Build) (*metrics, error) {
	name := strings.ReplaceAll(api.ServiceName, "-", "_")
	m := &metrics{
		registry: registry,
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "http_requests_total", Help: "Requests to the API.",
		}, []string{"method", "route", "status"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "http_request_duration_seconds", Help: "Time to answer a request to the API.", Buckets: durationBuckets,
		}, []string{"method", "route", "status"}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "http_requests_in_flight", Help: "Requests to the API that are being answered.",
		}),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "http_requests_refused_total", Help: "Requests of clients that send too many, by what they are told apart by.",
		}, []string{"by"}),
	}
	info := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: name + "_build_info", Help: "What was built; the value is always 1.",
		ConstLabels: prometheus.Labels{"version": build.Version, "build_time": build.Time, "go_version": runtime.Version()},
	})
	info.Set(1)
	for _, c := range []prometheus.Collector{
		m.requests, m.duration, m.inFlight, m.refused, info,
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		collectors.NewDBStatsCollector(pool, name),
	} {
		if err := m.registry.Register(c); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func (m *metrics) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Registry: m.registry}))
	return mux
}

// observe counts one request. Clients choose paths and methods, so neither may
// be a label as it came: each value would be a series of its own.
func (m *metrics) observe(method, route string, status int, took time.Duration) {
	if route == "" {
		route = "none"
	}
	labels := []string{knownMethod(method), route, strconv.Itoa(status)}
	m.requests.WithLabelValues(labels...).Inc()
	m.duration.WithLabelValues(labels...).Observe(took.Seconds())
}

// knownMethod is method if it is a usual one.
func knownMethod(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	}
	return "other"
}
