package audit

import (
	"context"
	"fmt"
	"time"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/db"
)

// Entry says who did what, when.
type Entry struct {
	// ID grows from entry to entry, CreatedAt is the database's time.
	ID        int64     `json:"id"`
	CreatedAt time.Time `json:"created_at"`

	// EventID is that of the event, which may be purged by now.
	EventID   string        `json:"event_id"`
	EventType api.EventType `json:"event_type"`

	// Source is the plural name of the object's kind, SourceID its id.
	Source   string `json:"source"`
	SourceID string `json:"source_id"`

	// Actor is the subject of who did it, empty for the service itself.
	Actor  string `json:"actor"`
	Claims Claims `json:"claims" gorm:"serializer:json"`

	// OperationID is that of the request.
	OperationID string `json:"operation_id"`
}

// TableName tells GORM.
func (Entry) TableName() string { return "audit_entries" }

// Selection says which entries are wanted: those that fit all of it.
type Selection struct {
	Source   string    // empty is any
	SourceID string    // a UUID; empty is any
	Actor    string    // empty is any
	Since    time.Time // zero is from the beginning

	// Limit is the largest number of entries, and has to be above 0.
	Limit int
}

// List returns the latest of the selected entries, newest first.
func List(ctx context.Context, sessions *db.SessionFactory, of Selection) ([]Entry, error) {
	query := sessions.New(ctx).Order(`"id" DESC`).Limit(of.Limit)
	for _, condition := range []struct {
		wanted bool
		sql    string
		value  any
	}{
		{of.Source != "", `"source" = ?`, of.Source},
		{of.SourceID != "", `"source_id" = ?`, of.SourceID},
		{of.Actor != "", `"actor" = ?`, of.Actor},
		{!of.Since.IsZero(), `"created_at" >= ?`, of.Since},
	} {
		if condition.wanted {
			query = query.Where(condition.sql, condition.value)
		}
	}
	entries := []Entry{}
	if err := query.Find(&entries).Error; err != nil {
		return nil, fmt.Errorf("list the audit: %w", db.Translate(err))
	}
	return entries, nil
}
