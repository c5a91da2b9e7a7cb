package controllers_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/controllers"
	"github.com/trexgen/trexgen/blueprints/service/pkg/dao"
	"github.com/trexgen/trexgen/blueprints/service/pkg/db"
	"github.com/trexgen/trexgen/blueprints/service/test/devdb"
)

func TestMain(m *testing.M) { devdb.Main(m) }

// quick sweeps so often that nothing has to wake it.
func quick() controllers.Config {
	return controllers.Config{SweepEvery: 5 * time.Millisecond, BackoffBase: time.Millisecond, Workers: 4}
}

// replica runs a Manager of the kinds' own handlers until the returned func stops
// it.
func replica(t *testing.T, url string, cfg controllers.Config, registration controllers.Registration) (stop func()) {
	t.Helper()
	return runManager(t, url, func(sessions *db.SessionFactory) (*controllers.Manager, error) {
		manager := controllers.New(cfg, dao.NewEventDao(sessions), slog.New(slog.DiscardHandler))
		return manager, manager.Register(registration)
	})
}

// consumerReplica is replica for another consumer.
func consumerReplica(t *testing.T, url string, cfg controllers.Config, consumer string, handler controllers.Handler) (stop func()) {
	t.Helper()
	cfg.Consumer = consumer
	return runManager(t, url, func(sessions *db.SessionFactory) (*controllers.Manager, error) {
		manager := controllers.New(cfg, dao.NewEventDeliveries(sessions, consumer), slog.New(slog.DiscardHandler))
		return manager, manager.RegisterAll(handler)
	})
}

// runManager runs what build makes on a pool of its own.
func runManager(t *testing.T, url string, build func(*db.SessionFactory) (*controllers.Manager, error)) (stop func()) {
	t.Helper()
	sessions, err := db.NewSessionFactory(t.Context(), db.Config{URL: url}, nil)
	if err != nil {
		t.Fatal(err)
	}
	manager, err := build(sessions)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- manager.Run(ctx) }()
	return sync.OnceFunc(func() {
		cancel()
		if err := errors.Join(<-ended, sessions.Close()); err != nil {
			t.Error(err)
		}
	})
}

// lives writes the events of a number of objects, each of which is created,
// updated and deleted, and returns their ids.
func lives(t *testing.T, events dao.EventDao, objects int) []string {
	t.Helper()
	ids := make([]string, objects)
	for i := range ids {
		ids[i] = api.NewID()
	}
	for _, what := range []api.EventType{api.CreateEvent, api.UpdateEvent, api.UpdateEvent, api.DeleteEvent} {
		for _, id := range ids {
			event := &api.Event{Source: "Owls", SourceID: id, EventType: what}
			if err := events.Create(t.Context(), event); err != nil {
				t.Fatal(err)
			}
		}
	}
	return ids
}

// witness is a pair of handlers that sees who is called when, and fails the
// first update of each object.
type witness struct {
	t    *testing.T
	gone chan string // the ids of deleted objects

	mu    sync.Mutex
	busy  map[string]bool
	calls map[string][]string
}

func newWitness(t *testing.T, objects int) *witness {
	return &witness{t: t, gone: make(chan string, 10*objects), busy: map[string]bool{}, calls: map[string][]string{}}
}

func (w *witness) registration() controllers.Registration {
	return controllers.Registration{Source: "Owls", OnUpsert: w.upsert, OnDelete: w.delete}
}

func (w *witness) enter(id, call string) (calls int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.busy[id] {
		w.t.Errorf("two handlers at once for %s", id)
	}
	w.busy[id] = true
	w.calls[id] = append(w.calls[id], call)
	return len(w.calls[id])
}

func (w *witness) leave(id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.busy[id] = false
}

func (w *witness) upsert(_ context.Context, event *api.Event) error {
	defer w.leave(event.SourceID)
	if w.enter(event.SourceID, "upsert") == 2 {
		return errors.New("not now")
	}
	return nil
}

