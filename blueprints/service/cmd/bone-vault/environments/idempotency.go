package environments

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/trexgen/trexgen/blueprints/service/pkg/idempotency"
)

// loadIdempotency makes the memory of requests with an Idempotency-Key, and has
// what is too old in it purged.
func (e *Env) loadIdempotency(context.Context) error {
	from := e.Config.Idempotency
	requests := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "idempotency_requests_total", Help: "Requests with an Idempotency-Key, by what became of them.",
	}, []string{"outcome"})
	for _, outcome := range idempotency.Outcomes {
		requests.WithLabelValues(string(outcome))
	}
	e.Idempotency = idempotency.New(e.Database.Sessions, idempotency.Settings{
		Retention:      from.Retention,
		LockTimeout:    e.Config.Locks.Timeout,
		MaxAnswerBytes: from.MaxAnswerBytes,
		Observe:        func(outcome idempotency.Outcome) { requests.WithLabelValues(string(outcome)).Inc() },
	})
	e.addLeaderWork("purge idempotency keys", func(ctx context.Context) error {
		return e.Idempotency.PurgeEvery(ctx, from.PurgeInterval, e.Log)
	})
	return e.Metrics.Register(requests)
}
