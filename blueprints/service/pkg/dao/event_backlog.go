package dao

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/trexgen/trexgen/blueprints/service/pkg/db"
)

// EventBacklog is what a consumer of events has before it.
type EventBacklog struct {
	// Consumer is that of EventDeliveries, or empty for the kinds' handlers.
	Consumer string

	// Open counts the events that are still to be dealt with, Dead those that
	// failed for the last time, each no further than MostBacklog.
	Open, Dead int64

	// Oldest is the age of the oldest open event, or 0. If there are more than
	// were counted it is the oldest of those that are due first.
	Oldest time.Duration
}

// MostBacklog is the number from which EventBacklog counts no further: to ask
// for the backlog must not become slow just when there is one.
const MostBacklog = 50_000

// backlogs counts along the indexes of what is open and what is dead, and finds
// the consumers by going from one to the next. The indexes have the sequences,
// so that only the event with the lowest one has to be read.
const backlogs = `
	WITH RECURSIVE "waiting" AS (
		(SELECT "consumer" FROM "event_deliveries" WHERE "dead_at" IS NULL ORDER BY "consumer" LIMIT 1)
		UNION ALL
		SELECT "next"."consumer" FROM "waiting", LATERAL (
			SELECT "consumer" FROM "event_deliveries" WHERE "dead_at" IS NULL AND "consumer" > "waiting"."consumer"
			ORDER BY "consumer" LIMIT 1) AS "next"
	), "parked" AS (
		(SELECT "consumer" FROM "event_deliveries" WHERE "dead_at" IS NOT NULL ORDER BY "consumer" LIMIT 1)
		UNION ALL
		SELECT "next"."consumer" FROM "parked", LATERAL (
			SELECT "consumer" FROM "event_deliveries" WHERE "dead_at" IS NOT NULL AND "consumer" > "parked"."consumer"
			ORDER BY "consumer" LIMIT 1) AS "next"
	), "counted" AS (
		SELECT '' AS "consumer", "open".*, (SELECT count(*) FROM (
			SELECT FROM "events" WHERE "dead_at" IS NOT NULL LIMIT @most ) AS "some") AS "dead"
		FROM (SELECT count(*) AS "open", min("sequence") AS "first" FROM (
			SELECT "sequence" FROM "events" WHERE "handled_at" IS NULL AND "dead_at" IS NULL
			ORDER BY "run_at", "sequence" LIMIT @most ) AS "some") AS "open"
		UNION ALL
		SELECT "of".*, "open".*, (SELECT count(*) FROM (
			SELECT FROM "event_deliveries" WHERE "dead_at" IS NOT NULL AND "consumer" = "of"."consumer" LIMIT @most ) AS "some")
		FROM (SELECT * FROM "waiting" UNION SELECT * FROM "parked") AS "of", LATERAL (
			SELECT count(*) AS "open", min("sequence") AS "first" FROM (
				SELECT "sequence" FROM "event_deliveries" WHERE "dead_at" IS NULL AND "consumer" = "of"."consumer"
				ORDER BY "run_at", "sequence" LIMIT @most ) AS "some") AS "open"
	)
	SELECT "consumer", "open", "dead", greatest(0, coalesce(extract(epoch FROM now() - (
		SELECT "created_at" FROM "events" WHERE "sequence" = "first" LIMIT 1)), 0))::double precision AS "seconds"
	FROM "counted"`

// Backlog returns the backlog of the kinds' handlers and that of each consumer
// which has any, in the order of their names.
func (d EventDao) Backlog(ctx context.Context) ([]EventBacklog, error) {
	var rows []struct {
		EventBacklog
		Seconds float64
	}
	err := d.factory.InTx(ctx, func(ctx context.Context) error {
		if err := d.session(ctx).Exec(onlyByOrder).Error; err != nil {
			return err
		}
		return d.query(ctx, backlogs, map[string]any{"most": MostBacklog}).Scan(&rows).Error
	})
	if err != nil {
		return nil, fmt.Errorf("count open events: %w", db.Translate(err))
	}
	backlog := make([]EventBacklog, len(rows))
	for i, row := range rows {
		backlog[i] = row.EventBacklog
		backlog[i].Oldest = time.Duration(row.Seconds * float64(time.Second))
	}
	slices.SortFunc(backlog, func(a, b EventBacklog) int { return strings.Compare(a.Consumer, b.Consumer) })
	return backlog, nil
}
