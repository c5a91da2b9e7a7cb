package controllers_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/controllers"
)

var errBusy = errors.New("busy")

func TestPauseClaimsNothingAndCountsNoAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		var at []time.Duration
		b := prepare(controllers.Config{Workers: 1, MaxAttempts: 1})
		if err := b.RegisterAll(func(context.Context, *api.Event) error {
			at = append(at, time.Since(began))
			switch len(at) {
			case 1, 2:
				return controllers.Pause(10*time.Second, errBusy)
			case 3:
				return controllers.Pause(-time.Second, errBusy)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		first := b.publish(t, api.CreateEvent, "Owls", "a")
		second := b.publish(t, api.CreateEvent, "Elks", "b") // claimed with the first
		b.run(t)
		synctest.Wait()
		for _, event := range []*api.Event{first, second} {
			if now := b.read(t, event); now.Attempts != 0 || now.RunAt.After(api.Now()) || now.LastError != nil {
				t.Errorf("during the pause: %+v, want it given back", now)
			}
		}
		claims := b.events.claims.Load()
		for range 9 {
			b.Wake()
			time.Sleep(time.Second)
		}
		synctest.Wait()
		if got := b.events.claims.Load(); got != claims {
			t.Errorf("%d claims during the pause", got-claims)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		for _, event := range []*api.Event{first, second} {
			if now := b.read(t, event); now.HandledAt == nil || now.Attempts != 1 {
				t.Errorf("after the pause: %+v, want it handled at the first attempt that counts", now)
			}
		}
		if len(at) != 5 || at[1]-at[0] < 10*time.Second || at[1]-at[0] > 11*time.Second {
			t.Errorf("attempts at %v, want five, the first ones 10 s apart", at)
		}
		if err := b.stop(); err != nil {
			t.Error(err)
		}
	})
}

// One kind's handler must not stop those of the others.
func TestPauseOfOneSourceIsARetryLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, controllers.Config{},
			controllers.Registration{Source: "Owls", OnUpsert: func(context.Context, *api.Event) error {
				return controllers.Pause(time.Hour, errBusy)
			}},
			controllers.Registration{Source: "Elks", OnUpsert: func(context.Context, *api.Event) error { return nil }})
		owl := b.publish(t, api.CreateEvent, "Owls", "a")
		b.Wake()
		synctest.Wait()
		elk := b.publish(t, api.CreateEvent, "Elks", "a")
		b.Wake()
		synctest.Wait()
		if now := b.read(t, elk); now.HandledAt == nil {
			t.Errorf("the event of another source: %+v, want it handled", now)
		}
		if now := b.read(t, owl); now.Attempts != 1 || now.RunAt.Before(api.Now().Add(time.Hour)) || now.LastError == nil {
			t.Errorf("%+v, want an attempt, the next in an hour", now)
		}
	})
}

func TestRetryAfterPutsTheNextAttemptOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, controllers.Config{MaxAttempts: 2}, controllers.Registration{Source: "Owls",
			OnUpsert: func(context.Context, *api.Event) error { return controllers.RetryAfter(time.Hour, errBusy) }})
		event := b.publish(t, api.CreateEvent, "Owls", "a")
		b.Wake()
		synctest.Wait()
		if now := b.read(t, event); now.Attempts != 1 || now.RunAt.Before(api.Now().Add(time.Hour)) || *now.LastError != errBusy.Error() {
			t.Errorf("%+v, want the next attempt in an hour", now)
		}
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		if now := b.read(t, event); now.DeadAt == nil {
			t.Errorf("%+v, want it dead: its attempts count", now)
		}
	})
}

func TestParkedEventIsDeadAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, controllers.Config{}, controllers.Registration{Source: "Owls",
			OnUpsert: func(context.Context, *api.Event) error { return controllers.Park(errBusy) }})
		event := b.publish(t, api.CreateEvent, "Owls", "a")
		b.Wake()
		synctest.Wait()
		if now := b.read(t, event); now.DeadAt == nil || now.Attempts != 1 || *now.LastError != errBusy.Error() {
			t.Errorf("%+v, want it dead after one attempt", now)
		}
	})
}

func TestAdviceKeepsItsCause(t *testing.T) {
	t.Parallel()
	for _, err := range []error{
		controllers.Pause(1, errBusy), controllers.RetryAfter(1, errBusy), controllers.Park(errBusy),
	} {
		if !errors.Is(err, errBusy) || err.Error() != errBusy.Error() {
			t.Errorf("got %v", err)
		}
	}
}
