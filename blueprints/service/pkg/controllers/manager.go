package controllers

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
)

// Handler acts on what happened to the object with the id. Its ctx ends before
// the lease on the event does, and must be heeded: from then on somebody else
// may handle the same event.
type Handler func(ctx context.Context, id string) error

// Registration says who handles the events of a source. A nil handler means
// that there is nothing to do.
type Registration struct {
	// Source is the source of the events: the plural name of the kind.
	Source string

	// OnUpsert is called after an object was created or updated, OnDelete
	// after it was deleted.
	OnUpsert, OnDelete Handler
}

// Events is the log of events as the Manager uses it; dao.EventDao is one.
type Events interface {
	// Claim leases events that are due, of each object the oldest open one.
	Claim(ctx context.Context, limit int, lease time.Duration) ([]api.Event, error)

	// Done marks claimed events as handled, Release gives them back, and Fail
	// makes one due again after some time, or dead. An event whose lease has
	// passed to somebody else is left alone.
	Done(ctx context.Context, events ...api.Event) error
	Release(ctx context.Context, events ...api.Event) error
	Fail(ctx context.Context, event api.Event, cause error, retryAfter time.Duration, dead bool) error

	// Purge deletes events that were handled before the given time.
	Purge(ctx context.Context, before time.Time, limit int) (int64, error)
}

// Config tunes a Manager. The zero value works.
type Config struct {
	// Workers is the number of handlers at the same time; 0 means 8.
	Workers int

	// Batch is the number of events claimed at once; 0 means four for each
	// worker. Those that have to wait too long are given back.
	Batch int

	// Lease is the time for which an event is claimed; 0 means a minute. A
	// handler has three quarters of it.
	Lease time.Duration

	// MaxAttempts is the number of attempts after which an event is dead; 0
	// means 12.
	MaxAttempts int

	// BackoffBase is the time before the second attempt; it doubles with each
	// one up to BackoffMax, less up to a half by chance. 0 means a second, and
	// five minutes.
	BackoffBase, BackoffMax time.Duration

	// Retention is the time for which handled events are kept; 0 means a week.
	// Dead ones are kept for ever.
	Retention time.Duration

	// SweepEvery is the time between two looks for due events when nothing
	// wakes the Manager, and between two attempts to reach the database; 0
	// means a second.
	SweepEvery time.Duration

	// StopTimeout is the time that handlers get to end when Run is told to
	// stop; 0 means ten seconds.
	StopTimeout time.Duration

	// Observe, unless nil, is told of every attempt, for metrics. It is never
	// called twice at the same time.
	Observe func(Observation)
}

func (c Config) withDefaults() Config {
	c.Workers = cmp.Or(c.Workers, 8)
	c.Batch = cmp.Or(c.Batch, 4*c.Workers)
	c.Lease = cmp.Or(c.Lease, time.Minute)
	c.MaxAttempts = cmp.Or(c.MaxAttempts, 12)
	c.BackoffBase = cmp.Or(c.BackoffBase, time.Second)
	c.BackoffMax = cmp.Or(c.BackoffMax, 5*time.Minute)
	c.Retention = cmp.Or(c.Retention, 7*24*time.Hour)
	c.SweepEvery = cmp.Or(c.SweepEvery, time.Second)
	c.StopTimeout = cmp.Or(c.StopTimeout, 10*time.Second)
	return c
}

// Outcome is how an attempt to handle an event ended.
type Outcome string

// The outcomes.
const (
	Handled Outcome = "handled"
	Retried Outcome = "retried" // failed, to be tried again
	Dead    Outcome = "dead"    // failed for the last time
	Ignored Outcome = "ignored" // nobody handles it
)

// Observation describes an attempt to handle an event.
type Observation struct {
	Source  string
	Outcome Outcome
	Took    time.Duration // the handler's time
}

// Manager calls the registered handlers about events.
type Manager struct {
	cfg    Config
	events Events
	log    *slog.Logger
	wake   chan struct{}

	mu       sync.Mutex
	handlers map[string]Registration
	started  bool
}

// New returns a Manager that knows no handlers yet.
func New(cfg Config, events Events, log *slog.Logger) *Manager {
	return &Manager{
		cfg:      cfg.withDefaults(),
		events:   events,
		log:      log,
		wake:     make(chan struct{}, 1),
		handlers: map[string]Registration{},
	}
}

// Register adds the handlers of a source. It is an error to do so twice for
// one source, or once Run has begun.
func (m *Manager) Register(registration Registration) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch _, known := m.handlers[registration.Source]; {
	case registration.Source == "":
		return errors.New("registration without a source")
	case known:
		return fmt.Errorf("events of %s have handlers already", registration.Source)
	case m.started:
		return fmt.Errorf("events of %s: the manager runs already", registration.Source)
	}
	m.handlers[registration.Source] = registration
	return nil
}

// Wake says that there may be new events. It never blocks; of many calls in a
// row some may count as one.
func (m *Manager) Wake() {
	select {
	case m.wake <- struct{}{}:
	default: // one is waiting to be seen, and will see all
	}
}
