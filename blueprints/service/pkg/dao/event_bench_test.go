package dao_test

import (
	"context"
	"flag"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/dao"
	"github.com/trexgen/trexgen/blueprints/service/pkg/db"
	"github.com/trexgen/trexgen/blueprints/service/test/devdb"
)

// oldEvents is what makes a log a large one: 10000000 takes some minutes to
// write.
var oldEvents = flag.Int("old-events", 20_000, "handled events that are in the log when the benchmarks of a large one begin")

// largeLog is a log of which nobody has made statistics, and that nobody has
// cleaned up.
func largeLog(b *testing.B) (url string, sessions *db.SessionFactory) {
	b.Helper()
	url = devdb.New(b)
	sessions = open(b, url)
	for _, statement := range []string{
		`ALTER TABLE "events" SET (autovacuum_enabled = off)`,
		`ALTER TABLE "event_deliveries" SET (autovacuum_enabled = off)`,
	} {
		must(b, sessions.New(b.Context()).Exec(statement).Error)
	}
	const atOnce = 500_000
	for from := 0; from < *oldEvents; from += atOnce {
		must(b, sessions.New(b.Context()).Exec(`
			INSERT INTO "events" ("id", "created_at", "updated_at", "source", "source_id", "event_type", "attempts", "run_at", "handled_at")
			SELECT lpad(to_hex("nth"), 32, '0')::uuid, "at", "at", 'Owls', md5(("nth" % 100000)::text)::uuid, 'Update', 1, "at", "at"
			FROM (SELECT "nth", now() - make_interval(days => 8) + make_interval(secs => "nth" / 100.0) AS "at"
				FROM generate_series(?::bigint, ?::bigint) AS "nth") AS "old"`, from+1, min(from+atOnce, *oldEvents)).Error)
	}
	return url, sessions
}

// addDue writes events of as many objects, for the consumer hook or for the
// handlers.
func addDue(b *testing.B, sessions *db.SessionFactory, count int, hook bool) {
	b.Helper()
	must(b, sessions.New(b.Context()).Exec(`
		WITH "event" AS (
			INSERT INTO "events" ("id", "created_at", "updated_at", "source", "source_id", "event_type", "run_at", "handled_at")
			SELECT gen_random_uuid(), now(), now(), 'Owls', gen_random_uuid(), 'Update', now(), CASE WHEN @hook THEN now() END
			FROM generate_series(1, @count ) RETURNING *)
		INSERT INTO "event_deliveries" ("event_id", "consumer", "sequence", "source", "source_id", "run_at")
		SELECT "id", 'hook', "sequence", "source", "source_id", "run_at" FROM "event" WHERE @hook`,
		map[string]any{"count": count, "hook": hook}).Error)
}

// control is what a claim costs at least: it keeps no order.
const control = `
	UPDATE "events" SET "attempts" = "attempts" + 1, "run_at" = now() + interval '1 hour', "row_version" = "row_version" + 1
	WHERE "id" IN (SELECT "id" FROM "events" WHERE "handled_at" IS NULL AND "dead_at" IS NULL AND "run_at" <= now()
		ORDER BY "run_at", "sequence" LIMIT $1 FOR UPDATE SKIP LOCKED)
	RETURNING "id", "sequence", "source", "source_id", "event_type", "attempts", "row_version"`

// BenchmarkClaimWithOldEvents claims batches of events when the log is large,
// and does all else that must not become slow with it.
//
//	go test ./pkg/dao -run '^$' -bench OldEvents -benchtime 100x -args -old-events 10000000
func BenchmarkClaimWithOldEvents(b *testing.B) {
	const batch = 32
	url, sessions := largeLog(b)
	events, log, hook := dao.NewEventDao(sessions), dao.NewEventLog(sessions), dao.NewEventDeliveries(sessions, "hook")
	conn, err := pgx.Connect(b.Context(), url)
	must(b, err)
	defer func() { _ = conn.Close(context.WithoutCancel(b.Context())) }()

	settle := func(b *testing.B, queue eventQueue, claimed []api.Event) {
		if len(claimed) != batch {
			b.Fatalf("%d events claimed, want %d", len(claimed), batch)
		}
		must(b, queue.Done(b.Context(), claimed...))
	}
	for _, queue := range []struct {
		name string
		eventQueue
		hook bool
	}{{"Events", events, false}, {"Deliveries", hook, true}} {
		b.Run("Claim"+queue.name, func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				addDue(b, sessions, batch, queue.hook)
				b.StartTimer()
				claimed := claim(b, queue, batch, time.Hour)
				b.StopTimer()
				settle(b, queue, claimed)
				b.StartTimer()
			}
		})
		b.Run("Done"+queue.name, func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				addDue(b, sessions, batch, queue.hook)
				claimed := claim(b, queue, batch, time.Hour)
				b.StartTimer()
				settle(b, queue, claimed)
			}
		})
	}
	b.Run("ControlOfClaim", func(b *testing.B) {
		for b.Loop() {
			b.StopTimer()
			must(b, sessions.New(b.Context()).Exec(`UPDATE "events" SET "handled_at" = now() WHERE "handled_at" IS NULL`).Error)
			addDue(b, sessions, batch, false)
			b.StartTimer()
			rows, err := conn.Query(b.Context(), control, batch)
			must(b, err)
			ids, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (id string, err error) {
				return id, row.Scan(&id, nil, nil, nil, nil, nil, nil)
			})
			if err != nil || len(ids) != batch {
				b.Fatalf("%d events, %v", len(ids), err)
			}
		}
	})
	b.Run("Backlog", func(b *testing.B) {
		for b.Loop() {
			_, err := events.Backlog(b.Context())
			must(b, err)
		}
	})
	b.Run("ReadAtEnd", func(b *testing.B) {
		end, err := log.End(b.Context())
		must(b, err)
		for b.Loop() {
			_, _, err := log.Read(b.Context(), end-100, nil, 100)
			must(b, err)
		}
	})
	b.Run("ReadPage", func(b *testing.B) {
		var at dao.EventPosition
		for b.Loop() {
			read, next, err := log.Read(b.Context(), at, nil, 1000)
			must(b, err)
			if at = next; len(read) < 1000 {
				at = 0
			}
		}
	})
	b.Run("Purge", func(b *testing.B) {
		for b.Loop() {
			_, err := events.Purge(b.Context(), 7*24*time.Hour, 1000, []string{})
			must(b, err)
		}
	})
}
