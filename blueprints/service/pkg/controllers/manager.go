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
	"github.com/trexgen/trexgen/blueprints/service/pkg/telemetry"
)

// Handler acts on event: on what happened to the object with the id SourceID.
// Every attempt brings the same ID, for effects that must not be repeated. The
// ctx ends before the lease on the event does, and must be heeded: from then on
// somebody else may handle the same event.
type Handler func(ctx context.Context, event *api.Event) error

// Registration says who handles the events of a source. A nil handler means
// that there is nothing to do.
type Registration struct {
	// Source is the source of the events: the plural name of the kind.
	Source string

	// OnUpsert is called after an object was created or updated, OnDelete
	// after it was deleted.
	OnUpsert, OnDelete Handler
}

// Events is the work of one consumer as the Manager uses it: dao.EventDao is
// that of the kinds' own handlers, dao.EventDeliveries that of others.
type Events interface {
	// Claim leases events that are due, of each object the oldest open one.
	Claim(ctx context.Context, limit int, lease time.Duration) ([]api.Event, error)

	// Done marks claimed events as handled, Release gives them back, and Fail
	// makes one due again after some time, or dead. An event whose lease has
	// passed to somebody else is left alone.
	Done(ctx context.Context, events ...api.Event) error
	Release(ctx context.Context, events ...api.Event) error
	Fail(ctx context.Context, event api.Event, cause error, retryAfter time.Duration, dead bool) error
}

// Config tunes a Manager. The zero value works.
type Config struct {
	// Consumer names whose handlers these are, in the log and in observations;
	// empty stands for the kinds' own.
	Consumer string

	// Workers is the number of handlers at the same time; 0 means 8.
	Workers int

	// Batch is the largest number of events claimed at once; 0 means 32 for each
	// worker. The first claim takes four for each, and the next ones twice as many
	// as long as the handlers keep up: those that have to wait too long are given
	// back.
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

	// SweepEvery is the time between two looks for due events when nothing
	// wakes the Manager, and between two attempts to reach the database; 0
	// means a second.
	SweepEvery time.Duration

	// StopTimeout is the time that handlers have to end when Run is told to
	// stop; 0 means ten seconds. Their ctx ends a second before it is over, or
	// a quarter of it if that is less.
	StopTimeout time.Duration

	// Tracing makes a span of every attempt, below that of the request which
	// wrote the event.
	Tracing *telemetry.Tracing

	// Observe, unless nil, is told of every attempt, for metrics. It is never
	// called twice at the same time.
	Observe func(Observation)
}

func (c Config) withDefaults() Config {
	c.Workers = cmp.Or(c.Workers, 8)
	c.Batch = cmp.Or(c.Batch, 32*c.Workers)
	c.Lease = cmp.Or(c.Lease, time.Minute)
	c.MaxAttempts = cmp.Or(c.MaxAttempts, 12)
	c.BackoffBase = cmp.Or(c.BackoffBase, time.Second)
	c.BackoffMax = cmp.Or(c.BackoffMax, 5*time.Minute)
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
)

// Observation describes an attempt to handle an event.
type Observation struct {
	Consumer string
	Source   string
	Outcome  Outcome
	Took     time.Duration // the handler's time

	// First tells whether it was the event's first attempt, and Latency how long
	// after the writing of the event it began.
	First   bool
	Latency time.Duration
}

// Manager calls the registered handlers about events.
type Manager struct {
	cfg    Config
	events Events
	log    *slog.Logger
	wake   chan struct{}

	mu       sync.Mutex
	handlers map[string]Registration
	all      Handler // of every source, instead of handlers
	started  bool
}

// New returns a Manager that knows no handlers yet.
func New(cfg Config, events Events, log *slog.Logger) *Manager {
	return &Manager{
		cfg:      cfg.withDefaults(),
		events:   events,
		log:      logOf(cfg.Consumer, log),
		wake:     make(chan struct{}, 1),
		handlers: map[string]Registration{},
	}
}

// logOf has the lines of consumer name it.
func logOf(consumer string, log *slog.Logger) *slog.Logger {
	if consumer == "" {
		return log
	}
	return log.With("consumer", consumer)
}

// Register adds the handlers of a source. It is an error to do so twice for
// one source, or once Run has begun.
func (m *Manager) Register(registration Registration) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch _, known := m.handlers[registration.Source]; {
	case registration.Source == "":
		return errors.New("registration without a source")
	case known || m.all != nil:
		return fmt.Errorf("events of %s have handlers already", registration.Source)
	case m.started:
		return fmt.Errorf("events of %s: the manager runs already", registration.Source)
	}
	m.handlers[registration.Source] = registration
	return nil
}

// RegisterAll has handler called about the events of every source and of every
// type. It goes without Register.
func (m *Manager) RegisterAll(handler Handler) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case handler == nil:
		return errors.New("registration without a handler")
	case m.all != nil || len(m.handlers) > 0:
		return errors.New("there are handlers already")
	case m.started:
		return errors.New("the manager runs already")
	}
	m.all = handler
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
