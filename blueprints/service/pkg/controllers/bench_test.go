package controllers_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/controllers"
	"github.com/trexgen/trexgen/blueprints/service/pkg/dao/daotest"
)

// bench is a running Manager on events in memory. Its clock is that of the
// synctest bubble: hours take no time.
type bench struct {
	*controllers.Manager
	events *flakyEvents
	log    *bytes.Buffer
	stop   func() error // stops Run and returns its error
}

// start runs a Manager with these handlers.
func start(t *testing.T, cfg controllers.Config, registrations ...controllers.Registration) *bench {
	t.Helper()
	b := prepare(cfg)
	for _, registration := range registrations {
		if err := b.Register(registration); err != nil {
			t.Fatal(err)
		}
	}
	b.run(t)
	return b
}

// prepare returns a Manager without handlers that does not run yet.
func prepare(cfg controllers.Config) *bench {
	b := &bench{events: &flakyEvents{Events: daotest.NewEvents()}, log: &bytes.Buffer{}}
	b.Manager = controllers.New(cfg, b.events, slog.New(slog.NewTextHandler(b.log, nil)))
	return b
}

// run runs the Manager until the test ends.
func (b *bench) run(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- b.Run(ctx) }()
	b.stop = sync.OnceValue(func() error {
		cancel()
		return <-ended
	})
	t.Cleanup(func() { _ = b.stop() })
}

// publish writes an event about the object.
func (b *bench) publish(t *testing.T, what api.EventType, source, id string) *api.Event {
	t.Helper()
	event := &api.Event{Source: source, SourceID: id, EventType: what}
	if err := b.events.Create(t.Context(), event); err != nil {
		t.Fatal(err)
	}
	return event
}

// read returns the event as it is now.
func (b *bench) read(t *testing.T, event *api.Event) *api.Event {
	t.Helper()
	now, err := b.events.Get(t.Context(), event.ID)
	if err != nil {
		t.Fatal(err)
	}
	return now
}

// flakyEvents fails while it is down, and does not answer while it hangs.
type flakyEvents struct {
	*daotest.Events
	down   atomic.Bool
	hangs  atomic.Bool
	clock  atomic.Int64 // how far it is ahead of ours, in what claims say
	claims atomic.Int32

	largest atomic.Int32 // of the claims
}

var errDown = errors.New("connection refused")

func (f *flakyEvents) answer(ctx context.Context) error {
	if f.hangs.Load() {
		<-ctx.Done()
		return ctx.Err()
	}
	if f.down.Load() {
		return errDown
	}
	return nil
}

func (f *flakyEvents) Claim(ctx context.Context, limit int, lease time.Duration) ([]api.Event, error) {
	f.claims.Add(1)
	if err := f.answer(ctx); err != nil {
		return nil, err
	}
	claimed, err := f.Events.Claim(ctx, limit, lease)
	f.largest.Store(max(f.largest.Load(), int32(len(claimed))))
	for i := range claimed {
		ahead := time.Duration(f.clock.Load())
		claimed[i].CreatedAt, claimed[i].RunAt = claimed[i].CreatedAt.Add(ahead), claimed[i].RunAt.Add(ahead)
	}
	return claimed, err
}

func (f *flakyEvents) Done(ctx context.Context, events ...api.Event) error {
	if err := f.answer(ctx); err != nil {
		return err
	}
	return f.Events.Done(ctx, events...)
}

func (f *flakyEvents) Release(ctx context.Context, events ...api.Event) error {
	if err := f.answer(ctx); err != nil {
		return err
	}
	return f.Events.Release(ctx, events...)
}

func (f *flakyEvents) Fail(ctx context.Context, event api.Event, cause error, retryAfter time.Duration, dead bool) error {
	if err := f.answer(ctx); err != nil {
		return err
	}
	return f.Events.Fail(ctx, event, cause, retryAfter, dead)
}

// calls records what handlers were called for.
type calls struct {
	mu   sync.Mutex
	list []string
}

func (c *calls) add(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.list = append(c.list, fmt.Sprintf(format, args...))
}

func (c *calls) got() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.list)
}

func (c *calls) handler(name string) controllers.Handler {
	return func(_ context.Context, event *api.Event) error {
		c.add("%s %s", name, event.SourceID)
		return nil
	}
}
