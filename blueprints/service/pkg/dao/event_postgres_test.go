package dao_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/dao"
	"github.com/trexgen/trexgen/blueprints/service/pkg/db"
	"github.com/trexgen/trexgen/blueprints/service/test/devdb"
)

func TestEventBelongsToItsTransaction(t *testing.T) {
	t.Parallel()
	sessions := open(t, devdb.New(t))
	events := dao.NewEventDao(sessions)
	undo := errors.New("undo")
	err := sessions.InTx(t.Context(), func(ctx context.Context) error {
		if err := events.Create(ctx, &api.Event{Source: "Owls", SourceID: uuidOf("a"), EventType: api.CreateEvent}); err != nil {
			return err
		}
		if got := claim(t, events, 1, time.Hour); len(got) > 0 {
			t.Errorf("claimed before the commit: %+v", got)
		}
		return undo
	})
	if !errors.Is(err, undo) {
		t.Fatal(err)
	}
	wantClaimed(t, events)
}

// An event is out of reach from the moment somebody begins to claim it, and so
// are the later ones of its object.
func TestClaimInProgressIsPassedBy(t *testing.T) {
	t.Parallel()
	sessions := open(t, devdb.New(t))
	events := dao.NewEventDao(sessions)
	ids := publish(t, events, "a", "a", "b")
	err := sessions.InTx(t.Context(), func(ctx context.Context) error {
		if got, err := events.Claim(ctx, 1, time.Hour); err != nil || len(got) != 1 || got[0].ID != ids[0] {
			t.Errorf("claimed %+v, %v; want the first", got, err)
		}
		wantClaimed(t, events, ids[2])
		return nil
	})
	must(t, err)
}

// However many events of one object wait in line, those of others get their turn.
func TestCrowdOfOneObjectIsPassedBy(t *testing.T) {
	t.Parallel()
	sessions := open(t, devdb.New(t))
	events := dao.NewEventDao(sessions)
	crowd := publish(t, events, "c")
	must(t, sessions.New(t.Context()).Exec(`
		INSERT INTO "events" ("id", "created_at", "updated_at", "source", "source_id", "event_type", "run_at")
		SELECT gen_random_uuid(), now(), now(), "source", "source_id", 'Update', "run_at" FROM "events", generate_series(1, 2000)`).Error)
	others := publish(t, events, "b", "d", "e")
	wantClaimed(t, events, crowd[0], others[0], others[1], others[2])
	wantClaimed(t, events)

	first := publish(t, events, "a")
	if got := claim(t, events, 1, time.Hour); len(got) != 1 || got[0].ID != first[0] {
		t.Errorf("claimed %+v, want the event of another object", got)
	}
}

// However many objects have an event that failed, what waits behind these is not
// looked at by each claim. It becomes due again with them, or in a minute.
func TestFailuresOfManyObjectsArePassedBy(t *testing.T) {
	t.Parallel()
	for table, queueOf := range map[string]func(*db.SessionFactory) eventQueue{
		"events":           func(sessions *db.SessionFactory) eventQueue { return dao.NewEventDao(sessions) },
		"event_deliveries": func(sessions *db.SessionFactory) eventQueue { return dao.NewEventDeliveries(sessions, "hook") },
	} {
		t.Run(table, func(t *testing.T) {
			t.Parallel()
			sessions := open(t, devdb.New(t))
			// One transaction, in which now() stands still.
			must(t, sessions.InTx(t.Context(), func(ctx context.Context) error {
				return testFailuresArePassedBy(ctx, sessions, table, queueOf(sessions))
			}))
		})
	}
}

func testFailuresArePassedBy(ctx context.Context, sessions *db.SessionFactory, table string, queue eventQueue) error {
	const objects = 3000
	insert := func(runAt string) error {
		return sessions.New(ctx).Exec(`
			WITH "event" AS (
				INSERT INTO "events" ("id", "created_at", "updated_at", "source", "source_id", "event_type", "run_at", "handled_at")
				SELECT gen_random_uuid(), now(), now(), 'Owls', lpad(n::text, 32, '0')::uuid, 'Update', `+runAt+`, CASE WHEN ? THEN now() END
				FROM generate_series(1, ?) AS n RETURNING *)
			INSERT INTO "event_deliveries" ("event_id", "consumer", "sequence", "source", "source_id", "run_at")
			SELECT "id", 'hook', "sequence", "source", "source_id", "run_at" FROM "event" WHERE "handled_at" IS NOT NULL`,
			table != "events", objects).Error
	}
	if err := errors.Join(insert("now() + n * interval '1 second'"), insert("now() - interval '1 hour'")); err != nil {
		return err
	}
	for range objects/500 + 1 {
		if got, err := queue.Claim(ctx, 10, time.Hour); err != nil {
			return err
		} else if len(got) > 0 {
			return fmt.Errorf("%s: claimed %+v, want nothing", table, got)
		}
	}
	var wrong int
	err := sessions.New(ctx).Raw(`
		SELECT count(*) FROM (SELECT min("sequence") AS "sequence", "source_id" FROM "` + table + `" GROUP BY "source_id") AS "first"
		JOIN "` + table + `" AS "failed" USING ("sequence") JOIN "` + table + `" AS "waits" ON "waits"."source_id" = "first"."source_id"
		WHERE "waits"."run_at" <> least("failed"."run_at", now() + interval '1 minute') AND "waits"."sequence" <> "first"."sequence"
			OR "waits"."attempts" > 0 OR "waits"."leased"`).Scan(&wrong).Error
	if err == nil && wrong > 0 {
		err = fmt.Errorf("%s: %d of %d are not put off until the failed one is due", table, wrong, objects)
	}
	return err
}

