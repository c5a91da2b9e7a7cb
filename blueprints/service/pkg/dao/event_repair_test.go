package dao_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/dao"
	"github.com/trexgen/trexgen/blueprints/service/test/devdb"
)

// troubled is a store with an event in every state, for the handlers and for
// the consumer hook: dead, failing, leased again after a failure, never tried.
// All but the last are of Owls.
func troubled(t *testing.T, store eventStore) (ids map[string]string) {
	t.Helper()
	ids = map[string]string{}
	for i, name := range []string{"dead", "failing", "leased", "new"} {
		source := "Owls"
		if name == "new" {
			source = "Elks"
		}
		event := &api.Event{Source: source, SourceID: uuidOf(fmt.Sprint(i)), EventType: api.UpdateEvent}
		must(t, store.Create(t.Context(), event, "hook"))
		ids[name] = event.ID
	}
	for _, queue := range []eventQueue{store.eventLog, store.deliveries("hook")} {
		claimed := claim(t, queue, 3, time.Hour)
		must(t, queue.Fail(t.Context(), claimed[0], errors.New("dead"), time.Hour, true))
		must(t, queue.Fail(t.Context(), claimed[1], errors.New("failing"), time.Hour, false))
		must(t, queue.Fail(t.Context(), claimed[2], errors.New("failing"), over, false))
		if again := claim(t, queue, 1, time.Hour); again[0].ID != ids["leased"] {
			t.Fatalf("claimed again %+v", again)
		}
	}
	return ids
}

func TestRepairSelects(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		which func(ids map[string]string) dao.EventSelection
		want  int64
	}{
		"all":            {func(map[string]string) dao.EventSelection { return dao.EventSelection{} }, 4},
		"handlers":       {func(map[string]string) dao.EventSelection { return dao.EventSelection{Consumers: []string{""}} }, 2},
		"a consumer":     {func(map[string]string) dao.EventSelection { return dao.EventSelection{Consumers: []string{"hook"}} }, 2},
		"both":           {func(map[string]string) dao.EventSelection { return dao.EventSelection{Consumers: []string{"hook", ""}} }, 4},
		"nobody":         {func(map[string]string) dao.EventSelection { return dao.EventSelection{Consumers: []string{"x"}} }, 0},
		"a source":       {func(map[string]string) dao.EventSelection { return dao.EventSelection{Sources: []string{"Owls"}} }, 4},
		"another source": {func(map[string]string) dao.EventSelection { return dao.EventSelection{Sources: []string{"Elks"}} }, 0},
		"a dead event":   {func(ids map[string]string) dao.EventSelection { return dao.EventSelection{IDs: []string{ids["dead"]}} }, 2},
		"a failing event": {func(ids map[string]string) dao.EventSelection {
			return dao.EventSelection{IDs: []string{ids["failing"]}}
		}, 2},
		"what is worked on": {func(ids map[string]string) dao.EventSelection {
			return dao.EventSelection{IDs: []string{ids["leased"], ids["new"]}}
		}, 0},
		"what is dead": {func(map[string]string) dao.EventSelection { return dao.EventSelection{OnlyDead: true} }, 2},
		"no id":        {func(map[string]string) dao.EventSelection { return dao.EventSelection{IDs: []string{"x"}} }, 0},
		"no ids":       {func(map[string]string) dao.EventSelection { return dao.EventSelection{IDs: []string{}} }, 0},
		"one of one": {func(ids map[string]string) dao.EventSelection {
			return dao.EventSelection{IDs: []string{ids["dead"]}, Consumers: []string{"hook"}, Sources: []string{"Owls"}}
		}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			eachEvents(t, func(t *testing.T, store eventStore) {
				which := tt.which(troubled(t, store))
				if n, err := store.Retry(t.Context(), which); err != nil || n != tt.want {
					t.Errorf("Retry: %d, %v; want %d", n, err, tt.want)
				}
				if n, err := store.Retry(t.Context(), which); err != nil || n != 0 {
					t.Errorf("Retry again: %d, %v; want 0: they are as new", n, err)
				}
			})
		})
	}
}

func TestRetry(t *testing.T) {
	eachQueue(t, func(t *testing.T, events eventLog, queue testQueue) {
		ids := publish(t, events, "a", "a", "b")
		claimed := wantClaimed(t, queue, ids[0], ids[2])
		must(t, queue.Fail(t.Context(), claimed[0], errors.New("x"), time.Hour, true))
		must(t, queue.Fail(t.Context(), claimed[1], errors.New("x"), time.Hour, false))
		_, err := events.Retry(t.Context(), dao.EventSelection{})
		must(t, err)
		queue.want(t, ids[0], eventState{LastError: "x"})
		queue.want(t, ids[2], eventState{LastError: "x"})
		// Its turn comes before that of the later one of its object.
		claimed = wantClaimed(t, queue, ids[0], ids[2])
		must(t, queue.Done(t.Context(), claimed...))
		wantClaimed(t, queue, ids[1])
	})
}

