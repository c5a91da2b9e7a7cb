package environments

import (
	"context"
	"errors"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/trexgen/trexgen/blueprints/service/pkg/db"
)

// loadLocks makes the locks and registers the metrics of locks and leaders.
func (e *Env) loadLocks() error {
	waits := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "locks_wait_seconds", Help: "Time until a lock was held, or not to be had.",
		Buckets: prometheus.ExponentialBuckets(0.0005, 4, 9), // to half a minute
	}, []string{"outcome"})
	e.leads = prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "leader", Help: "1 on the replica that does the periodic work of this name, else 0.",
	}, []string{"name"})
	e.Database.Locks = db.NewLockFactory(e.Database.Sessions)
	e.Database.Locks.Observe = func(wait db.LockWait) {
		waits.WithLabelValues(string(wait.Outcome)).Observe(wait.Took.Seconds())
	}
	return errors.Join(e.Metrics.Register(waits), e.Metrics.Register(e.leads))
}

// addLeaderWork is addWork for what one replica at a time is to do; see
// db.Leader.Run for what is asked of run.
func (e *Env) addLeaderWork(name string, run func(context.Context) error) {
	leads := e.leads.WithLabelValues(name)
	leader := db.NewLeader(e.databaseConfig(), name, e.Log)
	leader.Observe = func(now bool) {
		if now {
			leads.Set(1)
		} else {
			leads.Set(0)
		}
	}
	e.addWork(name, func(ctx context.Context) error { return leader.Run(ctx, run) })
}
