package dao

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/dao/internal/stamp"
	"github.com/trexgen/trexgen/blueprints/service/pkg/db"
)

// EventDao keeps the log of changes and hands its events out to be handled.
//
// An event is open until it is handled or dead. Any number of replicas may
// claim events at once. A claim is a lease: for its time nobody else gets the
// event, nor any later one of the same object. So the events of one object are
// handled one after the other, in the order of their Sequence. That is the
// order of the changes themselves because a writer holds the object's row from
// before it writes the event until it commits. A dead event does not hold up
// the later ones: they are about the object as it is now.
//
// All times that matter here are the database's, so that the clocks of the
// replicas may differ.
type EventDao struct {
	Store[api.Event]
}

// NewEventDao returns an EventDao on sessions.
func NewEventDao(sessions *db.SessionFactory) EventDao {
	return EventDao{NewStore[api.Event](sessions)}
}

// Create writes a new event, which is due at once, in the transaction of ctx,
// and with it that each of consumers has to be told. It sets all but what
// happened, to which object, who did it, by which request and in which trace.
func (d EventDao) Create(ctx context.Context, event *api.Event, consumers ...string) error {
	next := api.Event{
		Meta: api.Meta{ID: event.ID}, Source: event.Source, SourceID: event.SourceID, EventType: event.EventType,
		Actor: event.Actor, OperationID: event.OperationID, TraceParent: event.TraceParent,
	}
	stamp.Created(&next)
	insert := `
		INSERT INTO "events" ("id", "created_at", "updated_at", "row_version", "source", "source_id", "event_type",
			"actor", "operation_id", "trace_parent", "attempts", "run_at")
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, now())
		RETURNING "id", "sequence", "source", "source_id", "run_at"`
	args := []any{next.ID, next.CreatedAt, next.UpdatedAt, next.RowVersion, next.Source, next.SourceID, next.EventType,
		next.Actor, next.OperationID, next.TraceParent}
	deliver := ""
	if len(consumers) > 0 {
		deliver = `, "delivered" AS (
			INSERT INTO "event_deliveries" ("event_id", "consumer", "sequence", "source", "source_id", "run_at")
			SELECT "event"."id", "to"."consumer", "event"."sequence", "event"."source", "event"."source_id", "event"."run_at"
			FROM "event", (VALUES ` + strings.TrimSuffix(strings.Repeat("(?),", len(consumers)), ",") + `) AS "to" ("consumer"))`
		for _, consumer := range consumers {
			args = append(args, consumer)
		}
	}
	err := d.session(ctx).Raw(`WITH "event" AS (`+insert+`)`+deliver+` SELECT "sequence", "run_at" FROM "event"`, args...).
		Row().Scan(&next.Sequence, &next.RunAt)
	if err != nil {
		return d.fail("create", next.ID, err)
	}
	*event = next
	return nil
}

// Done marks claimed events as handled. Those whose lease has passed on to
// somebody else stay theirs.
func (d EventDao) Done(ctx context.Context, events ...api.Event) error {
	return d.settle(ctx, "mark as handled", `"handled_at" = now(), "last_error" = NULL`, events)
}

// Release gives claimed events back as if they had not been claimed.
func (d EventDao) Release(ctx context.Context, events ...api.Event) error {
	return d.settle(ctx, "release", `"attempts" = "attempts" - 1, "run_at" = now()`, events)
}

// Fail records why a claimed event was not handled. It is due again after
// retryAfter or, if dead, never: it stays in the log for people to see.
func (d EventDao) Fail(ctx context.Context, event api.Event, cause error, retryAfter time.Duration, dead bool) error {
	set := `"last_error" = ?, "run_at" = now() + make_interval(secs => ?)`
	if dead {
		set += `, "dead_at" = now()`
	}
	return d.settle(ctx, "record a failure", set, []api.Event{event}, storableText(cause.Error()), retryAfter.Seconds())
}

// settle ends the leases of events, of each only if nobody wrote the row since
// it was claimed: every claim writes it.
func (d EventDao) settle(ctx context.Context, what, set string, events []api.Event, args ...any) error {
	if len(events) == 0 {
		return nil
	}
	ids := make([]string, len(events))
	claims := make([][]any, len(events))
	for i, event := range events {
		ids[i] = event.ID
		claims[i] = []any{event.ID, event.RowVersion}
	}
	err := d.session(ctx).Exec(`UPDATE "events" SET `+set+`, "updated_at" = now(), "row_version" = "row_version" + 1
		WHERE "id" IN ? AND ("id", "row_version") IN ? AND `+stillOpen, append(args, ids, claims)...).Error
	if err != nil {
		return fmt.Errorf("%s: %w", what, db.Translate(err))
	}
	return nil
}

// Purge deletes up to limit events that were handled before the given time,
// oldest first, and returns how many. Dead events stay.
func (d EventDao) Purge(ctx context.Context, before time.Time, limit int) (int64, error) {
	result := d.session(ctx).Exec(`
		DELETE FROM "events" WHERE "id" IN (
			SELECT "id" FROM "events" WHERE "handled_at" < ? ORDER BY "handled_at" LIMIT ? FOR UPDATE SKIP LOCKED)`,
		before, limit)
	if result.Error != nil {
		return 0, fmt.Errorf("purge events: %w", db.Translate(result.Error))
	}
	return result.RowsAffected, nil
}

// storableText is text as a column holds it: valid, without NUL, not endless.
func storableText(text string) string {
	const longest = 4096
	text = strings.ToValidUTF8(text[:min(len(text), longest)], "\uFFFD")
	return strings.ReplaceAll(text, "\x00", "\uFFFD")
}
