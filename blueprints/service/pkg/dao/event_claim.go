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

// openEvent is the condition of both indexes that claims use.
const openEvent = `"handled_at" IS NULL AND "dead_at" IS NULL`

// oldestDue finds events in the order in which they became due, which is fair.
// It is slow when most due events wait for an earlier one of their object, and
// so looks no further than the window.
const oldestDue = `
	WITH "window" AS (
		SELECT * FROM "events" WHERE ` + openEvent + ` AND "run_at" <= now() ORDER BY "run_at", "sequence" LIMIT ?
	), "due" AS (
		SELECT "e"."id" FROM "window" AS "w" JOIN "events" AS "e" ON "e"."id" = "w"."id"
		WHERE "e"."handled_at" IS NULL AND "e"."dead_at" IS NULL AND "e"."run_at" <= now() AND NOT EXISTS (
			SELECT FROM "events" AS "o" WHERE "o"."source" = "w"."source" AND "o"."source_id" = "w"."source_id"
				AND "o"."sequence" < "w"."sequence" AND "o"."handled_at" IS NULL AND "o"."dead_at" IS NULL)
		ORDER BY "w"."run_at", "w"."sequence" LIMIT ? FOR UPDATE OF "e" SKIP LOCKED
	)`

// firstOfObjects goes from object to object, of each looking at its oldest
// open event only. What waits behind that costs nothing.
const firstOfObjects = `
	WITH RECURSIVE "first" AS (
		(SELECT "id", "source", "source_id" FROM "events" WHERE ` + openEvent + `
			ORDER BY "source", "source_id", "sequence" LIMIT 1)
		UNION ALL
		SELECT "next".* FROM "first", LATERAL (
			SELECT "id", "source", "source_id" FROM "events"
			WHERE ` + openEvent + ` AND ("source", "source_id") > ("first"."source", "first"."source_id")
			ORDER BY "source", "source_id", "sequence" LIMIT 1) AS "next"
	), "due" AS (
		SELECT "e"."id" FROM "first" JOIN "events" AS "e" ON "e"."id" = "first"."id"
		WHERE "e"."handled_at" IS NULL AND "e"."dead_at" IS NULL AND "e"."run_at" <= now()
		LIMIT ? FOR UPDATE OF "e" SKIP LOCKED
	)`

// leaseDue takes what is due. A rival that claims the same event at the same time
// either holds its row, and it is skipped, or has just moved run_at, at which
// PostgreSQL looks again once it has the row.
const leaseDue = `
	UPDATE "events" SET "attempts" = "attempts" + 1, "run_at" = now() + make_interval(secs => ?),
		"updated_at" = now(), "row_version" = "row_version" + 1
	FROM "due" WHERE "events"."id" = "due"."id"
	RETURNING `

// Claim leases up to limit events that are due, and counts the attempt: of each
// object only its oldest open event, the oldest first. An event that is
// neither done, failed nor released by the end of the lease can be claimed
// again.
func (d EventDao) Claim(ctx context.Context, limit int, lease time.Duration) ([]api.Event, error) {
	claimed, err := d.claim(ctx, oldestDue, lease, claimWindow, limit)
	if err != nil {
		return nil, err
	}
	if len(claimed) < limit {
		crowded, err := d.crowded(ctx)
		if err == nil && crowded {
			var more []api.Event
			more, err = d.claim(ctx, firstOfObjects, lease, limit-len(claimed))
			claimed = append(claimed, more...)
		}
		if err != nil && len(claimed) == 0 { // else the next claim will tell
			return nil, err
		}
	}
	slices.SortFunc(claimed, func(a, b api.Event) int { return cmp.Compare(a.Sequence, b.Sequence) })
	return claimed, nil
}

func (d EventDao) claim(ctx context.Context, due string, lease time.Duration, args ...any) (events []api.Event, err error) {
	err = d.session(ctx).Raw(due+leaseDue+d.selected, append(args, lease.Seconds())...).Scan(&events).Error
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
