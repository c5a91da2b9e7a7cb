package dao

import (
	"context"
	"fmt"
	"slices"

	"github.com/trexgen/trexgen/blueprints/service/pkg/dao/tsl"
	"github.com/trexgen/trexgen/blueprints/service/pkg/db"
)

// EventSelection says which work people want to retry or drop. All its
// conditions have to be met; the zero selection is all work that is in trouble.
type EventSelection struct {
	// IDs are those of events; nil means any. Sources are those of events; nil
	// means any. Consumers are those of EventDeliveries, and "" among them stands
	// for the kinds' handlers; nil means any.
	IDs       []string
	Sources   []string
	Consumers []string

	// OnlyDead leaves out what has failed and waits for its next attempt.
	OnlyDead bool

	// Untried takes in the deliveries that nobody has failed at, or even tried:
	// a consumer that is no longer there never will.
	Untried bool
}

// Retry makes work that is dead, or that has failed and waits for its next
// attempt, due at once, with all its attempts before it. It returns how many
// events and deliveries these are; what is being done just now is not among
// them. A dead event becomes open again: later ones of its object that are open
// wait for it, unless they are being handled just now.
func (d EventDao) Retry(ctx context.Context, which EventSelection) (int64, error) {
	const again = `, "attempts" = 0, "run_at" = now(), "dead_at" = NULL`
	return d.repair(ctx, "retry", which.known(), updateEvents+again, updateDeliveries+again)
}

// Drop gives up work as Retry finds it, and returns how many events and
// deliveries these are. An event that the kinds' handlers failed to handle
// counts as handled from then on, and keeps its last error; a delivery is gone.
func (d EventDao) Drop(ctx context.Context, which EventSelection) (int64, error) {
	const handled = `, "run_at" = now(), "dead_at" = NULL, "handled_at" = now()`
	return d.repair(ctx, "drop", which.known(), updateEvents+handled, deleteDeliveries)
}

const (
	// They are kept apart since different indexes serve them.
	isDead    = `"dead_at" IS NOT NULL`
	isFailing = `NOT "leased" AND "attempts" > 0 AND "last_error" IS NOT NULL`
	isIdle    = `NOT ("leased" AND "run_at" > now())`

	// repairedAtOnce bounds what one statement changes: no transaction is to be
	// open for long, nor any row out of reach.
	repairedAtOnce = 1000
)

// trouble is work of one table that can be repaired.
type trouble struct {
	table, id, condition string
	consumers            []string // nil means any, "" plays no part
}

func (d EventDao) repair(ctx context.Context, what string, which EventSelection, changeEvents, changeDeliveries string) (repaired int64, err error) {
	events := func(condition string) trouble { return trouble{`"events"`, `"id"`, condition, nil} }
	deliveries := func(condition string) trouble {
		return trouble{`"event_deliveries"`, `"event_id"`, condition, which.Consumers}
	}
	for _, part := range []struct {
		change string
		of     trouble
		wanted bool
	}{
		{changeEvents, events(isDead), which.handlers()},
		{changeEvents, events(openEvents + ` AND ` + isFailing), which.handlers() && !which.OnlyDead},
		{changeDeliveries, deliveries(isDead), true},
		{changeDeliveries, deliveries(openDeliveries + ` AND ` + isFailing), !which.OnlyDead && !which.Untried},
		{changeDeliveries, deliveries(openDeliveries + ` AND ` + isIdle), which.Untried},
	} {
		if !part.wanted {
			continue
		}
		n, err := d.repairAll(ctx, part.change, part.of, which)
		repaired += n
		if err != nil {
			return repaired, fmt.Errorf("%s events: %w", what, db.Translate(err))
		}
	}
	return repaired, nil
}

// handlers tells whether work of the kinds' handlers is selected.
func (s EventSelection) handlers() bool {
	return s.Consumers == nil || slices.Contains(s.Consumers, "")
}

// repairAll changes the rows in trouble, some at a time. Those that are locked
// are being worked on and left alone.
func (d EventDao) repairAll(ctx context.Context, change string, of trouble, which EventSelection) (repaired int64, err error) {
	where := of.condition
	var args []any
	for _, condition := range []struct {
		column string
		values []string
	}{{of.id, which.IDs}, {`"source"`, which.Sources}, {`"consumer"`, of.consumers}} {
		if condition.values != nil {
			where += ` AND ` + condition.column + ` IN ?`
			args = append(args, condition.values)
		}
	}
	sql := change + ` WHERE ctid = ANY(ARRAY(SELECT ctid FROM ` + of.table + ` WHERE ` + where + ` LIMIT ? FOR UPDATE SKIP LOCKED))`
	args = append(args, repairedAtOnce)
	for {
		var some int64
		err := d.factory.InTx(ctx, func(ctx context.Context) error {
			if err := d.session(ctx).Exec(onlyByOrder).Error; err != nil {
				return err
			}
			result := d.session(ctx).Exec(sql, args...)
			some = result.RowsAffected
			return result.Error
		})
		repaired += some
		if err != nil || some < repairedAtOnce {
			return repaired, err
		}
	}
}

// known is the selection without what is no id.
func (s EventSelection) known() EventSelection {
	if s.IDs != nil {
		s.IDs = uuids(s.IDs)
	}
	return s
}

// uuids returns those of ids that are UUIDs, in their one spelling.
func uuids(ids []string) []string {
	known := make([]string, 0, len(ids))
	for _, id := range ids {
		if canonical, ok := tsl.ParseUUID(id); ok {
			known = append(known, canonical)
		}
	}
	return known
}
