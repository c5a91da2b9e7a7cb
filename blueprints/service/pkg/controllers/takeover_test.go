package controllers_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/controllers"
	"github.com/trexgen/trexgen/blueprints/service/pkg/dao"
	"github.com/trexgen/trexgen/blueprints/service/pkg/services"
	"github.com/trexgen/trexgen/blueprints/service/test/devdb"
)

// await waits for a signal.
func await[T any](t *testing.T, what string, signal <-chan T) (value T) {
	t.Helper()
	select {
	case value = <-signal:
	case <-time.After(30 * time.Second):
		t.Fatalf("waited for %s in vain", what)
	}
	return value
}

// The handler of one replica is slower than its lease. Another takes over, has
// the last word, and what Once does happens once.
func TestHandlerSlowerThanItsLease(t *testing.T) {
	t.Parallel()
	url := devdb.New(t)
	sessions, events := open(t, url)
	if err := sessions.New(t.Context()).Exec(`CREATE TABLE "counted" ("by" text NOT NULL)`).Error; err != nil {
		t.Fatal(err)
	}
	tools := services.Tools{Tx: sessions, Effects: dao.NewEventEffects(sessions)}
	event := &api.Event{Source: "Owls", SourceID: api.NewID(), EventType: api.CreateEvent}
	if err := events.Create(t.Context(), event); err != nil {
		t.Fatal(err)
	}
	count := func(who string, event *api.Event) error {
		return tools.Once(context.WithoutCancel(t.Context()), event, "count", func(ctx context.Context) error {
			return sessions.New(ctx).Exec(`INSERT INTO "counted" VALUES (?)`, who).Error
		})
	}
	slowBegan, quickDone, slowDone := make(chan struct{}, 10), make(chan struct{}), make(chan error, 10)
	release := sync.OnceFunc(func() { close(quickDone) })
	cfg := quick()
	cfg.Lease = 50 * time.Millisecond
	cfg.Workers, cfg.Batch, cfg.MaxAttempts = 1, 1, 1000
	var attempts atomic.Int32
	stopSlow := replica(t, url, cfg, controllers.Registration{Source: "Owls", OnUpsert: func(_ context.Context, event *api.Event) error {
		if attempts.Add(1) > 1 {
			return errors.New("let the other do it")
		}
		slowBegan <- struct{}{}
		<-quickDone // and so long after the lease
		err := count("slow", event)
		slowDone <- err
		return errors.New("not done after all")
	}})
	await(t, "the slow handler", slowBegan)
	stopQuick := replica(t, url, quick(), controllers.Registration{Source: "Owls", OnUpsert: func(_ context.Context, event *api.Event) error {
		defer release()
		return count("quick", event)
	}})
	if err := await(t, "the slow handler's end", slowDone); err != nil {
		t.Errorf("the slow one: %v", err)
	}
	stopSlow()
	stopQuick()
	wantAllHandled(t, events, 1)
	var counted []string
	if err := sessions.New(t.Context()).Raw(`SELECT "by" FROM "counted"`).Scan(&counted).Error; err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"quick"}, counted); diff != "" {
		t.Errorf("counted (-want +got):\n%s", diff)
	}
}

// The lease would keep others away for an hour; a stop does not.
func TestStopHandsOverAtOnce(t *testing.T) {
	t.Parallel()
	url := devdb.New(t)
	_, events := open(t, url)
	for range 3 { // one at work and two that wait for it
		event := &api.Event{Source: "Owls", SourceID: api.NewID(), EventType: api.CreateEvent}
		if err := events.Create(t.Context(), event); err != nil {
			t.Fatal(err)
		}
	}
	cfg := quick()
	cfg.Workers, cfg.Lease, cfg.StopTimeout, cfg.SweepEvery = 1, time.Hour, 100*time.Millisecond, time.Hour
	began := make(chan struct{}, 10)
	stop := replica(t, url, cfg, controllers.Registration{Source: "Owls", OnUpsert: func(ctx context.Context, _ *api.Event) error {
		began <- struct{}{}
		<-ctx.Done()
		return ctx.Err()
	}})
	await(t, "the first replica", began)
	stop()

	handled := make(chan int32, 10)
	stop = replica(t, url, quick(), controllers.Registration{Source: "Owls", OnUpsert: func(_ context.Context, event *api.Event) error {
		handled <- event.Attempts
		return nil
	}})
	for range 3 {
		if attempt := await(t, "the second replica", handled); attempt != 1 {
			t.Errorf("attempt %d, want the first: the stop counts as none", attempt)
		}
	}
	stop()
	wantAllHandled(t, events, 3)
}

