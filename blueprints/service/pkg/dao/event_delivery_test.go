package dao_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/dao"
	"github.com/trexgen/trexgen/blueprints/service/pkg/db"
)

func TestDeliveredEvent(t *testing.T) {
	t.Parallel()
	eachEvents(t, func(t *testing.T, store eventStore) {
		hook, handlers := store.deliveries("hook"), store.eventLog
		event := &api.Event{
			Source: "Owls", SourceID: uuidOf("a"), EventType: api.DeleteEvent,
			Actor: "ann", OperationID: "op", TraceParent: "00-1-2-01",
		}
		must(t, store.Create(t.Context(), event, "hook"))
		got := wantClaimed(t, hook, event.ID)[0]
		want, err := store.Get(t.Context(), event.ID)
		must(t, err)
		due := want.RunAt
		want.Attempts, want.RowVersion, want.RunAt, want.UpdatedAt = 1, 2, got.RunAt, got.UpdatedAt
		if diff := cmp.Diff(*want, got); diff != "" || !got.RunAt.After(due) {
			t.Errorf("claimed (-want +got):\n%s", diff)
		}
		// What becomes of a delivery is of no account to the handlers.
		must(t, hook.Fail(t.Context(), got, errors.New("refused"), over, false))
		must(t, handlers.Done(t.Context(), wantClaimed(t, handlers, event.ID)...))
		got = wantClaimed(t, hook, event.ID)[0]
		if got.Attempts != 2 || got.LastError == nil || *got.LastError != "refused" {
			t.Errorf("claimed again: %+v", got)
		}
		must(t, hook.Done(t.Context(), got))
		wantClaimed(t, hook)
	})
}

func TestConsumersAreApart(t *testing.T) {
	t.Parallel()
	eachEvents(t, func(t *testing.T, store eventStore) {
		one, two, none := store.deliveries("one"), store.deliveries("two"), store.deliveries("none")
		var ids []string
		for _, object := range []string{"a", "a", "b"} {
			event := &api.Event{Source: "Owls", SourceID: uuidOf(object), EventType: api.UpdateEvent}
			must(t, store.Create(t.Context(), event, "one", "two"))
			ids = append(ids, event.ID)
		}
		only := &api.Event{Source: "Owls", SourceID: uuidOf("c"), EventType: api.UpdateEvent}
		must(t, store.Create(t.Context(), only, "two"))

		wantClaimed(t, none)
		claimed := wantClaimed(t, one, ids[0], ids[2])
		must(t, one.Done(t.Context(), claimed...))
		wantClaimed(t, one, ids[1])
		second := wantClaimed(t, two, ids[0], ids[2], only.ID)
		must(t, two.Fail(t.Context(), second[0], errors.New("no"), time.Hour, true))
		wantClaimed(t, two, ids[1])

		waiting, err := store.Waiting(t.Context(), []string{ids[0], ids[1], only.ID, "no id", uuidOf("f")})
		must(t, err)
		got := map[string][]string{}
		for id, deliveries := range waiting {
			for _, d := range deliveries {
				if d.EventID != id || (d.DeadAt != nil) != (id == ids[0]) {
					t.Errorf("delivery of %s: %+v", id, d)
				}
				got[id] = append(got[id], d.Consumer)
			}
		}
		want := map[string][]string{ids[0]: {"two"}, ids[1]: {"one", "two"}, only.ID: {"two"}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("waiting (-want +got):\n%s", diff)
		}
	})
}

