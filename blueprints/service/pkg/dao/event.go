package dao

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
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
	eventQueue
}

// NewEventDao returns an EventDao on sessions.
func NewEventDao(sessions *db.SessionFactory) EventDao {
	return EventDao{
		Store: NewStore[api.Event](sessions, WithOrder("sequence")),
		eventQueue: newEventQueue(sessions, nil,
			"<table>", `"events"`,
			"<id>", `"id"`,
			"<open>", openEvents,
			"<still open>", `coalesce("handled_at", "dead_at") IS NULL`,
			"<update>", updateEvents,
			"<done>", updateEvents+`, "leased" = false, "handled_at" = now(), "run_at" = now(), "last_error" = NULL`,
			"<event>", `"claimed".`+strings.Join(eventColumns(), `,"claimed".`),
			"<join>", "",
		),
	}
}

const (
	openEvents   = `"handled_at" IS NULL AND "dead_at" IS NULL`
	updateEvents = `UPDATE "events" SET "updated_at" = now(), "row_version" = "row_version" + 1`
)

// eventColumns are the columns of an api.Event.
func eventColumns() []string {
	own, err := parseSchema[api.Event]()
	if err != nil {
		panic(err)
	}
	return own.DBNames
}

// Create writes a new event, which is due at once, in the transaction of ctx,
// and with it that each of consumers has to be told. It takes from event what
// happened, to which object, who did it, by which request and in which trace,
// and gives it an id, unless it has one. All else is the database's to say. In a
// transaction the error may come with a later statement or the commit, see
// db.SessionFactory.Send.
func (d EventDao) Create(ctx context.Context, event *api.Event, consumers ...string) error {
	id := cmp.Or(event.ID, api.NewID())
	sql, args := insertEvent, []any{id, event.Source, event.SourceID, event.EventType, event.Actor, event.OperationID, event.TraceParent}
	if len(consumers) > 0 {
		sql, args = insertEventToldTo, append(args, consumers)
	}
	if err := d.factory.Send(ctx, fmt.Sprintf("create event %q", id), sql, args...); err != nil {
		return err
	}
	event.ID = id
	return nil
}

// The time of an event is when it is written, not when its transaction began,
// and by the database's clock.
const insertEvent = `
	INSERT INTO "events" ("id", "created_at", "updated_at", "source", "source_id", "event_type",
		"actor", "operation_id", "trace_parent", "run_at")
	SELECT $1, "now", "now", $2, $3, $4, $5, $6, $7, now() FROM clock_timestamp() AS "now"`

const insertEventToldTo = `
	WITH "event" AS (` + insertEvent + `
		RETURNING "id", "sequence", "source", "source_id", "run_at")
	INSERT INTO "event_deliveries" ("event_id", "consumer", "sequence", "source", "source_id", "run_at")
	SELECT "event"."id", "told"."consumer", "event"."sequence", "event"."source", "event"."source_id", "event"."run_at"
	FROM "event", unnest($8::text[]) AS "told" ("consumer")`
