package controllers_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/controllers"
)

// A handler that hangs and heeds no ctx costs its worker, which is the only one,
// no more than the time of a lease.
func TestHandlersThatHangDoNotHoldUpOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		forever := make(chan struct{})
		var hanging atomic.Int32
		b := start(t, controllers.Config{Workers: 1, MaxAttempts: 3, Lease: time.Minute}, controllers.Registration{Source: "Owls",
			OnUpsert: func(context.Context, *api.Event) error {
				hanging.Add(1)
				<-forever
				return nil
			},
			OnDelete: func(context.Context, *api.Event) error { return nil },
		})
		poison := b.publish(t, api.CreateEvent, "Owls", "a")
		b.Wake()
		synctest.Wait()
		other := b.publish(t, api.DeleteEvent, "Owls", "b")
		time.Sleep(time.Minute)
		synctest.Wait()
		if now := b.read(t, other); now.HandledAt == nil {
			t.Errorf("the event of another object still waits: %+v", now)
		}
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		now := b.read(t, poison)
		if now.DeadAt == nil || now.Attempts != 3 || now.LastError == nil || !strings.Contains(*now.LastError, "goes on") {
			t.Errorf("the event that hangs is not parked: %+v", now)
		}
		if got := hanging.Load(); got != 3 {
			t.Errorf("%d handlers hang, want 3", got)
		}
		close(forever)
		synctest.Wait()
		if now := b.read(t, poison); now.DeadAt == nil || now.HandledAt != nil {
			t.Errorf("what was given up has had its say: %+v", now)
		}
		if err := b.stop(); err != nil {
			t.Error(err)
		}
	})
}

// Hanging handlers do not become ever more, and once they end there is room again.
func TestHandlersThatHangAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		forever := make(chan struct{})
		var hanging atomic.Int32
		b := start(t, controllers.Config{Workers: 2, Lease: time.Minute, BackoffMax: time.Minute}, controllers.Registration{Source: "Owls",
			OnUpsert: func(context.Context, *api.Event) error {
				hanging.Add(1)
				<-forever
				return nil
			}})
		for _, id := range strings.Split("abcdefghijklmnopqrstuvwxyz", "") {
			b.publish(t, api.CreateEvent, "Owls", id)
		}
		time.Sleep(24 * time.Hour)
		synctest.Wait()
		if got := hanging.Load(); got != 10 { // 2 workers, and 4 given up for each
			t.Errorf("%d handlers hang, want 10", got)
		}
		close(forever)
		event := b.publish(t, api.CreateEvent, "Owls", "zz")
		time.Sleep(time.Hour)
		synctest.Wait()
		if now := b.read(t, event); now.HandledAt == nil {
			t.Errorf("there is no room after they have ended: %+v", now)
		}
	})
}

// Events that were at hand when an event killed replicas are tried one at a time,
// so that they do not die with it for ever.
func TestEventsThatDiedTogetherAreTriedOneByOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const attempts, events = 3, 5
		var working, most atomic.Int32
		b := prepare(controllers.Config{MaxAttempts: attempts})
		if err := b.Register(controllers.Registration{Source: "Owls", OnUpsert: func(context.Context, *api.Event) error {
			most.Store(max(most.Load(), working.Add(1)))
			time.Sleep(time.Second)
			working.Add(-1)
			return nil
		}}); err != nil {
			t.Fatal(err)
		}
		var all []*api.Event
		for _, id := range strings.Split("abcde", "") {
			all = append(all, b.publish(t, api.CreateEvent, "Owls", id))
		}
		for range attempts {
			if claimed, err := b.events.Claim(t.Context(), events, -time.Second); err != nil || len(claimed) != events {
				t.Fatalf("claimed %v, %v", claimed, err)
			}
		}
		b.run(t)
		time.Sleep(time.Minute)
		synctest.Wait()
		for _, event := range all {
			if now := b.read(t, event); now.HandledAt == nil || now.Attempts != attempts+1 {
				t.Errorf("not handled by the attempt after the %d that died: %+v", attempts, now)
			}
		}
		if got := most.Load(); got != 1 {
			t.Errorf("%d were tried at a time, want 1", got)
		}
	})
}

// An event that kills its replica each time is parked in the end, while one that
// was at hand when replicas died for other reasons gets more attempts than one
// that fails.
func TestEventThatKillsIsParked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const attempts = 4
		var seen calls
		b := start(t, controllers.Config{MaxAttempts: attempts}, controllers.Registration{Source: "Owls", OnUpsert: seen.handler("upsert")})
		synctest.Wait()
		die := func(times int) {
			t.Helper()
			for range times {
				if claimed, err := b.events.Claim(t.Context(), 1, -time.Second); err != nil || len(claimed) != 1 {
					t.Fatalf("claimed %v, %v", claimed, err)
				}
			}
		}
		killer := b.publish(t, api.CreateEvent, "Owls", "a")
		die(3 * attempts)
		b.Wake()
		synctest.Wait()
		if now := b.read(t, killer); now.DeadAt == nil || now.LastError == nil || len(seen.got()) > 0 {
			t.Errorf("it is begun again: %v, %+v", seen.got(), now)
		}
		unlucky := b.publish(t, api.CreateEvent, "Owls", "b")
		die(3*attempts - 1)
		b.Wake()
		synctest.Wait()
		if now := b.read(t, unlucky); now.HandledAt == nil || len(seen.got()) != 1 {
			t.Errorf("it is not begun again: %v, %+v", seen.got(), now)
		}
	})
}
