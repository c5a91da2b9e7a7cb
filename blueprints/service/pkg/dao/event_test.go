package dao_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/dao"
	"github.com/trexgen/trexgen/blueprints/service/pkg/dao/daotest"
	"github.com/trexgen/trexgen/blueprints/service/pkg/db"
	"github.com/trexgen/trexgen/blueprints/service/test/devdb"
)

// eventLog is what EventDao and its fake have in common.
type eventLog interface {
	Get(ctx context.Context, id string) (*api.Event, error)
	Create(ctx context.Context, event *api.Event, consumers ...string) error
	Claim(ctx context.Context, limit int, lease time.Duration) ([]api.Event, error)
	Done(ctx context.Context, events ...api.Event) error
	Release(ctx context.Context, events ...api.Event) error
	Fail(ctx context.Context, event api.Event, cause error, retryAfter time.Duration, dead bool) error
	Purge(ctx context.Context, before time.Time, limit int, readers []string) (int64, error)
}

// over makes a lease that has lapsed already.
const over = -time.Second

// eachLog runs test against an EventDao and against its fake.
func eachLog(t *testing.T, test func(t *testing.T, events eventLog)) {
	t.Parallel()
	t.Run("Fake", func(t *testing.T) {
		t.Parallel()
		test(t, daotest.NewEvents())
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		t.Parallel()
		test(t, dao.NewEventDao(open(t, devdb.New(t))))
	})
}

// publish writes events about objects, "a" for one, in this order.
func publish(t testing.TB, events eventLog, objects ...string) []string {
	t.Helper()
	ids := make([]string, len(objects))
	for i, object := range objects {
		event := &api.Event{Source: "Owls", SourceID: uuidOf(object), EventType: api.UpdateEvent}
		if err := events.Create(t.Context(), event); err != nil {
			t.Fatal(err)
		}
		ids[i] = event.ID
	}
	return ids
}

func uuidOf(object string) string { return "01980000-0000-7000-8000-" + strings.Repeat(object, 12) }

func claim(t testing.TB, events eventLog, limit int, lease time.Duration) []api.Event {
	t.Helper()
	claimed, err := events.Claim(t.Context(), limit, lease)
	if err != nil {
		t.Fatal(err)
	}
	return claimed
}

