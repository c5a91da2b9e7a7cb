package controllers_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/controllers"
	"github.com/trexgen/trexgen/blueprints/service/pkg/db"
	"github.com/trexgen/trexgen/blueprints/service/test/devdb"
)

// shredder is a log of so many old events. It fails once.
type shredder struct {
	old     int64
	failed  bool
	asked   []time.Duration // after the start
	kept    []time.Duration
	readers []string
	start   time.Time
}

func (s *shredder) Purge(_ context.Context, kept time.Duration, limit int, readers []string) (int64, error) {
	s.asked, s.kept = append(s.asked, time.Since(s.start)), append(s.kept, kept)
	s.readers = readers
	if len(s.asked) == 2 && !s.failed {
		s.failed = true
		return 0, errDown
	}
	n := min(s.old, int64(limit))
	s.old -= n
	return n, nil
}

func TestPurgeGoesOnUntilNothingOldIsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := &shredder{old: 25, start: time.Now()}
		purge := controllers.Purge{
			Events: log, Log: slog.New(slog.DiscardHandler),
			Retention: time.Hour, Every: time.Minute, Batch: 10, Readers: []string{"forwarder"},
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- purge.Run(ctx) }()
		time.Sleep(150 * time.Second)
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("ended with %v", err)
		}
		// Ten at once and a failure; after a minute ten and five; after another none.
		if diff := cmp.Diff([]time.Duration{0, 0, time.Minute, time.Minute, 2 * time.Minute}, log.asked); diff != "" || log.old != 0 {
			t.Errorf("%d are left; asked at (-want +got):\n%s", log.old, diff)
		}
		want := slices.Repeat([]time.Duration{time.Hour}, 5)
		if diff := cmp.Diff(want, log.kept); diff != "" || !slices.Equal(log.readers, purge.Readers) {
			t.Errorf("readers %v; kept for (-want +got):\n%s", log.readers, diff)
		}
	})
}

// Events are purged as soon as they may be, while replicas handle them, one
// consumer is slow and one event dies. Whatever somebody still has to do is kept.
func TestPurgeWhileHandlersRun(t *testing.T) {
	t.Parallel()
	url := devdb.New(t)
	sessions, events := open(t, url)
	const objects = 40
	w := newWitness(t, objects)
	poison := &api.Event{Source: "Owls", SourceID: api.NewID(), EventType: api.CreateEvent}
	if err := events.Create(t.Context(), poison); err != nil {
		t.Fatal(err)
	}
	ids := lives(t, events, objects)
	awaited := &api.Event{Source: "Owls", SourceID: api.NewID(), EventType: api.CreateEvent}
	if err := events.Create(t.Context(), awaited, "hook"); err != nil {
		t.Fatal(err)
	}

	cfg := quick()
	cfg.MaxAttempts = 3
	registration := w.registration()
	registration.OnUpsert = func(ctx context.Context, event *api.Event) error {
		if event.SourceID == poison.SourceID {
			return errors.New("no hope")
		}
		return w.upsert(ctx, event)
	}
	for range 2 {
		defer replica(t, url, cfg, registration)()
	}
	// Everything is too old at once, and the batches are as small as they get.
	defer purger(t, controllers.Purge{Events: events, Retention: time.Nanosecond, Every: time.Millisecond, Batch: 1})()
	w.await(objects)
	awaitRows(t, sessions, `SELECT count(*) FROM "events"`, 2)
	awaitRows(t, sessions, `SELECT count(*) FROM "events" WHERE "dead_at" IS NOT NULL`, 1)
	for _, id := range ids {
		if diff := cmp.Diff([]string{"upsert", "upsert", "upsert", "upsert", "delete"}, w.calls[id]); diff != "" {
			t.Errorf("calls, of which the second failed (-want +got):\n%s", diff)
		}
	}
	if kept, err := events.Get(t.Context(), awaited.ID); err != nil || kept.ID != awaited.ID {
		t.Errorf("the event that a consumer waits for: %+v, %v", kept, err)
	}
	if dead, err := events.Get(t.Context(), poison.ID); err != nil || dead.DeadAt == nil {
		t.Errorf("the dead event: %+v, %v", dead, err)
	}
	if err := sessions.New(t.Context()).Exec(`DELETE FROM "event_deliveries"`).Error; err != nil {
		t.Fatal(err)
	}
	awaitRows(t, sessions, `SELECT count(*) FROM "events"`, 1)
}

// purger runs purge until the returned func stops it.
func purger(t *testing.T, purge controllers.Purge) (stop func()) {
	t.Helper()
	purge.Log = slog.New(slog.DiscardHandler)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- purge.Run(ctx) }()
	return func() {
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}
}

// awaitRows returns when query counts so many.
func awaitRows(t *testing.T, sessions *db.SessionFactory, query string, want int) {
	t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for got := -1; got != want; {
		if err := sessions.New(t.Context()).Raw(query).Scan(&got).Error; err != nil {
			t.Fatal(err)
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s: %d, want %d", query, got, want)
		}
	}
}