// A dead event that is retried by hand is handled, and its object's later ones
// after it.
func TestDeadEventRetriedByHand(t *testing.T) {
	t.Parallel()
	url := devdb.New(t)
	_, events := open(t, url)
	object := api.NewID()
	var first *api.Event
	for range 2 {
		event := &api.Event{Source: "Owls", SourceID: object, EventType: api.UpdateEvent}
		if err := events.Create(t.Context(), event); err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = event
		}
	}
	var mu sync.Mutex
	var seen []string
	healed := false
	done := make(chan struct{}, 10)
	cfg := quick()
	cfg.MaxAttempts = 2
	stop := replica(t, url, cfg, controllers.Registration{Source: "Owls", OnUpsert: func(_ context.Context, event *api.Event) error {
		mu.Lock()
		defer mu.Unlock()
		if event.ID == first.ID && !healed {
			seen = append(seen, "first fails")
			return errors.New("no")
		}
		seen = append(seen, map[bool]string{true: "first", false: "second"}[event.ID == first.ID])
		done <- struct{}{}
		return nil
	}})
	defer stop()
	await(t, "the second event", done)
	mu.Lock()
	healed = true
	mu.Unlock()
	if n, err := events.Retry(t.Context(), dao.EventSelection{IDs: []string{first.ID}}); n != 1 || err != nil {
		t.Errorf("retried %d, %v", n, err)
	}
	await(t, "the first event", done)
	stop()
	if diff := cmp.Diff([]string{"first fails", "first fails", "second", "first"}, seen); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
	wantAllHandled(t, events, 2)
}

// What a consumer is told of does not depend on how the kinds' handlers fare.
func TestConsumersAndHandlersDoNotHoldEachOtherUp(t *testing.T) {
	t.Parallel()
	url := devdb.New(t)
	sessions, events := open(t, url)
	const objects = 10
	for range objects {
		for _, what := range []api.EventType{api.CreateEvent, api.DeleteEvent} {
			event := &api.Event{Source: "Owls", SourceID: api.NewID(), EventType: what}
			if err := events.Create(t.Context(), event, "hook", "mail"); err != nil {
				t.Fatal(err)
			}
		}
	}
	told := make(chan string, 10*objects)
	hook := consumerReplica(t, url, quick(), "hook", func(_ context.Context, event *api.Event) error {
		told <- event.ID
		return nil
	})
	cfg := quick()
	cfg.MaxAttempts = 1
	mail := consumerReplica(t, url, cfg, "mail", func(context.Context, *api.Event) error { return errors.New("no box") })
	failing := replica(t, url, cfg, controllers.Registration{Source: "Owls",
		OnUpsert: func(context.Context, *api.Event) error { return errors.New("no owl") }})
	ids := map[string]bool{}
	for len(ids) < 2*objects {
		ids[await(t, "the consumer", told)] = true
	}
	awaitRows(t, sessions, `SELECT count(*) FROM "event_deliveries" WHERE "consumer" = 'hook'`, 0)
	awaitRows(t, sessions, `SELECT count(*) FROM "event_deliveries" WHERE "consumer" = 'mail' AND "dead_at" IS NOT NULL`, 2*objects)
	awaitRows(t, sessions, `SELECT count(*) FROM "events" WHERE "dead_at" IS NOT NULL AND "event_type" = 'Create'`, objects)
	awaitRows(t, sessions, `SELECT count(*) FROM "events" WHERE "handled_at" IS NOT NULL AND "event_type" = 'Delete'`, objects)
	hook()
	mail()
	failing()
}