func wantClaimed(t testing.TB, events eventLog, want ...string) []api.Event {
	t.Helper()
	claimed := claim(t, events, 100, time.Hour)
	got := []string{}
	for _, event := range claimed {
		got = append(got, event.ID)
	}
	if diff := cmp.Diff(append([]string{}, want...), got); diff != "" {
		t.Errorf("claimed (-want +got):\n%s", diff)
	}
	return claimed
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestNewEvent(t *testing.T) {
	eachLog(t, func(t *testing.T, events eventLog) {
		event := &api.Event{Source: "Owls", SourceID: uuidOf("a"), EventType: api.DeleteEvent, Attempts: 7, DeadAt: ptr(api.Now())}
		must(t, events.Create(t.Context(), event))
		want := &api.Event{Meta: event.Meta, Sequence: 1, Source: "Owls", SourceID: uuidOf("a"), EventType: api.DeleteEvent, RunAt: event.RunAt}
		if diff := cmp.Diff(want, event); diff != "" || event.ID == "" || event.RowVersion != 1 || event.RunAt.IsZero() {
			t.Errorf("created %+v (-want +got):\n%s", event, diff)
		}
		got, err := events.Get(t.Context(), event.ID)
		must(t, err)
		if diff := cmp.Diff(event, got); diff != "" {
			t.Errorf("read again (-created +got):\n%s", diff)
		}
		claimed := wantClaimed(t, events, event.ID)
		if c := claimed[0]; c.Attempts != 1 || c.RowVersion != 2 || c.Source != "Owls" || c.EventType != api.DeleteEvent {
			t.Errorf("claimed %+v", c)
		}
	})
}

func TestClaimTakesTheOldestOfEachObject(t *testing.T) {
	eachLog(t, func(t *testing.T, events eventLog) {
		ids := publish(t, events, "a", "b", "a", "a", "c")
		first := wantClaimed(t, events, ids[0], ids[1], ids[4])
		wantClaimed(t, events)

		must(t, events.Done(t.Context(), first[0], first[1]))
		second := wantClaimed(t, events, ids[2])
		must(t, events.Done(t.Context(), second...))
		wantClaimed(t, events, ids[3])
		if handled, err := events.Get(t.Context(), ids[0]); err != nil || handled.HandledAt == nil {
			t.Errorf("after Done: %+v, %v", handled, err)
		}
		must(t, events.Done(t.Context()))
	})
}

func TestSourcesAreApart(t *testing.T) {
	eachLog(t, func(t *testing.T, events eventLog) {
		owl := &api.Event{Source: "Owls", SourceID: uuidOf("a"), EventType: api.CreateEvent}
		elk := &api.Event{Source: "Elks", SourceID: uuidOf("a"), EventType: api.CreateEvent}
		must(t, events.Create(t.Context(), owl))
		must(t, events.Create(t.Context(), elk))
		wantClaimed(t, events, owl.ID, elk.ID)
	})
}

func TestClaimIsLimited(t *testing.T) {
	eachLog(t, func(t *testing.T, events eventLog) {
		ids := publish(t, events, "a", "b", "c")
		if got := claim(t, events, 2, time.Hour); len(got) != 2 || got[0].ID != ids[0] || got[1].ID != ids[1] {
			t.Errorf("claimed %+v, want the first two", got)
		}
		wantClaimed(t, events, ids[2])
	})
}

func TestLostLease(t *testing.T) {
	eachLog(t, func(t *testing.T, events eventLog) {
		ids := publish(t, events, "a", "a")
		lost := claim(t, events, 10, over)
		again := wantClaimed(t, events, ids[0])
		if again[0].Attempts != 2 {
			t.Errorf("attempts %d, want 2", again[0].Attempts)
		}
		// What the first one says now is of no account: the second is at it.
		must(t, events.Done(t.Context(), lost...))
		must(t, events.Release(t.Context(), lost...))
		must(t, events.Fail(t.Context(), lost[0], errors.New("late"), over, true))
		wantClaimed(t, events)
		if now, err := events.Get(t.Context(), ids[0]); err != nil || cmp.Diff(&again[0], now) != "" {
			t.Errorf("the event has changed: %v %s", err, cmp.Diff(&again[0], now))
		}
		must(t, events.Done(t.Context(), again...))
		wantClaimed(t, events, ids[1])
	})
}

func TestFail(t *testing.T) {
	eachLog(t, func(t *testing.T, events eventLog) {
		ids := publish(t, events, "a", "a")
		claimed := wantClaimed(t, events, ids[0])
		must(t, events.Fail(t.Context(), claimed[0], errors.New("first"), time.Hour, false))
		wantClaimed(t, events)

		ids = append(ids, publish(t, events, "b")...)
		claimed = wantClaimed(t, events, ids[2])
		must(t, events.Fail(t.Context(), claimed[0], errors.New("second"), over, false))
		claimed = wantClaimed(t, events, ids[2])
		if c := claimed[0]; c.LastError == nil || *c.LastError != "second" || c.Attempts != 2 {
			t.Errorf("after a failure: %+v", c)
		}
		must(t, events.Done(t.Context(), claimed...))
		if now, err := events.Get(t.Context(), ids[2]); err != nil || now.LastError != nil {
			t.Errorf("after a success: %+v, %v", now, err)
		}
	})
}

func TestDeadEventLetsLaterOnesPass(t *testing.T) {
	eachLog(t, func(t *testing.T, events eventLog) {
		ids := publish(t, events, "a", "a")
		claimed := wantClaimed(t, events, ids[0])
		must(t, events.Fail(t.Context(), claimed[0], errors.New("no hope"), over, true))
		if now, err := events.Get(t.Context(), ids[0]); err != nil || now.DeadAt == nil || *now.LastError != "no hope" {
			t.Errorf("dead event: %+v, %v", now, err)
		}
		wantClaimed(t, events, ids[1])
	})
}

func TestRelease(t *testing.T) {
	eachLog(t, func(t *testing.T, events eventLog) {
		ids := publish(t, events, "a", "a")
		must(t, events.Release(t.Context(), wantClaimed(t, events, ids[0])...))
		if again := wantClaimed(t, events, ids[0]); again[0].Attempts != 1 {
			t.Errorf("attempts %d, want 1", again[0].Attempts)
		}
	})
}

func TestPurge(t *testing.T) {
	eachLog(t, func(t *testing.T, events eventLog) {
		ids := publish(t, events, "a", "b", "c", "d", "e")
		claimed := wantClaimed(t, events, ids...)
		must(t, events.Done(t.Context(), claimed[:3]...))
		must(t, events.Fail(t.Context(), claimed[3], errors.New("x"), over, true))
		for _, tt := range []struct {
			before time.Time
			limit  int
			want   int64
		}{
			{api.Now().Add(-time.Hour), 10, 0},
			{api.Now().Add(time.Hour), 2, 2},
			{api.Now().Add(time.Hour), 2, 1},
			{api.Now().Add(time.Hour), 2, 0},
		} {
			if n, err := events.Purge(t.Context(), tt.before, tt.limit, nil); err != nil || n != tt.want {
				t.Errorf("Purge(%v, %d) = %d, %v; want %d", tt.before, tt.limit, n, err, tt.want)
			}
		}
		for i, kept := range []bool{false, false, false, true, true} {
			if _, err := events.Get(t.Context(), ids[i]); (err == nil) != kept || err != nil && !errors.Is(err, db.ErrNotFound) {
				t.Errorf("event %d: %v, want it kept: %t", i, err, kept)
			}
		}
	})
}
