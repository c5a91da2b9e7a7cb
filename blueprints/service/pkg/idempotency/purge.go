package idempotency

import (
	"context"
	"log/slog"
	"time"
)

// purgedAtOnce bounds what one statement deletes, so that it is in nobody's way.
const purgedAtOnce = 1000

// PurgeEvery purges at once, and then so often, until ctx ends, which it reports.
// One replica is enough for it; several do no harm.
func (k *Keys) PurgeEvery(ctx context.Context, interval time.Duration, log *slog.Logger) error {
	due := time.NewTicker(interval)
	defer due.Stop()
	for {
		purged, err := k.purgeAll(ctx)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			log.WarnContext(ctx, "old idempotency keys are not purged, trying again", "error", err)
		case purged > 0:
			log.DebugContext(ctx, "old idempotency keys purged", "count", purged)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-due.C:
		}
	}
}

// purgeAll deletes batch after batch until nothing old is left.
func (k *Keys) purgeAll(ctx context.Context) (purged int64, err error) {
	for {
		n, err := k.Purge(ctx, purgedAtOnce)
		purged += n
		if err != nil || n < purgedAtOnce || ctx.Err() != nil {
			return purged, err
		}
	}
}
