package controllers_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/controllers"
	"github.com/trexgen/trexgen/blueprints/service/pkg/logger"
)

func TestEventsGoToTheirHandlers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen calls
		b := start(t, controllers.Config{},
			controllers.Registration{Source: "Owls", OnUpsert: seen.handler("owl upsert"), OnDelete: seen.handler("owl delete")},
			controllers.Registration{Source: "Elks", OnDelete: seen.handler("elk delete")},
		)
		var all []*api.Event
		for _, source := range []string{"Owls", "Elks"} {
			for _, what := range []api.EventType{api.CreateEvent, api.UpdateEvent, api.DeleteEvent} {
				all = append(all, b.publish(t, what, source, source[:1]))
			}
		}
		b.Wake()
		synctest.Wait()
		got := seen.got()
		slices.SortStableFunc(got, func(a, b string) int { return strings.Compare(a[:3], b[:3]) })
		if diff := cmp.Diff([]string{"elk delete E", "owl upsert O", "owl upsert O", "owl delete O"}, got); diff != "" {
			t.Errorf("calls (-want +got):\n%s", diff)
		}
		for _, event := range all {
			if now := b.read(t, event); now.HandledAt == nil || now.DeadAt != nil || now.Attempts != 1 {
				t.Errorf("event is not handled: %+v", now)
			}
		}
		if err := b.stop(); err != nil {
			t.Error(err)
		}
	})
}

func TestSweepFindsWhatNoWakeTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen calls
		b := start(t, controllers.Config{}, controllers.Registration{Source: "Owls", OnUpsert: seen.handler("upsert")})
		synctest.Wait()
		b.publish(t, api.CreateEvent, "Owls", "a")
		synctest.Wait()
		if got := seen.got(); len(got) > 0 {
			t.Errorf("before the sweep: %v", got)
		}
		time.Sleep(time.Second) // of the bubble
		synctest.Wait()
		if got := seen.got(); len(got) != 1 {
			t.Errorf("after the sweep: %v, want one call", got)
		}
	})
}

// While a kind is being rolled out, a replica that does not know it leaves its
// events to those that do.
func TestEventsOfUnknownSourcesAreLeftToOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, controllers.Config{MaxAttempts: 3, BackoffBase: time.Minute, BackoffMax: time.Minute})
		event := b.publish(t, api.CreateEvent, "Newts", "a")
		b.Wake()
		synctest.Wait()
		if now := b.read(t, event); now.HandledAt != nil || now.DeadAt != nil || now.LastError == nil {
			t.Errorf("after the first attempt: %+v", now)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if now := b.read(t, event); now.HandledAt != nil || now.DeadAt == nil || now.Attempts != 9 {
			t.Errorf("after the last attempt, three times as many as of one that fails: %+v", now)
		}
		if err := b.stop(); err != nil {
			t.Error(err)
		}
	})
}

// However often events have been put off, whoever knows them in the end does not
// take them for such that kill their replicas.
func TestEventsThatWerePutOffAreClaimedTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const events = 20
		var seen calls
		cfg := controllers.Config{MaxAttempts: 1, BackoffBase: time.Minute, BackoffMax: time.Minute}
		b := start(t, cfg)
		for i := range events {
			b.publish(t, api.CreateEvent, "Newts", fmt.Sprint(i))
		}
		time.Sleep(61 * time.Second) // each has been put off twice
		if err := b.stop(); err != nil {
			t.Error(err)
		}
		knows := controllers.New(cfg, b.events, slog.New(slog.DiscardHandler))
		if err := knows.Register(controllers.Registration{Source: "Newts", OnUpsert: seen.handler("upsert")}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute) // all are due again
		before := b.events.claims.Load()
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- knows.Run(ctx) }()
		synctest.Wait()
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if claims := b.events.claims.Load() - before; claims >= events || len(seen.got()) != events {
			t.Errorf("%d claims for %d calls, want fewer claims than the %d events", claims, len(seen.got()), events)
		}
	})
}

func TestFailureIsRetriedLaterAndLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var at []time.Duration
		began := time.Now()
		var outcomes []controllers.Outcome
		b := start(t, controllers.Config{
			MaxAttempts: 5, BackoffBase: 10 * time.Second, BackoffMax: 30 * time.Second,
			Observe: func(o controllers.Observation) { outcomes = append(outcomes, o.Outcome) },
		}, controllers.Registration{Source: "Owls", OnUpsert: func(context.Context, *api.Event) error {
			at = append(at, time.Since(began))
			return errors.New("no\x00tree")
		}})
		event := b.publish(t, api.CreateEvent, "Owls", "a")
		later := b.publish(t, api.DeleteEvent, "Owls", "a")
		other := b.publish(t, api.DeleteEvent, "Owls", "b")
		b.Wake()
		synctest.Wait()
		if now := b.read(t, event); now.Attempts != 1 || now.HandledAt != nil || now.LastError == nil {
			t.Errorf("after a failure: %+v", now)
		}
		if b.read(t, later).HandledAt != nil || b.read(t, other).HandledAt == nil {
			t.Error("a failure has to hold up the later events of its object, and no others")
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if len(at) != 5 {
			t.Fatalf("attempts at %v, want 5", at)
		}
		for i, most := range []time.Duration{10, 20, 30, 30} {
			if wait := at[i+1] - at[i]; wait < most*time.Second/2 || wait > (most+1)*time.Second {
				t.Errorf("attempt %d after %v, want %v to %v", i+2, wait, most*time.Second/2, most*time.Second)
			}
		}
		if now := b.read(t, event); now.DeadAt == nil || now.HandledAt != nil || now.Attempts != 5 {
			t.Errorf("after the last attempt: %+v", now)
		}
		if b.read(t, later).HandledAt == nil {
			t.Error("a dead event holds up the later ones of its object")
		}
		if err := b.stop(); err != nil {
			t.Error(err)
		}
		count := map[controllers.Outcome]int{}
		for _, outcome := range outcomes {
			count[outcome]++
		}
		if diff := cmp.Diff(map[controllers.Outcome]int{"handled": 2, "retried": 4, "dead": 1}, count); diff != "" {
			t.Errorf("observed (-want +got):\n%s", diff)
		}
	})
}

// The clocks of the database and of this machine differ by an hour.
func TestLatencyGoesByOneClockAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		seen := map[string]controllers.Observation{}
		b := start(t, controllers.Config{
			Consumer: "hook", Workers: 1, Lease: time.Minute, BackoffBase: time.Second, SweepEvery: 10 * time.Second,
			Observe: func(o controllers.Observation) {
				if o.First {
					seen[o.Source] = o
				}
			},
		},
			controllers.Registration{Source: "Owls", OnUpsert: func(context.Context, *api.Event) error { return wait(4*time.Second, errors.New("no")) }},
			controllers.Registration{Source: "Elks", OnUpsert: func(context.Context, *api.Event) error { return nil }},
		)
		b.events.clock.Store(int64(time.Hour))
		synctest.Wait()
		b.publish(t, api.CreateEvent, "Owls", "a")
		b.publish(t, api.CreateEvent, "Elks", "b")
		time.Sleep(3 * time.Second)
		b.Wake()
		time.Sleep(time.Hour)
		synctest.Wait()
		want := map[string]controllers.Observation{
			"Owls": {Consumer: "hook", Source: "Owls", Outcome: controllers.Retried, Took: 4 * time.Second, First: true, Latency: 3 * time.Second},
			"Elks": {Consumer: "hook", Source: "Elks", Outcome: controllers.Handled, First: true, Latency: 7 * time.Second},
		}
		if diff := cmp.Diff(want, seen); diff != "" {
			t.Errorf("first attempts (-want +got):\n%s", diff)
		}
	})
}

func TestPanicIsAFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, bad := range map[string]controllers.Handler{
			"a panic":                     func(context.Context, *api.Event) error { panic("oh no") },
			"a nil panic":                 func(context.Context, *api.Event) error { panic(nil) },
			"a lost worker":               func(context.Context, *api.Event) error { runtime.Goexit(); return nil },
			"a nil error that is not nil": func(context.Context, *api.Event) error { return (*hollow)(nil) },
		} {
			b := start(t, controllers.Config{Workers: 1, MaxAttempts: 1}, controllers.Registration{Source: "Owls", OnUpsert: bad})
			for _, id := range []string{"a", "b"} {
				b.publish(t, api.CreateEvent, "Owls", id)
			}
			event := b.publish(t, api.CreateEvent, "Owls", "c")
			b.Wake()
			synctest.Wait()
			if now := b.read(t, event); now.DeadAt == nil || now.LastError == nil {
				t.Errorf("%s: %+v, want it dead", name, now)
			}
			if err := b.stop(); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// hollow is an error that cannot say what it is when it is nil, as is the way of
// most errors that are pointers.
type hollow struct{ text string }

func (h *hollow) Error() string { return h.text }

func TestHandlerKnowsItsEventAndItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var operation string
		var left time.Duration
		b := start(t, controllers.Config{Lease: time.Minute}, controllers.Registration{Source: "Owls",
			OnUpsert: func(ctx context.Context, _ *api.Event) error {
				operation = logger.OperationID(ctx)
				if deadline, ok := ctx.Deadline(); ok {
					left = time.Until(deadline)
				}
				<-ctx.Done()
				return ctx.Err()
			}})
		event := b.publish(t, api.CreateEvent, "Owls", "a")
		b.Wake()
		time.Sleep(50 * time.Second)
		synctest.Wait()
		if operation != event.ID || left != 45*time.Second {
			t.Errorf("operation %q, time left %v; want %q, 45s", operation, left, event.ID)
		}
		if now := b.read(t, event); now.LastError == nil || *now.LastError != context.DeadlineExceeded.Error() {
			t.Errorf("event %+v, want the failure recorded", now)
		}
	})
}

func TestObjectsAreHandledInParallelAndEachInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen calls
		var now, most atomic.Int32
		b := start(t, controllers.Config{Workers: 4}, controllers.Registration{Source: "Owls",
			OnUpsert: func(_ context.Context, event *api.Event) error {
				most.Store(max(most.Load(), now.Add(1)))
				defer now.Add(-1)
				time.Sleep(100 * time.Millisecond)
				seen.add("%s", event.SourceID)
				return nil
			},
			OnDelete: func(_ context.Context, event *api.Event) error { seen.add("%s deleted", event.SourceID); return nil },
		})
		const objects = 20
		for _, what := range []api.EventType{api.CreateEvent, api.UpdateEvent, api.DeleteEvent} {
			for i := range objects {
				b.publish(t, what, "Owls", fmt.Sprint(i))
			}
		}
		b.Wake()
		time.Sleep(time.Minute)
		synctest.Wait()
		if most.Load() != 4 {
			t.Errorf("%d handlers at once, want 4", most.Load())
		}
		order := map[string][]string{}
		for _, call := range seen.got() {
			id, _, _ := strings.Cut(call, " ")
			order[id] = append(order[id], strings.TrimSpace(strings.TrimPrefix(call, id)))
		}
		for i := range objects {
			if diff := cmp.Diff([]string{"", "", "deleted"}, order[fmt.Sprint(i)]); diff != "" {
				t.Errorf("object %d (-want +got):\n%s", i, diff)
			}
		}
	})
}

