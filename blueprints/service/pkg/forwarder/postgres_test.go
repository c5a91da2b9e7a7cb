package forwarder_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/dao"
	"github.com/trexgen/trexgen/blueprints/service/pkg/db"
	"github.com/trexgen/trexgen/blueprints/service/pkg/forwarder"
	"github.com/trexgen/trexgen/blueprints/service/test/devdb"
)

func TestMain(m *testing.M) { devdb.Main(m) }

func open(t testing.TB, url string) *db.SessionFactory {
	t.Helper()
	sessions, err := db.NewSessionFactory(t.Context(), db.Config{URL: url}, nil)
	must(t, err)
	t.Cleanup(func() { must(t, sessions.Close()) })
	return sessions
}

// write writes n events about each of a number of objects, those of one object
// one after the other and those of several at once, some of them in
// transactions that are rolled back. It returns the ids by object.
func write(t testing.TB, sessions *db.SessionFactory, objects, n int) map[string][]string {
	t.Helper()
	events := dao.NewEventDao(sessions)
	ids := map[string][]string{}
	undo := errors.New("undo")
	var mu sync.Mutex
	var writers sync.WaitGroup
	for range objects {
		writers.Go(func() {
			object := api.NewID()
			for i := range n {
				event := &api.Event{Source: "Owls", SourceID: object, EventType: api.UpdateEvent}
				err := sessions.InTx(t.Context(), func(ctx context.Context) error {
					if err := events.Create(ctx, event); err != nil {
						return err
					}
					if i%5 == 3 {
						return undo
					}
					return nil
				})
				switch {
				case errors.Is(err, undo):
				case err != nil:
					t.Error(err)
					return
				default:
					mu.Lock()
					ids[object] = append(ids[object], event.ID)
					mu.Unlock()
				}
			}
		})
	}
	writers.Wait()
	return ids
}

// wantStream checks that the stream has these events, each once and in order.
func wantStream(t *testing.T, b *broker, want map[string][]string) {
	t.Helper()
	got := map[string][]string{}
	for _, m := range b.contents() {
		got[m.Event.Subject] = append(got[m.Event.Subject], m.ID)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("events of objects (-want +got):\n%s", diff)
	}
}

func count(of map[string][]string) (n int) {
	for _, ids := range of {
		n += len(ids)
	}
	return n
}

func TestForwardWhileEventsAreWritten(t *testing.T) {
	t.Parallel()
	b := startBroker(t)
	b.stream("events.>")
	sessions := open(t, devdb.New(t))
	before := write(t, sessions, 5, 20)
	cfg := quick()
	cfg.Batch = 50
	forward(t, cfg, dao.NewEventLog(sessions), b.publisher(), discard)
	want := write(t, sessions, 10, 40)
	for object, ids := range before {
		want[object] = ids
	}
	b.await(count(want))
	wantStream(t, b, want)
}

// Whoever leads loses the connection that it leads by, in the middle.
func TestLeadershipMoves(t *testing.T) {
	t.Parallel()
	b := startBroker(t)
	b.stream("events.>")
	url := devdb.New(t)
	sessions := open(t, url)
	want := write(t, sessions, 10, 100)
	cut := sync.OnceFunc(func() {
		must(t, sessions.New(t.Context()).Exec(`SELECT pg_terminate_backend("pid") FROM "pg_locks" WHERE "locktype" = 'advisory'
			AND "database" = (SELECT "oid" FROM "pg_database" WHERE "datname" = current_database())`).Error)
	})
	cfg := quick()
	cfg.Batch = 10
	cfg.Observe = func(int) { cut() }
	for range 2 {
		f := forwarder.New(cfg, dao.NewEventLog(open(t, url)), b.publisher(), discard)
		leader := db.NewLeader(db.Config{URL: url}, "forwarder", discard)
		background(t, func(ctx context.Context) error { return leader.Run(ctx, f.Run) })
	}
	b.await(count(want))
	wantStream(t, b, want)
}

func TestNothingIsPurgedThatIsNotForwarded(t *testing.T) {
	t.Parallel()
	b := startBroker(t)
	sessions := open(t, devdb.New(t))
	events := dao.NewEventDao(sessions)
	want := write(t, sessions, 2, 3)
	must(t, sessions.New(t.Context()).Exec(`UPDATE "events" SET "handled_at" = now(), "run_at" = now()`).Error)
	purge := func() int64 {
		purged, err := events.Purge(t.Context(), -time.Hour, 100, []string{forwarder.Reader})
		must(t, err)
		return purged
	}
	if n := purge(); n != 0 {
		t.Fatalf("%d events were purged before they were forwarded", n)
	}
	b.stream("events.>")
	log := dao.NewEventLog(sessions)
	_, stop := forward(t, quick(), log, b.publisher(), discard)
	b.await(count(want))
	for { // the cursor follows the acknowledgements
		position, err := log.Cursor(t.Context(), forwarder.Reader)
		must(t, err)
		if position >= dao.EventPosition(count(want)) {
			break
		}
	}
	stop()
	if n := purge(); n != int64(count(want)) {
		t.Errorf("%d events were purged when all were forwarded, want %d", n, count(want))
	}
}

// BenchmarkForward publishes events of the log on a file of JetStream's, without
// waiting for the disk, and reports how many a second.
func BenchmarkForward(b *testing.B) {
	for _, objects := range []int{1, 20, 5000} {
		b.Run(fmt.Sprintf("%d objects", objects), func(b *testing.B) {
			broker := startBroker(b)
			broker.stream("events.>")
			sessions := open(b, devdb.New(b))
			must(b, sessions.New(b.Context()).Exec(`
				INSERT INTO "events" ("id", "created_at", "updated_at", "source", "source_id", "event_type", "run_at")
				SELECT gen_random_uuid(), now(), now(), 'Owls', md5((n % ?)::text)::uuid, 'Update', now() FROM generate_series(1, ?) AS n`,
				objects, b.N).Error)
			done := make(chan struct{})
			left := b.N
			cfg := forwarder.Config{Observe: func(n int) {
				if left -= n; left == 0 {
					close(done)
				}
			}}
			f := forwarder.New(cfg, dao.NewEventLog(sessions), broker.publisher(), discard)
			b.ResetTimer()
			stop := background(b, f.Run)
			<-done
			b.StopTimer()
			stop()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
		})
	}
}
