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

// eventQueue is what EventDao, EventDeliveries and their fakes have in common.
type eventQueue interface {
	Claim(ctx context.Context, limit int, lease time.Duration) ([]api.Event, error)
	Done(ctx context.Context, events ...api.Event) error
	Release(ctx context.Context, events ...api.Event) error
	Fail(ctx context.Context, event api.Event, cause error, retryAfter time.Duration, dead bool) error
}

// eventLog is what EventDao and its fake have in common.
type eventLog interface {
	eventQueue
	Get(ctx context.Context, id string) (*api.Event, error)
	List(ctx context.Context, query dao.Query) (dao.Page[api.Event], error)
	Create(ctx context.Context, event *api.Event, consumers ...string) error
	Purge(ctx context.Context, kept time.Duration, limit int, readers []string) (int64, error)
	Backlog(ctx context.Context) ([]dao.EventBacklog, error)
	Retry(ctx context.Context, which dao.EventSelection) (int64, error)
	Drop(ctx context.Context, which dao.EventSelection) (int64, error)
	Waiting(ctx context.Context, ids []string) (map[string][]dao.EventDelivery, error)
}

// logReader is what EventLog and its fake have in common.
type logReader interface {
	Read(ctx context.Context, after dao.EventPosition, sources []string, limit int) ([]dao.EventAt, dao.EventPosition, error)
	End(ctx context.Context) (dao.EventPosition, error)
	Purged(ctx context.Context, after dao.EventPosition) (bool, error)
	Cursor(ctx context.Context, reader string) (dao.EventPosition, error)
	SaveCursor(ctx context.Context, reader string, from, to dao.EventPosition) error
}

// eventStore is all that there is about events, in a database or not.
type eventStore struct {
	eventLog
	log        logReader
	deliveries func(consumer string) eventQueue
}

// over makes a lease that has lapsed already.
const over = -time.Second

// eachLog runs test against an EventDao and against its fake.
func eachLog(t *testing.T, test func(t *testing.T, events eventLog)) {
	t.Parallel()
	eachEvents(t, func(t *testing.T, store eventStore) { test(t, store.eventLog) })
}

// eachEvents runs test in PostgreSQL and with the fakes.
func eachEvents(t *testing.T, test func(t *testing.T, store eventStore)) {
	t.Run("Fake", func(t *testing.T) {
		t.Parallel()
		events := daotest.NewEvents()
		test(t, eventStore{events, events.Log(), func(consumer string) eventQueue { return events.Deliveries(consumer) }})
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		t.Parallel()
		sessions := open(t, devdb.New(t))
		test(t, eventStore{dao.NewEventDao(sessions), dao.NewEventLog(sessions),
			func(consumer string) eventQueue { return dao.NewEventDeliveries(sessions, consumer) }})
	})
}

func eventsIn(t testing.TB) dao.EventDao {
	t.Helper()
	return dao.NewEventDao(open(t, devdb.New(t)))
}

// testQueue is the work of one consumer, and tells what has become of it.
type testQueue struct {
	eventQueue
	state func(t *testing.T, id string) eventState
}

type eventState struct {
	Attempts   int32
	Done, Dead bool
	LastError  string
}

func (q testQueue) want(t *testing.T, id string, want eventState) {
	t.Helper()
	if diff := cmp.Diff(want, q.state(t, id)); diff != "" {
		t.Errorf("event %s (-want +got):\n%s", id, diff)
	}
}