func TestPurgeKeepsWhatSomebodyWaitsFor(t *testing.T) {
	t.Parallel()
	eachEvents(t, func(t *testing.T, store eventStore) {
		hook := store.deliveries("hook")
		told := &api.Event{Source: "Owls", SourceID: uuidOf("a"), EventType: api.UpdateEvent}
		must(t, store.Create(t.Context(), told, "hook"))
		ids := append([]string{told.ID}, publish(t, store, "b", "c", "d")...)
		must(t, store.Done(t.Context(), wantClaimed(t, store, ids...)...))
		purge := func(limit int, readers ...string) int64 {
			t.Helper()
			n, err := store.Purge(t.Context(), -time.Hour, limit, readers)
			must(t, err)
			return n
		}
		wantKept := func(want ...string) {
			t.Helper()
			page, err := store.List(t.Context(), dao.Query{Size: 10})
			must(t, err)
			var kept []string
			for _, event := range page.Items {
				kept = append(kept, event.ID)
			}
			if diff := cmp.Diff(want, kept); diff != "" {
				t.Errorf("kept (-want +got):\n%s", diff)
			}
		}
		wantPurged := func(after dao.EventPosition, want bool) {
			t.Helper()
			if purged, err := store.log.Purged(t.Context(), after); err != nil || purged != want {
				t.Errorf("purged after %v: %t, %v; want %t", after, purged, err, want)
			}
		}
		start, _, err := store.log.Read(t.Context(), 0, nil, 4)
		must(t, err)

		if n := purge(10, "slow"); n != 0 {
			t.Errorf("%d purged that a reader has yet to begin with", n)
		}
		wantPurged(0, false)
		must(t, store.log.SaveCursor(t.Context(), "slow", 0, start[2].Position))
		must(t, store.log.SaveCursor(t.Context(), "fast", 0, start[3].Position))
		if n := purge(1, "fast", "slow"); n != 1 { // though the very first may not go
			t.Errorf("%d purged, want 1", n)
		}
		if n := purge(10, "slow", "fast", "slow"); n != 1 {
			t.Errorf("%d purged, want 1", n)
		}
		wantKept(told.ID, ids[3])
		wantPurged(start[0].Position, true)
		wantPurged(start[2].Position, false)

		claimed := wantClaimed(t, hook, told.ID)
		must(t, hook.Fail(t.Context(), claimed[0], errors.New("no"), time.Hour, true))
		if n := purge(10); n != 1 {
			t.Errorf("%d purged, want 1", n)
		}
		wantKept(told.ID)
		_, err = store.Drop(t.Context(), dao.EventSelection{})
		must(t, err)
		if n := purge(10); n != 1 {
			t.Errorf("%d purged, want 1", n)
		}
		wantKept()
	})
}

func TestEventAndDeliveriesAreWrittenTogetherOrNotAtAll(t *testing.T) {
	t.Parallel()
	events := eventsIn(t)
	event := &api.Event{Source: "Owls", SourceID: uuidOf("a"), EventType: api.CreateEvent}
	var twice *db.UniqueError
	if err := events.Create(t.Context(), event, "hook", "hook"); !errors.As(err, &twice) || event.ID != "" {
		t.Errorf("the same consumer twice: %v, event %+v; want a UniqueError and nothing set", err, event)
	}
	page, err := events.List(t.Context(), dao.Query{Size: 1})
	if err != nil || len(page.Items) > 0 {
		t.Errorf("there are %+v, %v", page.Items, err)
	}
}

func TestEventsAreListedInTheirOrder(t *testing.T) {
	t.Parallel()
	events := eventsIn(t)
	ids := publish(t, events, "a", "b", "c", "d", "e")
	var got []string
	for query := (dao.Query{Size: 2}); ; {
		page, err := events.List(t.Context(), query)
		must(t, err)
		for _, event := range page.Items {
			got = append(got, event.ID)
		}
		if query.After = page.Next; query.After == "" {
			break
		}
	}
	if diff := cmp.Diff(ids, got); diff != "" {
		t.Errorf("paged (-want +got):\n%s", diff)
	}
	page, err := events.List(t.Context(), dao.Query{Size: 5, OrderBy: "sequence desc"})
	must(t, err)
	slices.Reverse(page.Items)
	for i, event := range page.Items {
		if event.ID != ids[i] {
			t.Errorf("backwards: %d is %s, want %s", i, event.ID, ids[i])
		}
	}
}

// Events that somebody waits for are in nobody's way, however many they are.
func TestPurgePassesWhatIsAwaited(t *testing.T) {
	t.Parallel()
	events := eventsIn(t)
	for range 4 {
		must(t, events.Create(t.Context(), &api.Event{Source: "Owls", SourceID: api.NewID(), EventType: api.UpdateEvent}, "hook"))
	}
	free := publish(t, events, "a", "b", "c")
	claimed := claim(t, events, 10, time.Hour)
	must(t, events.Done(t.Context(), claimed...))
	for _, want := range []int64{2, 1, 0} {
		if n, err := events.Purge(t.Context(), 0, 2, nil); err != nil || n != want {
			t.Errorf("%d purged of %d, %v; want %d", n, len(free), err, want)
		}
	}
}