// Every attempt brings the event as it was written, whatever a handler has made
// of its own, so that it can tell repeats.
func TestEveryAttemptBringsTheEvent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen []api.Event
		b := start(t, controllers.Config{MaxAttempts: 3, BackoffBase: time.Second}, controllers.Registration{Source: "Owls",
			OnDelete: func(_ context.Context, event *api.Event) error {
				seen = append(seen, api.Event{
					Meta: api.Meta{ID: event.ID}, Source: event.Source, SourceID: event.SourceID, EventType: event.EventType,
					Actor: event.Actor, OperationID: event.OperationID, Attempts: event.Attempts,
				})
				*event = api.Event{}
				return errors.New("no")
			}})
		event := &api.Event{Source: "Owls", SourceID: "a", EventType: api.DeleteEvent, Actor: "ann", OperationID: "op-1"}
		if err := b.events.Create(t.Context(), event); err != nil {
			t.Fatal(err)
		}
		b.Wake()
		time.Sleep(time.Hour)
		synctest.Wait()
		want := api.Event{Meta: api.Meta{ID: event.ID}, Source: "Owls", SourceID: "a", EventType: api.DeleteEvent, Actor: "ann", OperationID: "op-1"}
		for i := range 3 {
			want.Attempts = int32(i + 1)
			if len(seen) != 3 || cmp.Diff(want, seen[i]) != "" {
				t.Fatalf("attempt %d of %d brings %+v, want %+v", i+1, len(seen), seen[i], want)
			}
		}
		if now := b.read(t, event); now.DeadAt == nil {
			t.Errorf("%+v, want it dead", now)
		}
	})
}

func TestHandlerOfAllSources(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen calls
		b := prepare(controllers.Config{Consumer: "hook"})
		err := b.RegisterAll(func(_ context.Context, event *api.Event) error {
			seen.add("%s.%s", event.Source, event.EventType)
			panic("oh no")
		})
		if err != nil {
			t.Fatal(err)
		}
		b.run(t)
		b.publish(t, api.DeleteEvent, "Owls", "a")
		b.publish(t, api.CreateEvent, "Elks", "a")
		b.Wake()
		synctest.Wait()
		got := seen.got()
		slices.Sort(got)
		if diff := cmp.Diff([]string{"Elks.Create", "Owls.Delete"}, got); diff != "" {
			t.Errorf("calls (-want +got):\n%s", diff)
		}
		if err := b.stop(); err != nil {
			t.Error(err)
		}
		for line := range strings.Lines(b.log.String()) {
			if !strings.Contains(line, "consumer=hook") {
				t.Errorf("a line does not name the consumer: %s", line)
			}
		}
	})
}

func TestRegister(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, controllers.Config{}, controllers.Registration{Source: "Owls"})
		synctest.Wait()
		for _, source := range []string{"Owls", "Elks", ""} {
			if err := b.Register(controllers.Registration{Source: source}); err == nil {
				t.Errorf("source %q, after the start: no error", source)
			}
		}
		if err := b.Run(t.Context()); err == nil {
			t.Error("a second Run: no error")
		}
		idle := controllers.New(controllers.Config{}, b.events, slog.New(slog.DiscardHandler))
		if err := idle.Register(controllers.Registration{Source: "Owls"}); err != nil {
			t.Error(err)
		}
		if err := idle.Register(controllers.Registration{Source: "Owls"}); err == nil {
			t.Error("the same source twice: no error")
		}
		nothing := func(context.Context, *api.Event) error { return nil }
		if err := idle.RegisterAll(nothing); err == nil {
			t.Error("all sources after one: no error")
		}
		if err := b.RegisterAll(nothing); err == nil {
			t.Error("all sources after the start: no error")
		}
		other := controllers.New(controllers.Config{}, b.events, slog.New(slog.DiscardHandler))
		if err := other.RegisterAll(nil); err == nil {
			t.Error("no handler: no error")
		}
		if err := other.RegisterAll(nothing); err != nil {
			t.Error(err)
		}
		if other.RegisterAll(nothing) == nil || other.Register(controllers.Registration{Source: "Owls"}) == nil {
			t.Error("more after all sources: no error")
		}
	})
}
