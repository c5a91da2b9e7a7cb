package controllers_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/controllers"
)

func TestDatabaseAwayForAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen calls
		var b *bench
		b = start(t, controllers.Config{Lease: time.Hour}, controllers.Registration{Source: "Owls",
			OnUpsert: func(_ context.Context, event *api.Event) error {
				seen.add("%s", event.SourceID)
				b.events.down.Store(true) // before the outcome is recorded
				return nil
			}})
		first := b.publish(t, api.CreateEvent, "Owls", "a")
		second := b.publish(t, api.CreateEvent, "Owls", "b")
		b.Wake()
		synctest.Wait()
		claims := b.events.claims.Load()
		for range 100 {
			b.Wake() // must not turn into a storm
			synctest.Wait()
		}
		time.Sleep(10*time.Second - time.Millisecond)
		if n := b.events.claims.Load() - claims; n > 10 {
			t.Errorf("%d claims in 10 s without a database", n)
		}
		b.events.down.Store(false)
		time.Sleep(2 * time.Second)
		synctest.Wait()
		for _, event := range []*api.Event{first, second} {
			if now := b.read(t, event); now.HandledAt == nil || now.Attempts != 1 {
				t.Errorf("event %+v, want it handled at the first attempt", now)
			}
		}
		if err := b.stop(); err != nil {
			t.Error(err)
		}
		if got := seen.got(); len(got) != 2 {
			t.Errorf("calls %v, want one for each event", got)
		}
		if log := b.log.String(); strings.Count(log, "out of reach") != 1 || strings.Count(log, "within reach") != 1 {
			t.Errorf("log:\n%s\nwant one line when it went and one when it came back", log)
		}
	})
}

func TestStopWaitsForHandlersAndGivesTheRestBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cancelled := false
		b := start(t, controllers.Config{Workers: 1, StopTimeout: 10 * time.Second}, controllers.Registration{Source: "Owls",
			OnUpsert: func(ctx context.Context, _ *api.Event) error {
				time.Sleep(5 * time.Second)
				cancelled = ctx.Err() != nil
				return nil
			}})
		first := b.publish(t, api.CreateEvent, "Owls", "a")
		second := b.publish(t, api.CreateEvent, "Owls", "b")
		b.Wake()
		synctest.Wait()
		began := time.Now()
		if err := b.stop(); err != nil {
			t.Error(err)
		}
		if took := time.Since(began); took != 5*time.Second || cancelled {
			t.Errorf("stopped after %v, handler cancelled %t; want 5s, false", took, cancelled)
		}
		if b.read(t, first).HandledAt == nil {
			t.Error("the event at work was not recorded as handled")
		}
		if now := b.read(t, second); now.Attempts != 0 || now.RunAt.After(api.Now()) {
			t.Errorf("the waiting event was not given back: %+v", now)
		}
	})
}

func TestWaitingEventsAreGivenBackToOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		b := start(t, controllers.Config{Workers: 1}, controllers.Registration{Source: "Owls",
			OnUpsert: func(context.Context, *api.Event) error { <-release; return nil }})
		b.publish(t, api.CreateEvent, "Owls", "a")
		waiting := b.publish(t, api.CreateEvent, "Owls", "b")
		b.Wake()
		time.Sleep(3 * time.Second)
		synctest.Wait()
		others, err := b.events.Claim(t.Context(), 10, time.Minute)
		if err != nil || len(others) != 1 || others[0].ID != waiting.ID || others[0].Attempts != 1 {
			t.Errorf("another replica gets %+v, %v; want the waiting event", others, err)
		}
		close(release)
		synctest.Wait()
	})
}

func TestNoGoroutineIsLeft(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	called := make(chan struct{})
	b := start(t, controllers.Config{}, controllers.Registration{Source: "Owls", OnUpsert: func(context.Context, *api.Event) error {
		close(called)
		return nil
	}})
	b.publish(t, api.CreateEvent, "Owls", "a")
	b.Wake()
	<-called
	if err := b.stop(); err != nil {
		t.Error(err)
	}
}
