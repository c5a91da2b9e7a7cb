package torture

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
)

// promises are the queries whose answer has to be 0 when all is done.
var promises = []struct{ broken, query string }{
	{"events are open", openEvents},
	{"events are dead", deadEvents},
	{"changes without an event, or events without a change", `
		SELECT count(*) FROM (SELECT * FROM "events" WHERE "source" = '` + Source + `') AS "e"
		FULL JOIN "torture_changes" AS "c" ON "c"."id"::text = "e"."operation_id" AND "c"."object" = "e"."source_id"
		WHERE "c"."id" IS NULL OR "e"."id" IS NULL`},
	{"events are in another order than the changes of their object", `
		SELECT count(*) FROM (
			SELECT "c"."version", row_number() OVER (PARTITION BY "c"."object" ORDER BY "e"."sequence") AS "place"
			FROM "events" AS "e" JOIN "torture_changes" AS "c" ON "c"."id"::text = "e"."operation_id") AS "x"
		WHERE "version" <> "place"`},
	{"events without an effect", `
		SELECT count(*) FROM "events" WHERE "source" = '` + Source + `'
		AND "id" NOT IN (SELECT "event_id" FROM "torture_effects")`},
	{"effects made again, or of no event", `
		SELECT (SELECT count(*) FROM "torture_effects") - count(*) FROM "events" WHERE "source" = '` + Source + `'`},
	{"deliveries are open", `SELECT count(*) FROM "event_deliveries"`},
}

// check checks what is promised after n changes: all of promises, and
//
//   - each event was handled with success at least once;
//   - the first attempt at the next event of an object began after an attempt at
//     the one before had succeeded. (An attempt that outlives its lease may still
//     be at work then: at least once means that too.)
//   - nobody was told of an event that was not committed.
func check(t testing.TB, url string, w *witness, n int) {
	t.Helper()
	for _, promise := range promises {
		if got := number(t, url, promise.query); got != 0 {
			t.Errorf("%d %s", got, promise.broken)
		}
	}
	committed := listEvents(t, url)
	if len(committed) != n {
		t.Errorf("%d events for %d changes", len(committed), n)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	var attempts, successes, unhandled, disordered int
	before := map[string]*record{} // by object
	for _, event := range committed {
		seen := w.events[event.ID]
		if seen == nil || seen.success == 0 {
			unhandled++
			continue
		}
		attempts += seen.attempts
		successes += seen.success
		if last := before[event.Object]; last != nil && seen.began < last.succeeded {
			disordered++
		}
		before[event.Object] = seen
	}
	if unhandled > 0 {
		t.Errorf("%d events were never handled", unhandled)
	}
	if disordered > 0 {
		t.Errorf("%d events were begun before the one before them had been handled", disordered)
	}
	if extra := len(w.events) + unhandled - len(committed); extra > 0 {
		t.Errorf("handlers were told of %d events that were not committed", extra)
	}
	t.Logf("%d events: %d attempts, %d of them repeated after a success", len(committed), attempts, successes-(len(committed)-unhandled))
}

type event struct{ ID, Object string }

// listEvents returns the events that were committed, those of an object in
// their order.
func listEvents(t testing.TB, url string) (events []event) {
	t.Helper()
	with(t, url, func(ctx context.Context, conn *pgx.Conn) error {
		rows, err := conn.Query(ctx, `SELECT "id"::text, "source_id"::text FROM "events" WHERE "source" = $1 ORDER BY "sequence"`, Source)
		if err != nil {
			return err
		}
		events, err = pgx.CollectRows(rows, pgx.RowToStructByPos[event])
		return err
	})
	return events
}
