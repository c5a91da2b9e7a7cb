package dao

import (
	"context"
	"fmt"

	"github.com/trexgen/trexgen/blueprints/service/pkg/db"
)

// Add has the consumer told of an event that was written without it, in the
// transaction of ctx. It does nothing if the consumer is to be told of the event
// already, or if there is no such event.
func (d *EventDeliveries) Add(ctx context.Context, id string) error {
	err := d.exec(ctx, `
		INSERT INTO "event_deliveries" ("event_id", "consumer", "sequence", "source", "source_id", "run_at")
		SELECT "id", @consumer, "sequence", "source", "source_id", now() FROM "events" WHERE "id" = @id
		ON CONFLICT DO NOTHING`, map[string]any{"id": id}).Error
	if err != nil {
		return fmt.Errorf("add a delivery of event %s: %w", id, db.Translate(err))
	}
	return nil
}
