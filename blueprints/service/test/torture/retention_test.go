package torture

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/test/devdb"
)

// Old events are deleted while others are handled: only those that have been.
func TestRetentionDeletesOnlyWhatWasHandled(t *testing.T) {
	t.Parallel()
	program(t, "./replica")
	const events = 1_000
	url := devdb.New(t)
	moods := &moods{counts: map[Verdict]int{}}
	moods.add(Fail, 20)
	moods.add(hang, 2)
	witness := newWitness(t, moods.decide)
	writers := newWriters(t, url, url, 50)
	replicas := startReplicas(t, 2, witness, url, "--events-retention=100ms", "--events-purge-interval=20ms")
	writers.write(t, chosenSeed(t), events, 3*time.Second)
	witness.await(t, events)
	awaitNumber(t, url, 0, `SELECT count(*) FROM "events"`)
	awaitNumber(t, url, 0, `SELECT count(*) FROM "event_effects"`)
	for _, r := range replicas {
		r.stop(t)
	}
	if got := number(t, url, `SELECT count(DISTINCT "event_id") FROM "torture_effects"`); got != events {
		t.Errorf("%d events have had an effect, want %d", got, events)
	}
	if len(witness.events) != events {
		t.Errorf("%d events were handled, want %d", len(witness.events), events)
	}
}

// Replicas whose clock is off by an hour from the database's, and so from that of
// all others, handle events, retry them and delete them at the right time: they
// meet nowhere but in the database, and go by its clock. A process cannot be
// given another clock, but the database can: its functions are looked up by name.
func TestClocksMayDiffer(t *testing.T) {
	t.Parallel()
	for _, offset := range []string{"1 hour", "-1 hour"} {
		t.Run(offset, func(t *testing.T) {
			t.Parallel()
			program(t, "./replica")
			const events = 200
			url := devdb.New(t)
			shift(t, url, offset)
			moods := &moods{counts: map[Verdict]int{}}
			moods.add(Fail, 20)
			moods.add(Wait, 2)
			witness := newWitness(t, moods.decide)
			writers := newWriters(t, url, url, 20)
			replicas := startReplicas(t, 2, witness, url, "--events-retention=30m", "--events-purge-interval=20ms")
			writers.write(t, chosenSeed(t), events, 0)
			awaitNumber(t, url, 0, openEvents)

			// When the old ones have gone a purge has seen the new ones too.
			old(t, url, "40 minutes")
			awaitNumber(t, url, 0, `SELECT count(*) FROM "events" WHERE "source" = 'old'`)
			finish(t, url, witness, events, replicas)
			young := number(t, url, `SELECT count(*) FROM "events" WHERE "created_at" BETWEEN now() - interval '5 minutes' AND now()`)
			if young != events {
				t.Errorf("%d events were made in the last minutes of the database's clock, want %d", young, events)
			}
		})
	}
}

// shift sets the clock of the database.
func shift(t *testing.T, url, offset string) {
	t.Helper()
	for _, function := range []string{"now", "clock_timestamp", "statement_timestamp", "transaction_timestamp"} {
		execute(t, url, fmt.Sprintf(`CREATE FUNCTION public.%[1]s() RETURNS timestamptz LANGUAGE sql STABLE
			AS $$ SELECT pg_catalog.%[1]s() + interval '%[2]s' $$`, function, offset))
	}
	with(t, url, func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, "ALTER DATABASE "+pgx.Identifier{conn.Config().Database}.Sanitize()+" SET search_path = public, pg_catalog")
		return err
	})
}

// old writes events that were handled some time ago.
func old(t *testing.T, url, age string) {
	t.Helper()
	execute(t, url, `INSERT INTO "events" ("id", "created_at", "updated_at", "source", "source_id", "event_type", "run_at", "handled_at")
		SELECT gen_random_uuid(), "at", "at", 'old', $1::uuid, 'Update', "at", "at" FROM (SELECT now() - $2::interval AS "at") AS "x"`, api.NewID(), age)
}
