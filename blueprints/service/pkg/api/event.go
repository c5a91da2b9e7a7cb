package api

import "time"

// EventType says what happened to an object.
type EventType string

// The types of events.
const (
	CreateEvent EventType = "Create"
	UpdateEvent EventType = "Update"
	DeleteEvent EventType = "Delete"
)

// Event is one row of the log of changes. It is written in the transaction of
// the change itself and handled after it, at least once.
type Event struct {
	Meta

	// Sequence is the order in which events were written; the events of one
	// object are handled in this order.
	Sequence int64 `gorm:"->;not null"`

	// Source is the plural name of the kind, SourceID the object's id.
	Source    string    `gorm:"not null"`
	SourceID  string    `gorm:"type:uuid;not null"`
	EventType EventType `gorm:"type:text;not null"`

	// Actor is the subject of whoever changed the object, empty if nobody asked
	// for it. OperationID is that of the request, TraceParent its place in a
	// trace as in the header traceparent of W3C Trace Context.
	Actor       string `gorm:"not null"`
	OperationID string `gorm:"not null"`
	TraceParent string `gorm:"not null"`

	// Attempts counts the times that handling began. The event is due at RunAt.
	Attempts int32     `gorm:"not null"`
	RunAt    time.Time `gorm:"not null"`

	// HandledAt is set when a handler succeeded or none was registered, DeadAt
	// when the last attempt failed. LastError is what the last attempt said.
	HandledAt *time.Time
	DeadAt    *time.Time
	LastError *string
}
