package dao

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/trexgen/trexgen/blueprints/service/pkg/db"
)

// purgedReader is the name under which the purge keeps, beside the cursors of
// readers, the highest sequence that it has deleted.
const purgedReader = "(purge)"

// purgeSome looks at the events that were handled some time ago, from the
// oldest on, no further than a limit. It deletes those that all readers have
// passed and that no consumer waits for. One that somebody waits for is put off
// instead, for as long as handled events are kept, so that it is not looked at
// each time. run_at, which a handled event has no other use for, says when.
const purgeSome = `
	WITH "old" AS (
		SELECT "id", "sequence" FROM "events"
		WHERE "handled_at" IS NOT NULL AND "run_at" < @before
		ORDER BY "run_at" LIMIT @limit FOR UPDATE SKIP LOCKED
	), "read" AS (
		SELECT coalesce(CASE WHEN count(*) < @wanted THEN 0 ELSE min("position") END, @all ) AS "position"
		FROM "event_cursors" WHERE "reader" IN @readers
	), "passed" AS (
		SELECT "id", (SELECT 1 FROM "event_deliveries" WHERE "event_id" = "old"."id" LIMIT 1) IS NOT NULL AS "awaited"
		FROM "old" WHERE "sequence" <= (SELECT "position" FROM "read")
	), "deleted" AS (
		DELETE FROM "events" WHERE "id" = ANY(ARRAY(SELECT "id" FROM "passed" WHERE NOT "awaited"))
		RETURNING "sequence"
	), "put off" AS (
		UPDATE "events" SET "run_at" = greatest(now(), @before )
		WHERE "id" = ANY(ARRAY(SELECT "id" FROM "passed" WHERE "awaited"))
		RETURNING "sequence"
	), "mark" AS (
		INSERT INTO "event_cursors" ("reader", "position", "updated_at")
		SELECT @mark , max("sequence"), now() FROM "deleted" HAVING count(*) > 0
		ON CONFLICT ("reader") DO UPDATE SET "updated_at" = now(),
			"position" = greatest("event_cursors"."position", excluded."position")
	)
	SELECT (SELECT count(*) FROM "old") AS "seen",
		(SELECT count(*) FROM "deleted") AS "deleted", (SELECT count(*) FROM "put off") AS "put_off"`

// Purge deletes up to limit events that were handled longer than kept ago, by the
// clock of the database, oldest first, and returns how many. Those stay that a
// consumer still has to be told of, or has failed to take for the last time, and
// those that one of readers has not passed, see EventLog.SaveCursor: a reader
// without a cursor has passed none. Dead events stay in any case.
func (d EventDao) Purge(ctx context.Context, kept time.Duration, limit int, readers []string) (int64, error) {
	var before time.Time
	if err := d.session(ctx).Raw(`SELECT now() - make_interval(secs => ?)`, kept.Seconds()).Row().Scan(&before); err != nil {
		return 0, fmt.Errorf("purge events: %w", db.Translate(err))
	}
	readers = slices.Compact(slices.Sorted(slices.Values(readers)))
	args := map[string]any{
		"before": before, "wanted": len(readers), "readers": readers, "all": int64(math.MaxInt64), "mark": purgedReader,
	}
	for purged := int64(0); ; {
		var done struct{ Seen, Deleted, PutOff int64 }
		args["limit"] = int64(limit) - purged
		err := d.factory.InTx(ctx, func(ctx context.Context) error {
			if err := d.session(ctx).Exec(onlyByOrder).Error; err != nil {
				return err
			}
			return d.query(ctx, purgeSome, args).Scan(&done).Error
		})
		if err != nil {
			return purged, fmt.Errorf("purge events: %w", db.Translate(err))
		}
		purged += done.Deleted
		if purged >= int64(limit) || done.PutOff == 0 || done.Seen < args["limit"].(int64) {
			return purged, nil
		}
	}
}
