package torture

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/errgroup"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
)

const controlSchema = `
	CREATE TABLE "control_things" (
		"id"         uuid        NOT NULL PRIMARY KEY,
		"created_at" timestamptz NOT NULL,
		"name"       text        NOT NULL
	);
	CREATE TABLE "control_events" (
		"id"         bigint      PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
		"source"     text        NOT NULL,
		"source_id"  uuid        NOT NULL,
		"event_type" text        NOT NULL,
		"attempts"   integer     NOT NULL DEFAULT 0,
		"run_at"     timestamptz NOT NULL DEFAULT now(),
		"handled_at" timestamptz
	);
	CREATE INDEX ON "control_events" ("run_at", "id") WHERE "handled_at" IS NULL;`

const controlClaim = `
	UPDATE "control_events" AS "e" SET "run_at" = now() + interval '1 minute', "attempts" = "attempts" + 1
	FROM (SELECT "id" FROM "control_events" WHERE "handled_at" IS NULL AND "run_at" <= now()
		ORDER BY "run_at", "id" LIMIT $1 FOR UPDATE SKIP LOCKED) AS "due"
	WHERE "e"."id" = "due"."id" RETURNING "e"."id", "e"."source_id"::text`

// What the control claims at once, and the handlers that it runs at a time.
const (
	controlBatch   = 200
	controlWorkers = 8
)

// control is an outbox without what makes one good to live with: it keeps no
// order, repeats no failure, and knows neither dead events nor other consumers.
type control struct {
	pool *pgxpool.Pool
	url  string
	wake chan struct{} // wanted: a NOTIFY
	poke chan struct{} // heard: one

	// claim handles a batch and returns its size.
	claim func(ctx context.Context, handle func(id string)) (int, error)
}

func openControl(b *testing.B, url string) outbox {
	execute(b, url, controlSchema)
	c := newControl(b, url)
	c.claim = c.claimAny
	return c
}

func newControl(b *testing.B, url string) *control {
	b.Helper()
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		b.Fatal(err)
	}
	config.MaxConns = 32
	pool, err := pgxpool.NewWithConfig(b.Context(), config)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(pool.Close)
	return &control{pool: pool, url: url, wake: make(chan struct{}, 1), poke: make(chan struct{}, 1)}
}

func (c *control) create(ctx context.Context, committed func(id string)) error {
	id := api.NewID()
	err := pgx.BeginFunc(ctx, c.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `INSERT INTO "control_things" VALUES ($1, $2, 'thing')`, id, api.Now()); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `INSERT INTO "control_events" ("source", "source_id", "event_type") VALUES ('things', $1, 'Create')`, id)
		return err
	})
	if err == nil {
		committed(id)
		signal(c.wake)
	}
	return err
}

func (c *control) run(ctx context.Context, handle func(id string)) error {
	work, ctx := errgroup.WithContext(ctx)
	for _, loop := range []func(context.Context) error{c.notify, c.listen, func(ctx context.Context) error { return c.consume(ctx, handle) }} {
		work.Go(func() error { return ignoreEnd(ctx, loop(ctx)) })
	}
	return work.Wait()
}

func (c *control) notify(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-c.wake:
		}
		if _, err := c.pool.Exec(ctx, "NOTIFY control"); err != nil {
			return err
		}
	}
}

func (c *control) listen(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, c.url)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }() // the benchmark is over
	if _, err := conn.Exec(ctx, "LISTEN control"); err != nil {
		return err
	}
	for {
		signal(c.poke)
		if _, err := conn.WaitForNotification(ctx); err != nil {
			return err
		}
	}
}

func (c *control) consume(ctx context.Context, handle func(id string)) error {
	sweep := time.NewTicker(time.Second)
	defer sweep.Stop()
	for {
		n, err := c.claim(ctx, handle)
		if err != nil {
			return err
		}
		if n == controlBatch {
			continue
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-c.poke:
		case <-sweep.C:
		}
	}
}

// claimAny claims without regard to an order.
func (c *control) claimAny(ctx context.Context, handle func(id string)) (int, error) {
	rows, err := c.pool.Query(ctx, controlClaim, controlBatch)
	if err != nil {
		return 0, err
	}
	var numbers []int64
	var objects []string
	var number int64
	var object string
	if _, err := pgx.ForEachRow(rows, []any{&number, &object}, func() error {
		numbers, objects = append(numbers, number), append(objects, object)
		return nil
	}); err != nil || len(numbers) == 0 {
		return 0, err
	}
	handleAll(objects, handle)
	_, err = c.pool.Exec(ctx, `UPDATE "control_events" SET "handled_at" = now() WHERE "id" = ANY($1)`, numbers)
	return len(numbers), err
}

// handleAll handles events of these objects, some at a time.
func handleAll(objects []string, handle func(id string)) {
	var handling sync.WaitGroup
	places := make(chan struct{}, controlWorkers)
	for _, id := range objects {
		places <- struct{}{}
		handling.Go(func() {
			handle(id)
			<-places
		})
	}
	handling.Wait()
}

// signal says so to somebody who may not be listening yet; once is enough.
func signal(to chan<- struct{}) {
	select {
	case to <- struct{}{}:
	default:
	}
}