// eachQueue runs test with the queue of the kinds' handlers and with that of
// another consumer. All events are for both, and for a third.
func eachQueue(t *testing.T, test func(t *testing.T, events eventLog, queue testQueue)) {
	t.Parallel()
	text := func(s *string) string {
		if s == nil {
			return ""
		}
		return *s
	}
	t.Run("Handlers", func(t *testing.T) {
		t.Parallel()
		eachEvents(t, func(t *testing.T, store eventStore) {
			test(t, toldOf{store.eventLog}, testQueue{store.eventLog, func(t *testing.T, id string) eventState {
				event, err := store.Get(t.Context(), id)
				must(t, err)
				return eventState{event.Attempts, event.HandledAt != nil, event.DeadAt != nil, text(event.LastError)}
			}})
		})
	})
	t.Run("Deliveries", func(t *testing.T) {
		t.Parallel()
		eachEvents(t, func(t *testing.T, store eventStore) {
			test(t, toldOf{store.eventLog}, testQueue{store.deliveries("hook"), func(t *testing.T, id string) eventState {
				waiting, err := store.Waiting(t.Context(), []string{id})
				must(t, err)
				for _, d := range waiting[id] {
					if d.Consumer == "hook" {
						return eventState{d.Attempts, false, d.DeadAt != nil, text(d.LastError)}
					}
				}
				return eventState{Attempts: 1, Done: true} // a delivery that is done is gone
			}})
		})
	})
}

// toldOf tells consumers of each event.
type toldOf struct{ eventLog }

func (t toldOf) Create(ctx context.Context, event *api.Event, _ ...string) error {
	return t.eventLog.Create(ctx, event, "hook", "other")
}

// publish writes events about objects, "a" for one, in this order.
func publish(t testing.TB, events interface {
	Create(ctx context.Context, event *api.Event, consumers ...string) error
}, objects ...string) []string {
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

func claim(t testing.TB, events eventQueue, limit int, lease time.Duration) []api.Event {
	t.Helper()
	claimed, err := events.Claim(t.Context(), limit, lease)
	if err != nil {
		t.Fatal(err)
	}
	return claimed
}

func wantClaimed(t testing.TB, events eventQueue, want ...string) []api.Event {
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
		event := &api.Event{
			Source: "Owls", SourceID: uuidOf("a"), EventType: api.DeleteEvent,
			Actor: "ann", OperationID: "op", TraceParent: "00-1-2-01", Attempts: 7, DeadAt: ptr(api.Now()),
		}
		before := *event
		must(t, events.Create(t.Context(), event))
		got, err := events.Get(t.Context(), event.ID)
		must(t, err)
		if before.ID = event.ID; !cmp.Equal(before, *event) || event.ID == "" {
			t.Errorf("created %+v, want an id for %+v", event, before)
		}
		want := before
		want.Meta, want.Sequence, want.RunAt, want.Attempts, want.DeadAt = got.Meta, 1, got.RunAt, 0, nil
		if diff := cmp.Diff(&want, got); diff != "" || got.RowVersion != 1 || got.CreatedAt.IsZero() || got.RunAt.IsZero() {
			t.Errorf("read %+v (-want +got):\n%s", got, diff)
		}
		claimed := wantClaimed(t, events, event.ID)
		if c := claimed[0]; c.Attempts != 1 || c.RowVersion != 2 || c.Source != "Owls" || c.EventType != api.DeleteEvent {
			t.Errorf("claimed %+v", c)
		}
	})
}

func TestClaimTakesTheOldestOfEachObject(t *testing.T) {
	eachQueue(t, func(t *testing.T, events eventLog, queue testQueue) {
		ids := publish(t, events, "a", "b", "a", "a", "c")
		first := wantClaimed(t, queue, ids[0], ids[1], ids[4])
		wantClaimed(t, queue)

		must(t, queue.Done(t.Context(), first[0], first[1]))
		second := wantClaimed(t, queue, ids[2])
		must(t, queue.Done(t.Context(), second...))
		wantClaimed(t, queue, ids[3])
		queue.want(t, ids[0], eventState{Attempts: 1, Done: true})
		must(t, queue.Done(t.Context()))
	})
}

func TestSourcesAreApart(t *testing.T) {
	eachQueue(t, func(t *testing.T, events eventLog, queue testQueue) {
		owl := &api.Event{Source: "Owls", SourceID: uuidOf("a"), EventType: api.CreateEvent}
		elk := &api.Event{Source: "Elks", SourceID: uuidOf("a"), EventType: api.CreateEvent}
		must(t, events.Create(t.Context(), owl))
		must(t, events.Create(t.Context(), elk))
		wantClaimed(t, queue, owl.ID, elk.ID)
	})
}

