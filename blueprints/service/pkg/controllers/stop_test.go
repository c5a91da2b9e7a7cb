package controllers_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/controllers"
)

// What a stop interrupts is due at once and has lost no attempt; what fails by
// itself while others are waited for has failed.
func TestStopIsBoundedAndGivesBackWhatItInterrupts(t *testing.T) {
	errOwn := errors.New("no owl at home")
	for name, tt := range map[string]struct {
		handler  func(ctx context.Context, forever <-chan struct{}) error
		took     time.Duration
		err      string
		handled  bool
		attempts int32
	}{
		"ends in time":            {func(context.Context, <-chan struct{}) error { return wait(5*time.Second, nil) }, 5 * time.Second, "", true, 1},
		"fails in time":           {func(context.Context, <-chan struct{}) error { return wait(5*time.Second, errOwn) }, 5 * time.Second, "", false, 1},
		"returns its ctx's error": {func(ctx context.Context, _ <-chan struct{}) error { <-ctx.Done(); return ctx.Err() }, 9 * time.Second, "", false, 0},
		"returns another error":   {func(ctx context.Context, _ <-chan struct{}) error { <-ctx.Done(); return errOwn }, 9 * time.Second, "", false, 0},
		"is done all the same":    {func(ctx context.Context, _ <-chan struct{}) error { <-ctx.Done(); return nil }, 9 * time.Second, "", true, 1},
		"panics about it":         {func(ctx context.Context, _ <-chan struct{}) error { <-ctx.Done(); panic("oh no") }, 9 * time.Second, "", false, 1},
		"takes note, but is slow": {func(ctx context.Context, _ <-chan struct{}) error {
			<-ctx.Done()
			return wait(900*time.Millisecond, errOwn)
		}, 9900 * time.Millisecond, "", false, 0},
		"heeds nothing":            {func(_ context.Context, forever <-chan struct{}) error { <-forever; return nil }, 10 * time.Second, "1 event handlers have not ended", false, 0},
		"has used up its own time": {func(ctx context.Context, _ <-chan struct{}) error { <-ctx.Done(); return ctx.Err() }, 3 * time.Second, "", false, 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				forever := make(chan struct{})
				cfg := controllers.Config{StopTimeout: 10 * time.Second, Lease: time.Hour, BackoffBase: time.Minute}
				if name == "has used up its own time" {
					cfg.Lease = 4 * time.Second
				}
				b := start(t, cfg, controllers.Registration{Source: "Owls", OnUpsert: func(ctx context.Context, _ *api.Event) error {
					return tt.handler(ctx, forever)
				}})
				event := b.publish(t, api.CreateEvent, "Owls", "a")
				b.Wake()
				synctest.Wait()
				began := time.Now()
				if cfg.Lease < time.Minute {
					time.Sleep(time.Second) // so that both ends do not fall together
				}
				if err := b.stop(); fmt.Sprint(err) != tt.err && (err != nil || tt.err != "") {
					t.Errorf("stopped with %v, want %q", err, tt.err)
				}
				if took := time.Since(began); took != tt.took {
					t.Errorf("stopped after %v, want %v", took, tt.took)
				}
				now := b.read(t, event)
				due := !now.RunAt.After(api.Now())
				if (now.HandledAt != nil) != tt.handled || now.Attempts != tt.attempts || !tt.handled && due != (tt.attempts == 0) {
					t.Errorf("%+v; want handled %t with %d attempts, and due only if that is none", now, tt.handled, tt.attempts)
				}
				if failed := !tt.handled && tt.attempts > 0; failed != (now.LastError != nil) {
					t.Errorf("%+v; want a failure recorded: %t", now, failed)
				}
				close(forever)
			})
		})
	}
}

// What has been handled while others are waited for is recorded at once: should
// the process be killed before they end, it is not repeated.
func TestStopRecordsWhatEndsMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, controllers.Config{StopTimeout: 10 * time.Second, Lease: time.Hour}, controllers.Registration{Source: "Owls",
			OnUpsert: func(_ context.Context, event *api.Event) error {
				if event.SourceID == "slow" {
					time.Sleep(8 * time.Second)
				}
				return wait(time.Second, nil)
			}})
		quick, slow := b.publish(t, api.CreateEvent, "Owls", "quick"), b.publish(t, api.CreateEvent, "Owls", "slow")
		b.Wake()
		synctest.Wait()
		stopped := make(chan error, 1)
		go func() { stopped <- b.stop() }()
		time.Sleep(2 * time.Second)
		if b.read(t, quick).HandledAt == nil || b.read(t, slow).HandledAt != nil {
			t.Errorf("quick %+v, slow %+v; want only the quick one handled by now", b.read(t, quick), b.read(t, slow))
		}
		if err := <-stopped; err != nil || b.read(t, slow).HandledAt == nil {
			t.Errorf("stopped with %v, slow %+v", err, b.read(t, slow))
		}
	})
}

// wait returns err after d of the bubble.
func wait(d time.Duration, err error) error {
	time.Sleep(d)
	return err
}

// The database is away while the service stops: it says what it could not do.
func TestStopWithoutADatabaseIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b *bench
		b = start(t, controllers.Config{Workers: 1}, controllers.Registration{Source: "Owls",
			OnUpsert: func(ctx context.Context, _ *api.Event) error {
				b.events.hangs.Store(true)
				<-ctx.Done()
				return ctx.Err()
			}})
		b.publish(t, api.CreateEvent, "Owls", "a")
		b.publish(t, api.CreateEvent, "Owls", "b")
		b.Wake()
		synctest.Wait()
		began := time.Now()
		if err := b.stop(); err == nil || err.Error() != "what became of 2 events is not recorded" {
			t.Errorf("stopped with %v", err)
		}
		if took := time.Since(began); took > 12*time.Second {
			t.Errorf("stopped after %v, want 12s at most", took)
		}
	})
}
