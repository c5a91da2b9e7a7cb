package audit

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/auth"
	"github.com/trexgen/trexgen/blueprints/service/pkg/db"
)

// Claims are what was known of an actor at the time.
type Claims struct {
	auth.Claims
	Roles []string `json:"roles,omitempty"`
}

// Recorder writes entries. Its zero value is of no use.
type Recorder struct {
	sessions *db.SessionFactory
}

// NewRecorder returns a Recorder on sessions.
func NewRecorder(sessions *db.SessionFactory) *Recorder { return &Recorder{sessions: sessions} }

// Record writes the entry about event in the transaction of ctx; without one it
// is an error. The actor is the event's, the claims are those of ctx, and the
// time is the database's. What the service does of its own accord, as in a
// handler of an event, has no actor.
func (r *Recorder) Record(ctx context.Context, event *api.Event) error {
	if !db.InTransaction(ctx) {
		return fmt.Errorf("audit of event %s: not in a transaction", event.ID)
	}
	who, _ := auth.FromContext(ctx)
	claims, err := json.Marshal(Claims{Claims: who.Claims, Roles: who.Roles})
	if err != nil {
		return fmt.Errorf("audit of event %s: %w", event.ID, err)
	}
	err = r.sessions.New(ctx).Exec(`
		INSERT INTO "audit_entries" ("event_id", "event_type", "source", "source_id", "actor", "claims", "operation_id")
		VALUES (?, ?, ?, ?, ?, ?, ?)`,
		event.ID, event.EventType, event.Source, event.SourceID, event.Actor, string(claims), event.OperationID).Error
	if err != nil {
		return fmt.Errorf("audit of event %s: %w", event.ID, db.Translate(err))
	}
	return nil
}
