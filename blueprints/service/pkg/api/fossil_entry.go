package api

import (
	"encoding/json"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"
)

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
	Label         string
	Remarks       *string
	Value         decimal.Decimal  `gorm:"type:numeric"`
	InsuredValue  *decimal.Decimal `gorm:"type:numeric"`
	CollectedOn   Date
	LoanedUntil   *Date
	Barcode       *uuid.UUID       `gorm:"type:uuid"`
	Measurements  *json.RawMessage `gorm:"serializer:json"`
	Condition     FossilEntryCondition
	Tags          []string `gorm:"serializer:json"`
	ParentID      *string  `gorm:"column:parent_id;type:uuid"`
}

// TableName names the table for GORM.
func (FossilEntry) TableName() string { return "fossil_entries" }

// FossilEntryCondition is a value of the field condition.
type FossilEntryCondition string

// The values of FossilEntryCondition.
const (
	FossilEntryConditionFragment FossilEntryCondition = "fragment"
	FossilEntryConditionPartial  FossilEntryCondition = "partial"
	FossilEntryConditionWhole    FossilEntryCondition = "whole"
)
