package controllers

import (
	"context"
	"time"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
)

const (
	purgeEvery = time.Minute

	// purgeBatch keeps each delete short, so that it is in nobody's way.
	purgeBatch = 1000
)

// purge deletes what has been kept for long enough, until ctx ends.
func (m *Manager) purge(ctx context.Context) {
	due := time.NewTicker(purgeEvery)
	defer due.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-due.C:
		}
		if purged, err := m.purgeAll(ctx); err != nil && ctx.Err() == nil {
			m.log.WarnContext(ctx, "old events are not purged, trying again", "error", err)
		} else if purged > 0 {
			m.log.DebugContext(ctx, "old events purged", "count", purged)
		}
	}
}

func (m *Manager) purgeAll(ctx context.Context) (int64, error) {
	before := api.Now().Add(-m.cfg.Retention)
	for purged := int64(0); ; {
		n, err := m.events.Purge(ctx, before, purgeBatch)
		purged += n
		if err != nil || n < purgeBatch {
			return purged, err
		}
	}
}