func TestDrop(t *testing.T) {
	t.Parallel()
	eachEvents(t, func(t *testing.T, store eventStore) {
		ids := troubled(t, store)
		if n, err := store.Drop(t.Context(), dao.EventSelection{}); err != nil || n != 4 {
			t.Errorf("Drop: %d, %v; want 4", n, err)
		}
		for _, name := range []string{"dead", "failing"} {
			event, err := store.Get(t.Context(), ids[name])
			must(t, err)
			if event.HandledAt == nil || event.DeadAt != nil || event.LastError == nil || *event.LastError != name {
				t.Errorf("dropped: %+v", event)
			}
		}
		waiting, err := store.Waiting(t.Context(), []string{ids["dead"], ids["failing"], ids["leased"], ids["new"]})
		if err != nil || len(waiting) != 2 {
			t.Errorf("waiting: %+v, %v; want the two that are in no trouble", waiting, err)
		}
		if n, err := store.Drop(t.Context(), dao.EventSelection{}); err != nil || n != 0 {
			t.Errorf("Drop again: %d, %v", n, err)
		}
	})
}

// Nobody tries what a consumer that is no longer there has before it.
func TestDropOfAConsumerThatIsGone(t *testing.T) {
	t.Parallel()
	eachEvents(t, func(t *testing.T, store eventStore) {
		ids := troubled(t, store)
		died := claim(t, store.deliveries("hook"), 1, over) // by a replica that died
		if len(died) != 1 || died[0].ID != ids["new"] {
			t.Fatalf("claimed %+v", died)
		}
		must(t, store.Create(t.Context(), &api.Event{Source: "Owls", SourceID: uuidOf("f"), EventType: api.UpdateEvent}, "hook", "other"))
		gone := dao.EventSelection{Consumers: []string{"hook"}, Untried: true}
		if n, err := store.Drop(t.Context(), gone); err != nil || n != 4 {
			t.Errorf("Drop: %d, %v; want all 4 but the one that is being worked on", n, err)
		}
		backlogs, err := store.Backlog(t.Context())
		must(t, err)
		for _, b := range backlogs {
			if want := map[string]int64{"": 4, "hook": 1, "other": 1}[b.Consumer]; b.Open != want {
				t.Errorf("%q has %d before it, want %d", b.Consumer, b.Open, want)
			}
		}
	})
}

func TestRepairOfMany(t *testing.T) {
	t.Parallel()
	sessions := open(t, devdb.New(t))
	const many = 2500
	must(t, sessions.New(t.Context()).Exec(`
		INSERT INTO "events" ("id", "created_at", "updated_at", "source", "source_id", "event_type", "run_at", "dead_at", "attempts")
		SELECT gen_random_uuid(), now(), now(), 'Owls', gen_random_uuid(), 'Update', now(), now(), 3 FROM generate_series(1, ?)`, many).Error)
	if n, err := dao.NewEventDao(sessions).Retry(t.Context(), dao.EventSelection{}); err != nil || n != many {
		t.Errorf("Retry: %d, %v; want %d", n, err, many)
	}
}

func TestBacklog(t *testing.T) {
	t.Parallel()
	eachEvents(t, func(t *testing.T, store eventStore) {
		want := func(want ...dao.EventBacklog) {
			t.Helper()
			got, err := store.Backlog(t.Context())
			must(t, err)
			for i, b := range got {
				if (b.Oldest > 0) != (b.Open > 0) || b.Oldest > time.Hour {
					t.Errorf("backlog of %q: %d open, the oldest is %v old", b.Consumer, b.Open, b.Oldest)
				}
				got[i].Oldest = 0
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("backlog (-want +got):\n%s", diff)
			}
		}
		want(dao.EventBacklog{})
		ids := troubled(t, store)
		must(t, store.Create(t.Context(), &api.Event{Source: "Owls", SourceID: uuidOf("a"), EventType: api.UpdateEvent}, "zoo", "ant"))
		want(dao.EventBacklog{Open: 4, Dead: 1}, dao.EventBacklog{Consumer: "ant", Open: 1},
			dao.EventBacklog{Consumer: "hook", Open: 3, Dead: 1}, dao.EventBacklog{Consumer: "zoo", Open: 1})

		zoo := store.deliveries("zoo")
		must(t, zoo.Done(t.Context(), claim(t, zoo, 1, time.Hour)...))
		_, err := store.Drop(t.Context(), dao.EventSelection{IDs: []string{ids["dead"]}})
		must(t, err)
		want(dao.EventBacklog{Open: 4}, dao.EventBacklog{Consumer: "ant", Open: 1}, dao.EventBacklog{Consumer: "hook", Open: 3})
		ant := store.deliveries("ant")
		must(t, ant.Fail(t.Context(), claim(t, ant, 1, time.Hour)[0], errors.New("x"), time.Hour, true))
		want(dao.EventBacklog{Open: 4}, dao.EventBacklog{Consumer: "ant", Dead: 1}, dao.EventBacklog{Consumer: "hook", Open: 3})
	})
}

func TestBacklogIsCountedSoFar(t *testing.T) {
	t.Parallel()
	sessions := open(t, devdb.New(t))
	must(t, sessions.New(t.Context()).Exec(`
		INSERT INTO "events" ("id", "created_at", "updated_at", "source", "source_id", "event_type", "run_at")
		SELECT gen_random_uuid(), now(), now(), 'Owls', gen_random_uuid(), 'Update', now() FROM generate_series(1, ?)`, dao.MostBacklog+1).Error)
	got, err := dao.NewEventDao(sessions).Backlog(t.Context())
	must(t, err)
	if !slices.ContainsFunc(got, func(b dao.EventBacklog) bool { return b.Open == dao.MostBacklog && b.Oldest > 0 }) {
		t.Errorf("backlog %+v", got)
	}
}