func (w *witness) delete(_ context.Context, event *api.Event) error {
	w.enter(event.SourceID, "delete")
	w.leave(event.SourceID)
	w.gone <- event.SourceID
	return nil
}

// await waits until all objects are gone.
func (w *witness) await(objects int) {
	w.t.Helper()
	seen := map[string]bool{}
	for len(seen) < objects {
		select {
		case id := <-w.gone:
			seen[id] = true
		case <-time.After(30 * time.Second):
			w.t.Fatalf("%d of %d objects have gone", len(seen), objects)
		}
	}
}

func TestReplicasShareTheWorkInOrder(t *testing.T) {
	url := devdb.New(t)
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	sessions, events := open(t, url)
	const objects = 30
	ids := lives(t, events, objects)
	w := newWitness(t, objects)
	stops := []func(){replica(t, url, quick(), w.registration()), replica(t, url, quick(), w.registration())}
	w.await(objects)
	for _, stop := range stops {
		stop()
	}
	for _, id := range ids {
		if diff := cmp.Diff([]string{"upsert", "upsert", "upsert", "upsert", "delete"}, w.calls[id]); diff != "" {
			t.Errorf("calls, of which the second failed (-want +got):\n%s", diff)
		}
	}
	wantAllHandled(t, events, 4*objects)
	if err := sessions.Close(); err != nil {
		t.Error(err)
	}
}

// A replica that died leaves leases behind; they lapse, and others take over.
func TestEventsOfADeadReplicaAreTakenOver(t *testing.T) {
	t.Parallel()
	url := devdb.New(t)
	_, events := open(t, url)
	lives(t, events, 3)
	dead, err := events.Claim(t.Context(), 10, 20*time.Millisecond)
	if err != nil || len(dead) != 3 {
		t.Fatalf("claimed %d events, %v; want 3", len(dead), err)
	}
	w := newWitness(t, 3)
	stop := replica(t, url, quick(), w.registration())
	defer stop()
	w.await(3)
	stop()
	wantAllHandled(t, events, 12)
}

// The connections are cut again and again while events are handled. None may be
// lost; some are handled twice.
func TestCutConnectionsLoseNothing(t *testing.T) {
	t.Parallel()
	url := devdb.New(t)
	sessions, events := open(t, url)
	const objects = 20
	lives(t, events, objects)
	w := newWitness(t, objects)
	cfg := quick()
	cfg.Lease = time.Second // what was claimed by a statement whose answer got lost
	cut := func() error {
		return sessions.New(t.Context()).Exec(`SELECT pg_terminate_backend("pid") FROM "pg_stat_activity"
			WHERE "datname" = current_database() AND "pid" <> pg_backend_pid()`).Error
	}
	calls := 0
	var mu sync.Mutex
	stop := replica(t, url, cfg, controllers.Registration{Source: "Owls",
		OnUpsert: func(context.Context, *api.Event) error {
			mu.Lock()
			calls++
			now := calls%7 == 0
			mu.Unlock()
			if now {
				return cut()
			}
			return nil
		},
		OnDelete: w.delete,
	})
	defer stop()
	w.await(objects)
	stop()
	wantAllHandled(t, events, 4*objects)
}

// wantAllHandled checks that the log has this many events, all handled.
func wantAllHandled(t *testing.T, events dao.EventDao, want int64) {
	t.Helper()
	page, err := events.List(t.Context(), dao.Query{Search: "handled_at is not null and dead_at is null"})
	if err != nil || page.Total != want {
		t.Errorf("%d events are handled, %v; want %d", page.Total, err, want)
	}
	if page, err = events.List(t.Context(), dao.Query{}); err != nil || page.Total != want {
		t.Errorf("%d events in all, %v; want %d", page.Total, err, want)
	}
}

func open(t *testing.T, url string) (*db.SessionFactory, dao.EventDao) {
	t.Helper()
	sessions, err := db.NewSessionFactory(t.Context(), db.Config{URL: url}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := sessions.Close(); err != nil {
			t.Error(err)
		}
	})
	return sessions, dao.NewEventDao(sessions)
}
