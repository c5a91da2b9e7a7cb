// Package servicetest has what unit tests of services run on instead of a
// database: transactions that call through and events that are remembered.
package servicetest

import (
	"context"
	"log/slog"
	"slices"
	"sync"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/services"
)

// Event is an event that a service published.
type Event struct {
	Type     api.EventType
	Source   string
	SourceID string
}

// Recorder remembers what a service did with its tools.
type Recorder struct {
	mu      sync.Mutex
	events  []Event
	effects []effect
	inTx    int
}

type effect struct{ eventID, name string }

// New returns tools that do nothing but tell the recorder.
func New() (services.Tools, *Recorder) {
	r := &Recorder{}
	return services.Tools{Tx: r, Locks: r, Events: r, Effects: r, Log: slog.New(slog.DiscardHandler)}, r
}

// Events are the events that were published in a transaction that did not
// fail, in their order.
func (r *Recorder) Events() []Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.events)
}

// InTx runs fn. If it fails, the events that it published are forgotten, and so
// are the effects that it brought about. Stores are not rolled back.
func (r *Recorder) InTx(ctx context.Context, fn func(ctx context.Context) error) error {
	r.mu.Lock()
	events, effects := len(r.events), len(r.effects)
	r.inTx++
	r.mu.Unlock()

	err := fn(ctx)

	r.mu.Lock()
	defer r.mu.Unlock()
	r.inTx--
	if err != nil {
		r.events, r.effects = r.events[:events], r.effects[:effects]
	}
	return err
}

// Publish remembers the event. Outside a transaction it panics: there it would
// be committed without the change that it is about.
func (r *Recorder) Publish(_ context.Context, what api.EventType, source, id string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.inTx == 0 {
		panic("servicetest: an event is published outside of a transaction")
	}
	r.events = append(r.events, Event{what, source, id})
	return nil
}

// First remembers the effect, and reports whether it had not been before.
// Outside a transaction it panics: there an effect that fails would be
// remembered as done.
func (r *Recorder) First(_ context.Context, eventID, name string) (bool, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.inTx == 0 {
		panic("servicetest: an effect is remembered outside of a transaction")
	}
	if next := (effect{eventID, name}); !slices.Contains(r.effects, next) {
		r.effects = append(r.effects, next)
		return true, nil
	}
	return false, nil
}

// Lock always succeeds at once.
func (*Recorder) Lock(context.Context, string, string) (unlock func(), err error) {
	return func() {}, nil
}

// TryLock always succeeds.
func (r *Recorder) TryLock(ctx context.Context, kind, id string) (unlock func(), err error) {
	return r.Lock(ctx, kind, id)
}
