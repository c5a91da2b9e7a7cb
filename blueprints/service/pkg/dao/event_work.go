package dao

import (
	"context"
	"fmt"
	"time"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/db"
)

// EventWork is what somebody still has to do about an event, or has failed to do
// for the last time.
type EventWork struct {
	EventID   string
	Source    string
	SourceID  string
	EventType api.EventType
	CreatedAt time.Time

	// Consumer is that of EventDeliveries, or empty for the kinds' handlers.
	Consumer string

	// Attempts counts those that began. Leased says that one is under way, until
	// RunAt at the latest; otherwise RunAt is when the next is due. There is none
	// if there is a DeadAt. LastError is what the last one said.
	Attempts  int32
	Leased    bool
	RunAt     time.Time
	DeadAt    *time.Time
	LastError *string
}

// workOf finds rows of one table along one of its indexes.
const workOf = `(
	SELECT "work".%s AS "event_id", "event"."event_type", "event"."created_at", "work"."source", "work"."source_id",
		%s AS "consumer", "work"."attempts", "work"."leased", "work"."run_at", "work"."dead_at", "work"."last_error"
	FROM %s AS "work" JOIN "events" AS "event" ON "event"."id" = "work".%s
	WHERE %s%s ORDER BY "work".%s LIMIT ?)`

// Work returns up to limit pieces of work that are not done: first those that
// are dead, in the order in which they died, and then those that are open, in
// the order in which they are or become due.
func (d EventDao) Work(ctx context.Context, which EventSelection, limit int) ([]EventWork, error) {
	which = which.known()
	var sql string
	var args []any
	add := func(table, id, consumer, state, order string) {
		where, values := which.conditions(table, id)
		if sql != "" {
			sql += " UNION ALL "
		}
		sql += fmt.Sprintf(workOf, id, consumer, table, id, state, where, order)
		args = append(append(args, values...), limit)
	}
	const deadWork, openWork = `"work"."dead_at" IS NOT NULL`, `"work"."dead_at" IS NULL`
	if which.handlers() {
		add(`"events"`, `"id"`, `''`, deadWork, `"dead_at"`)
		if !which.OnlyDead {
			add(`"events"`, `"id"`, `''`, openWork+` AND "work"."handled_at" IS NULL`, `"run_at"`)
		}
	}
	add(`"event_deliveries"`, `"event_id"`, `"work"."consumer"`, deadWork, `"dead_at"`)
	if !which.OnlyDead {
		add(`"event_deliveries"`, `"event_id"`, `"work"."consumer"`, openWork, `"run_at"`)
	}
	sql = `SELECT * FROM (` + sql + `) AS "work" ORDER BY "dead_at" NULLS LAST, "run_at", "event_id", "consumer" LIMIT ?`
	var work []EventWork
	err := d.factory.InTx(ctx, func(ctx context.Context) error {
		if err := d.session(ctx).Exec(onlyByOrder).Error; err != nil {
			return err
		}
		return d.session(ctx).Raw(sql, append(args, limit)...).Scan(&work).Error
	})
	if err != nil {
		return nil, fmt.Errorf("find work about events: %w", db.Translate(err))
	}
	return work, nil
}

// conditions are those of the selection on the rows of table.
func (s EventSelection) conditions(table, id string) (sql string, args []any) {
	add := func(column string, values []string) {
		if values != nil {
			sql += ` AND "work".` + column + ` IN ?`
			args = append(args, values)
		}
	}
	add(id, s.IDs)
	add(`"source"`, s.Sources)
	if table == `"event_deliveries"` {
		add(`"consumer"`, s.Consumers)
	}
	return sql, args
}