// The statistics are from when the log was empty, or full of what is handled,
// and the plan that suited few events is kept when there are many.
func TestClaimReadsLittleOfALargeLog(t *testing.T) {
	t.Parallel()
	for _, handled := range []int{0, 5000} {
		t.Run(fmt.Sprintf("%d handled", handled), func(t *testing.T) {
			t.Parallel()
			testClaimReadsLittle(t, handled)
		})
	}
}

func testClaimReadsLittle(t *testing.T, handled int) {
	sessions := open(t, devdb.New(t))
	events := dao.NewEventDao(sessions)
	read := func(statement string) (rows int64) {
		must(t, sessions.InTx(t.Context(), func(ctx context.Context) error {
			if err := sessions.New(ctx).Exec(statement).Error; err != nil {
				return err
			}
			if _, err := events.Claim(ctx, 1, time.Hour); err != nil {
				return err
			}
			return sessions.New(ctx).Raw(`SELECT "seq_tup_read" + "idx_tup_fetch" FROM "pg_stat_xact_user_tables" WHERE "relname" = 'events'`).
				Scan(&rows).Error
		}))
		return rows
	}
	insert := func(count int, handledAt string) {
		must(t, sessions.New(t.Context()).Exec(`
			INSERT INTO "events" ("id", "created_at", "updated_at", "source", "source_id", "event_type", "run_at", "handled_at")
			SELECT gen_random_uuid(), now(), now(), 'Owls', gen_random_uuid(), 'Update', now(), `+handledAt+` FROM generate_series(1, ?)`, count).Error)
	}
	insert(handled, "now()")
	must(t, sessions.New(t.Context()).Exec(`ANALYZE "events"`).Error)
	publish(t, events, "a", "a", "b")
	read(`SET LOCAL plan_cache_mode = force_generic_plan`)
	const many = 400
	insert(many, "NULL")
	for _, mode := range []string{"force_generic_plan", "force_custom_plan"} {
		if rows := read(`SET LOCAL plan_cache_mode = ` + mode); rows > 10*many {
			t.Errorf("%s: %d rows were read to find one of %d", mode, rows, many)
		}
	}
}

func TestClaimsAtOnce(t *testing.T) {
	t.Parallel()
	sessions := open(t, devdb.New(t))
	events := dao.NewEventDao(sessions)
	var objects []string
	for range 25 {
		objects = append(objects, "a", "b", "c", "d", "e", "f")
	}
	publish(t, events, objects...)

	var mu sync.Mutex
	handled := map[string][]int64{}
	var left atomic.Int64
	left.Store(int64(len(objects)))
	handle := func(event api.Event) {
		mu.Lock()
		defer mu.Unlock()
		handled[event.SourceID] = append(handled[event.SourceID], event.Sequence)
		left.Add(-1)
	}
	var rivals sync.WaitGroup
	for range 6 {
		rivals.Go(func() {
			for left.Load() > 0 && !t.Failed() {
				claimed, err := events.Claim(t.Context(), 2, time.Hour)
				if err != nil {
					t.Error(err)
					return
				}
				var together int
				if err := sessions.New(t.Context()).Raw(`
					SELECT count(*) FROM (SELECT FROM "events" WHERE "attempts" > 0 AND "handled_at" IS NULL
						GROUP BY "source_id" HAVING count(*) > 1) AS objects`).Scan(&together).Error; err != nil || together > 0 {
					t.Errorf("%d objects of which several events are claimed, %v", together, err)
				}
				for _, event := range claimed {
					handle(event)
				}
				if err := events.Done(t.Context(), claimed...); err != nil {
					t.Error(err)
				}
			}
		})
	}
	rivals.Wait()
	for object, sequences := range handled {
		if len(sequences) != 25 || !slices.IsSorted(sequences) {
			t.Errorf("object %s: handled %v, want 25 in order", object, sequences)
		}
	}
}

func TestCauseThatNoColumnHolds(t *testing.T) {
	t.Parallel()
	events := dao.NewEventDao(open(t, devdb.New(t)))
	for _, cause := range []string{"nul \x00", "bad \xff", strings.Repeat("é", 100_000), ""} {
		ids := publish(t, events, "a")
		claimed := wantClaimed(t, events, ids[0])
		must(t, events.Fail(t.Context(), claimed[0], errors.New(cause), over, true))
		if now, err := events.Get(t.Context(), ids[0]); err != nil || now.LastError == nil {
			t.Errorf("cause %.10q: %+v, %v", cause, now, err)
		}
	}
}

func BenchmarkClaimAndDone(b *testing.B) {
	events := dao.NewEventDao(open(b, devdb.New(b)))
	for range 500 {
		publish(b, events, "a", "b", "c", "d", "e", "f", "1", "2", "3", "4")
	}
	for b.Loop() {
		if err := events.Done(b.Context(), claim(b, events, 32, time.Hour)...); err != nil {
			b.Fatal(err)
		}
	}
}
