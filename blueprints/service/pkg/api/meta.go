package api

import (
	"time"

	"github.com/google/uuid"
)

// Meta is what every object has. Kinds embed it.
type Meta struct {
	// ID is a UUIDv7 in its canonical text form.
	ID string `gorm:"type:uuid;primaryKey"`

	// CreatedAt and UpdatedAt are UTC with microseconds, as PostgreSQL keeps them.
	CreatedAt time.Time `gorm:"not null"`
	UpdatedAt time.Time `gorm:"not null"`

	// RowVersion counts the writes of the row. It is the object's ETag and
	// guards updates against each other.
	RowVersion int64 `gorm:"not null;default:1"`
}

// ObjectMeta returns m. It makes every kind an Object.
func (m *Meta) ObjectMeta() *Meta { return m }

// Object is implemented by the pointer to every kind.
type Object interface {
	ObjectMeta() *Meta
}

// NewID returns a new UUIDv7: ids of one process sort by the time they were made.
func NewID() string { return uuid.Must(uuid.NewV7()).String() }

// Now returns the time as it is stored: UTC, whole microseconds.
func Now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }
