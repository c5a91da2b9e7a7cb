package api

import "time"

// FossilEntry is a row of the table fossil_entries.
type FossilEntry struct {
	Meta

	Species       string
	Site          *string
	Shelf         int32
	Layer         *int32
	CatalogNumber int64
	AgeYears      *int64
	Weight        float64
	Length        *float64
	Complete      bool
	OnDisplay     *bool
	FoundAt       time.Time
	ExhibitedAt   *time.Time
}

// TableName names the table for GORM.
func (FossilEntry) TableName() string { return "fossil_entries" }
