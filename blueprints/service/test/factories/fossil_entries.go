package factories

import (
	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	wire "github.com/trexgen/trexgen/blueprints/service/pkg/api/openapi/fossilentries"
	"github.com/trexgen/trexgen/blueprints/service/pkg/api/presenters"
)

// NewFossilEntry returns the n-th sample, not yet stored. What it refers to does
// not exist.
func NewFossilEntry(n int) *api.FossilEntry {
	return presenters.ConvertFossilEntry(request[wire.FossilEntryCreateRequest](FossilEntryFields(), n))
}

// FossilEntryFields returns the fields as clients send them.
func FossilEntryFields() []Field {
	return []Field{
		String("species").Required(),
		String("site"),
		Int("shelf").Required().Min(0).Max(400),
		Int("layer"),
		Int64("catalog_number").Required(),
		Int64("age_years"),
		Float("weight").Required(),
		Float("length"),
		Bool("complete").Required(),
		Bool("on_display"),
		Time("found_at").Required(),
		Time("exhibited_at"),
		String("label").Required().Unique().Immutable().Max(40),
		Text("remarks"),
		Decimal("value").Required().Min(0),
		Decimal("insured_value"),
		Date("collected_on").Required(),
		Date("loaned_until"),
		UUID("barcode").Unique(),
		JSON("measurements"),
		Enum("condition", "fragment", "partial", "whole").Required().Default("fragment"),
		List(String("tags")).Required(),
		Ref("parent_id", "fossil_entries", FossilEntryFields),
	}
}
