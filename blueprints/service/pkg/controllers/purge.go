package controllers

import (
	"cmp"
	"context"
	"log/slog"
	"time"
)

// PurgedEvents is the log of events as a Purge uses it; dao.EventDao is one.
type PurgedEvents interface {
	// Purge deletes up to limit events that were handled longer than kept ago,
	// that no consumer waits for and that all readers have passed, and returns
	// how many.
	Purge(ctx context.Context, kept time.Duration, limit int, readers []string) (int64, error)
}

// Purge deletes handled events once they have been kept for long enough. The
// zero values of its settings work.
type Purge struct {
	Events PurgedEvents
	Log    *slog.Logger

	// Retention is the time for which handled events are kept; 0 means a week.
	// Dead ones are kept for ever.
	Retention time.Duration

	// Every is the time between two looks for older ones; 0 means a minute.
	Every time.Duration

	// Batch bounds what one statement deletes, so that it is in nobody's way; 0
	// means 1000.
	Batch int

	// Readers are those of the log that have to have passed an event before it
	// goes.
	Readers []string
}

// Run purges now and then until ctx ends, which it reports. One replica is
// enough for it; several do no harm.
func (p Purge) Run(ctx context.Context) error {
	due := time.NewTicker(cmp.Or(p.Every, time.Minute))
	defer due.Stop()
	for {
		purged, err := p.all(ctx)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			p.Log.WarnContext(ctx, "old events are not purged, trying again", "error", err)
		case purged > 0:
			p.Log.DebugContext(ctx, "old events purged", "count", purged)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-due.C:
		}
	}
}

// all deletes batch after batch until nothing old is left.
func (p Purge) all(ctx context.Context) (int64, error) {
	kept := cmp.Or(p.Retention, 7*24*time.Hour)
	batch := cmp.Or(p.Batch, 1000)
	for purged := int64(0); ; {
		n, err := p.Events.Purge(ctx, kept, batch, p.Readers)
		purged += n
		if err != nil || n < int64(batch) || ctx.Err() != nil {
			return purged, err
		}
	}
}
