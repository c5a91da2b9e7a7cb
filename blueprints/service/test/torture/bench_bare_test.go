package torture

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
)

// bareClaim is what package dao claims events by as long as they are not crowded.
const bareClaim = `
	WITH "due" AS (
		SELECT "window"."id" FROM (
			SELECT "id", "source", "source_id", "sequence" FROM "events"
			WHERE "handled_at" IS NULL AND "dead_at" IS NULL AND "run_at" <= now()
			ORDER BY "run_at", "sequence" LIMIT 500) AS "window",
		LATERAL (
			SELECT "sequence" FROM "events"
			WHERE "handled_at" IS NULL AND "dead_at" IS NULL AND "source" = "window"."source" AND "source_id" = "window"."source_id"
			ORDER BY "sequence" LIMIT 1) AS "first"
		WHERE "first"."sequence" = "window"."sequence"
	), "free" AS (
		SELECT "id" FROM "events"
		WHERE "id" = ANY(ARRAY(SELECT "id" FROM "due")) AND coalesce("handled_at", "dead_at") IS NULL AND "run_at" <= now()
		ORDER BY "run_at", "sequence" LIMIT $1 FOR UPDATE SKIP LOCKED
	)
	UPDATE "events" SET "updated_at" = now(), "row_version" = "row_version" + 1, "attempts" = "attempts" + 1,
		"leased" = true, "run_at" = now() + interval '1 minute'
	WHERE "id" = ANY(ARRAY(SELECT "id" FROM "free")) AND coalesce("handled_at", "dead_at") IS NULL
	RETURNING "id"::text, "row_version", "source_id"::text`

const bareDone = `
	UPDATE "events" SET "updated_at" = now(), "row_version" = "row_version" + 1, "leased" = false,
		"handled_at" = now(), "run_at" = now(), "last_error" = NULL
	WHERE "id" = ANY($1::uuid[]) AND coalesce("handled_at", "dead_at") IS NULL
		AND "row_version" = ($2::bigint[])[array_position($1::uuid[], "id")]`

// bare does what the service does, in the same tables, with the same indexes and
// statements and in as many round trips, but straight on the driver. So the
// service differs from it by its layers, and it from the control by what the
// promises about events cost in PostgreSQL.
type bare struct{ *control }

func openBare(b *testing.B, url string) outbox {
	execute(b, url, thingSchema)
	c := bare{newControl(b, url)}
	c.claim = c.claimInOrder
	return c
}

func (c bare) create(ctx context.Context, committed func(id string)) error {
	id, now := api.NewID(), api.Now()
	err := c.pool.AcquireFunc(ctx, func(conn *pgxpool.Conn) error {
		var object, event pgx.Batch
		object.Queue(`begin`)
		object.Queue(`INSERT INTO "things" ("id", "created_at", "updated_at", "row_version", "name") VALUES ($1, $2, $2, 1, 'thing')`, id, now)
		event.Queue(`
			INSERT INTO "events" ("id", "created_at", "updated_at", "source", "source_id", "event_type", "run_at")
			SELECT $1, "now", "now", $2, $3, 'Create', now() FROM clock_timestamp() AS "now"`, api.NewID(), Source, id)
		event.Queue(`commit`)
		if err := conn.SendBatch(ctx, &object).Close(); err != nil {
			return err
		}
		return conn.SendBatch(ctx, &event).Close()
	})
	if err == nil {
		committed(id)
		signal(c.poke)
		signal(c.wake)
	}
	return err
}

func (c bare) claimInOrder(ctx context.Context, handle func(id string)) (int, error) {
	var ids, objects []string
	var versions []int64
	err := pgx.BeginFunc(ctx, c.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT set_config('enable_seqscan', 'off', true), set_config('enable_sort', 'off', true), set_config('jit', 'off', true)`); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, bareClaim, controlBatch)
		if err != nil {
			return err
		}
		var id, object string
		var version int64
		_, err = pgx.ForEachRow(rows, []any{&id, &version, &object}, func() error {
			ids, versions, objects = append(ids, id), append(versions, version), append(objects, object)
			return nil
		})
		return err
	})
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	handleAll(objects, handle)
	_, err = c.pool.Exec(ctx, bareDone, ids, versions)
	return len(ids), err
}
