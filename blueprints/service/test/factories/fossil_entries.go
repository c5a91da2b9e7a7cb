package factories

import "github.com/trexgen/trexgen/blueprints/service/pkg/api"

// NewFossilEntry returns the n-th sample, not yet stored.
func NewFossilEntry(n int) *api.FossilEntry {
	return &api.FossilEntry{
		Species:       SampleString("species", n),
		Site:          new(SampleString("site", n)),
		Shelf:         SampleInt(n),
		Layer:         new(SampleInt(n)),
		CatalogNumber: SampleInt64(n),
		AgeYears:      new(SampleInt64(n)),
		Weight:        SampleFloat(n),
		Length:        new(SampleFloat(n)),
		Complete:      SampleBool(n),
		OnDisplay:     new(SampleBool(n)),
		FoundAt:       SampleTime(n),
		ExhibitedAt:   new(SampleTime(n)),
	}
}

// FossilEntryFields returns the fields as clients send them.
func FossilEntryFields() []Field {
	return []Field{
		String("species").Required(),
		String("site"),
		Int("shelf").Required(),
		Int("layer"),
		Int64("catalog_number").Required(),
		Int64("age_years"),
		Float("weight").Required(),
		Float("length"),
		Bool("complete").Required(),
		Bool("on_display"),
		Time("found_at").Required(),
		Time("exhibited_at"),
	}
}
