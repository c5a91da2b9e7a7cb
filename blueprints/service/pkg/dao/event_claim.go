package dao

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/db"
)

// claimWindow is the number of due events, oldest first, among which a claim
// looks for those that are the oldest of their objects.
const claimWindow = 500

// Statistics about a queue are always wrong: they were made when it was empty,
// or full. So the statements below leave PostgreSQL no choice of plans: orders
// with a limit that one index serves, and arrays of ids.

const (
	// onlyByOrder keeps it, for one transaction, from reading a table or an index
	// as a whole and sorting what it finds. That looks best as long as the log
	// seems to be small, and takes seconds when it is done for each due event of
	// a large one. The last query cannot do without a sort; the cost that it has
	// now must not make PostgreSQL compile it.
	onlyByOrder = `SELECT set_config('enable_seqscan', 'off', true), set_config('enable_sort', 'off', true), set_config('jit', 'off', true)`

	// openEvent is the condition of the two indexes that claims go through.
	openEvent = `"handled_at" IS NULL AND "dead_at" IS NULL`

	// stillOpen says the same, so that PostgreSQL does not see that they apply:
	// for rows that it has to find by their ids.
	stillOpen = `coalesce("handled_at", "dead_at") IS NULL`
)

// oldestDue finds events in the order in which they became due, which is fair.
// It looks no further than a window, for when most due events wait for an
// earlier one of their object, there is no end of them.
const oldestDue = `
	WITH "due" AS (
		SELECT "window"."id" FROM (
			SELECT * FROM "events" WHERE ` + openEvent + ` AND "run_at" <= now()
			ORDER BY "run_at", "sequence" LIMIT ?) AS "window",
		LATERAL (
			SELECT "sequence" FROM "events"
			WHERE ` + openEvent + ` AND "source" = "window"."source" AND "source_id" = "window"."source_id"
			ORDER BY "sequence" LIMIT 1) AS "first"
		WHERE "first"."sequence" = "window"."sequence"
	)`

// firstOfObjects goes from object to object and looks at the oldest open event
// of each: what waits behind that costs nothing.
const firstOfObjects = `
	WITH RECURSIVE "first" AS (
		(SELECT "id", "source", "source_id", "run_at" FROM "events" WHERE ` + openEvent + `
			ORDER BY "source", "source_id", "sequence" LIMIT 1)
		UNION ALL
		SELECT "next".* FROM "first", LATERAL (
			SELECT "id", "source", "source_id", "run_at" FROM "events"
			WHERE ` + openEvent + ` AND ("source", "source_id") > ("first"."source", "first"."source_id")
			ORDER BY "source", "source_id", "sequence" LIMIT 1) AS "next"
	), "due" AS (
		SELECT "id" FROM "first" WHERE "run_at" <= now() LIMIT ?
	)`

// leaseDue takes what is due. A rival that claims the same event at the same
// time either holds its row, and it is skipped, or has just moved run_at, at
// which PostgreSQL looks again once it has the row.
const leaseDue = `, "free" AS (
		SELECT "id" FROM "events"
		WHERE "id" = ANY(ARRAY(SELECT "id" FROM "due")) AND ` + stillOpen + ` AND "run_at" <= now()
		ORDER BY "run_at", "sequence" LIMIT ? FOR UPDATE SKIP LOCKED
	)
	UPDATE "events" SET "attempts" = "attempts" + 1, "run_at" = now() + make_interval(secs => ?),
		"updated_at" = now(), "row_version" = "row_version" + 1
	WHERE "id" = ANY(ARRAY(SELECT "id" FROM "free"))
	RETURNING `

// Claim leases up to limit events that are due, and counts the attempt: of each
// object only its oldest open event, the oldest first. An event that is
// neither done, failed nor released by the end of the lease can be claimed
// again.
func (d EventDao) Claim(ctx context.Context, limit int, lease time.Duration) ([]api.Event, error) {
	var claimed []api.Event
	err := d.sessions.InTx(ctx, func(ctx context.Context) (err error) {
		if err := d.session(ctx).Exec(onlyByOrder).Error; err != nil {
			return fmt.Errorf("claim events: %w", db.Translate(err))
		}
		if claimed, err = d.claim(ctx, oldestDue, claimWindow, limit, lease); err != nil || len(claimed) == limit {
			return err
		}
		if crowded, err := d.crowded(ctx); err != nil || !crowded {
			return err
		}
		wanted := limit - len(claimed)
		more, err := d.claim(ctx, firstOfObjects, claimWindow+wanted, wanted, lease)
		claimed = append(claimed, more...)
		return err
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(claimed, func(a, b api.Event) int { return cmp.Compare(a.Sequence, b.Sequence) })
	return claimed, nil
}

// claim leases up to limit of the events that the query due finds when it looks
// no further than window.
func (d EventDao) claim(ctx context.Context, due string, window, limit int, lease time.Duration) (events []api.Event, err error) {
	err = d.session(ctx).Raw(due+leaseDue+d.selected, window, limit, lease.Seconds()).Scan(&events).Error
	if err != nil {
		return nil, fmt.Errorf("claim events: %w", db.Translate(err))
	}
	return events, nil
}

// crowded tells whether there are due events beyond the window.
func (d EventDao) crowded(ctx context.Context) (bool, error) {
	var due int
	err := d.session(ctx).Raw(`SELECT count(*) FROM (
		SELECT FROM "events" WHERE `+openEvent+` AND "run_at" <= now() LIMIT ?) AS "due"`, claimWindow).Scan(&due).Error
	if err != nil {
		return false, fmt.Errorf("count due events: %w", db.Translate(err))
	}
	return due == claimWindow, nil
}
