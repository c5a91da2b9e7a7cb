package dao

import (
	"context"
	"fmt"

	"github.com/trexgen/trexgen/blueprints/service/pkg/db"
)

// EventEffects remembers what has been done about events.
type EventEffects struct {
	sessions *db.SessionFactory
}

// NewEventEffects returns the memory in the database of sessions.
func NewEventEffects(sessions *db.SessionFactory) EventEffects { return EventEffects{sessions} }

// First remembers, in the transaction of ctx, that the effect of the event is
// being brought about, and reports whether it had not been before. Somebody else
// who is at it at the same time is waited for: if their transaction is rolled
// back, this is the first.
func (e EventEffects) First(ctx context.Context, eventID, effect string) (bool, error) {
	result := e.sessions.New(ctx).Exec(`
		INSERT INTO "event_effects" ("event_id", "effect") VALUES (?, ?) ON CONFLICT DO NOTHING`, eventID, effect)
	if result.Error != nil {
		return false, fmt.Errorf("remember the effect %q of event %q: %w", effect, eventID, db.Translate(result.Error))
	}
	return result.RowsAffected == 1, nil
}
