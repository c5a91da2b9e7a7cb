package dao

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/trexgen/trexgen/blueprints/service/pkg/db"
)

// EventDeliveries hands out the events that one consumer has to be told of, see
// EventDao.Create. It makes the same promises to it as EventDao to the kinds'
// handlers: an event is claimed by one at a time, those of one object one after
// the other in the order of their Sequence, and a dead one does not hold up the
// later ones. How far another consumer has come, or the handlers, plays no part.
//
// What it hands out is the event with the Attempts, RunAt, RowVersion and
// LastError of its delivery. A delivery that is done is deleted.
type EventDeliveries struct {
	eventQueue
}

// NewEventDeliveries returns the deliveries to the consumer.
func NewEventDeliveries(sessions *db.SessionFactory, consumer string) *EventDeliveries {
	return &EventDeliveries{newEventQueue(sessions, map[string]any{"consumer": consumer},
		"<table>", `"event_deliveries"`,
		"<id>", `"event_id"`,
		"<open>", `"consumer" = @consumer AND `+openDeliveries,
		"<still open>", `"consumer" = @consumer AND coalesce("dead_at", "dead_at") IS NULL`,
		"<update>", updateDeliveries,
		"<done>", deleteDeliveries,
		"<event>", deliveredEvent(),
		// One event a delivery, by its id: that leaves no choice either.
		"<join>", `, LATERAL (SELECT * FROM "events" WHERE "id" = "claimed"."event_id" LIMIT 1) AS "event"`,
	)}
}

const (
	openDeliveries   = `"dead_at" IS NULL`
	updateDeliveries = `UPDATE "event_deliveries" SET "row_version" = "row_version" + 1`
	deleteDeliveries = `DELETE FROM "event_deliveries"`
)

// deliveredEvent is the list of an event's columns, some of which are those of
// its delivery.
func deliveredEvent() string {
	var columns []string
	for _, column := range eventColumns() {
		switch column {
		case "row_version", "attempts", "run_at", "dead_at", "last_error":
			columns = append(columns, `"claimed".`+quote(column))
		default:
			columns = append(columns, `"event".`+quote(column))
		}
	}
	return strings.Join(columns, ",")
}

// EventDelivery is what is still to be done about an event by a consumer.
type EventDelivery struct {
	EventID  string
	Consumer string

	// Attempts counts the times that the delivery began. The next is due at
	// RunAt, or none if there is a DeadAt. LastError is what the last one said.
	Attempts  int32
	RunAt     time.Time
	DeadAt    *time.Time
	LastError *string
}

// Waiting returns the deliveries of the events with these ids that are still to
// be made or dead, by the events' ids and in the order of the consumers' names.
func (d EventDao) Waiting(ctx context.Context, ids []string) (map[string][]EventDelivery, error) {
	waiting := map[string][]EventDelivery{}
	var deliveries []EventDelivery
	err := d.session(ctx).Raw(`
		SELECT "event_id", "consumer", "attempts", "run_at", "dead_at", "last_error" FROM "event_deliveries"
		WHERE "event_id" IN ? ORDER BY "event_id", "consumer"`, uuids(ids)).Scan(&deliveries).Error
	if err != nil {
		return nil, fmt.Errorf("find deliveries of events: %w", db.Translate(err))
	}
	for _, delivery := range deliveries {
		waiting[delivery.EventID] = append(waiting[delivery.EventID], delivery)
	}
	return waiting, nil
}