func TestClaimIsLimited(t *testing.T) {
	eachQueue(t, func(t *testing.T, events eventLog, queue testQueue) {
		ids := publish(t, events, "a", "b", "c")
		if got := claim(t, queue, 2, time.Hour); len(got) != 2 || got[0].ID != ids[0] || got[1].ID != ids[1] {
			t.Errorf("claimed %+v, want the first two", got)
		}
		wantClaimed(t, queue, ids[2])
	})
}

func TestLostLease(t *testing.T) {
	eachQueue(t, func(t *testing.T, events eventLog, queue testQueue) {
		ids := publish(t, events, "a", "a")
		lost := claim(t, queue, 10, over)
		again := wantClaimed(t, queue, ids[0])
		if again[0].Attempts != 2 {
			t.Errorf("attempts %d, want 2", again[0].Attempts)
		}
		// What the first one says now is of no account: the second is at it.
		must(t, queue.Done(t.Context(), lost...))
		must(t, queue.Release(t.Context(), lost...))
		must(t, queue.Fail(t.Context(), lost[0], errors.New("late"), over, true))
		wantClaimed(t, queue)
		queue.want(t, ids[0], eventState{Attempts: 2})
		must(t, queue.Done(t.Context(), again...))
		wantClaimed(t, queue, ids[1])
	})
}

func TestFail(t *testing.T) {
	eachQueue(t, func(t *testing.T, events eventLog, queue testQueue) {
		ids := publish(t, events, "a", "a")
		claimed := wantClaimed(t, queue, ids[0])
		must(t, queue.Fail(t.Context(), claimed[0], errors.New("first"), time.Hour, false))
		wantClaimed(t, queue)

		ids = append(ids, publish(t, events, "b")...)
		claimed = wantClaimed(t, queue, ids[2])
		must(t, queue.Fail(t.Context(), claimed[0], errors.New("second"), over, false))
		claimed = wantClaimed(t, queue, ids[2])
		if c := claimed[0]; c.LastError == nil || *c.LastError != "second" || c.Attempts != 2 {
			t.Errorf("after a failure: %+v", c)
		}
		must(t, queue.Done(t.Context(), claimed...))
		if now := queue.state(t, ids[2]); !now.Done || now.LastError != "" {
			t.Errorf("after a success: %+v", now)
		}
	})
}

func TestDeadEventLetsLaterOnesPass(t *testing.T) {
	eachQueue(t, func(t *testing.T, events eventLog, queue testQueue) {
		ids := publish(t, events, "a", "a")
		claimed := wantClaimed(t, queue, ids[0])
		must(t, queue.Fail(t.Context(), claimed[0], errors.New("no hope"), over, true))
		queue.want(t, ids[0], eventState{Attempts: 1, Dead: true, LastError: "no hope"})
		wantClaimed(t, queue, ids[1])
	})
}

func TestRelease(t *testing.T) {
	eachQueue(t, func(t *testing.T, events eventLog, queue testQueue) {
		ids := publish(t, events, "a", "a")
		must(t, queue.Release(t.Context(), wantClaimed(t, queue, ids[0])...))
		if again := wantClaimed(t, queue, ids[0]); again[0].Attempts != 1 {
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
			kept  time.Duration
			limit int
			want  int64
		}{
			{time.Hour, 10, 0},
			{-time.Hour, 2, 2},
			{-time.Hour, 2, 1},
			{-time.Hour, 2, 0},
		} {
			if n, err := events.Purge(t.Context(), tt.kept, tt.limit, nil); err != nil || n != tt.want {
				t.Errorf("Purge(%v, %d) = %d, %v; want %d", tt.kept, tt.limit, n, err, tt.want)
			}
		}
		for i, kept := range []bool{false, false, false, true, true} {
			if _, err := events.Get(t.Context(), ids[i]); (err == nil) != kept || err != nil && !errors.Is(err, db.ErrNotFound) {
				t.Errorf("event %d: %v, want it kept: %t", i, err, kept)
			}
		}
	})
}
