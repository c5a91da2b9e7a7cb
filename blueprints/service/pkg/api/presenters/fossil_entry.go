package presenters

import (
	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	wire "github.com/trexgen/trexgen/blueprints/service/pkg/api/openapi/fossilentries"
)

// PresentFossilEntry returns obj as clients see it.
func PresentFossilEntry(obj *api.FossilEntry) wire.FossilEntry {
	return wire.FossilEntry{
		Id:            obj.ID,
		Kind:          "FossilEntry",
		Href:          href("fossil_entries", obj.ID),
		CreatedAt:     obj.CreatedAt,
		UpdatedAt:     obj.UpdatedAt,
		Species:       obj.Species,
		Site:          obj.Site,
		Shelf:         obj.Shelf,
		Layer:         obj.Layer,
		CatalogNumber: obj.CatalogNumber,
		AgeYears:      obj.AgeYears,
		Weight:        obj.Weight,
		Length:        obj.Length,
		Complete:      obj.Complete,
		OnDisplay:     obj.OnDisplay,
		FoundAt:       obj.FoundAt,
		ExhibitedAt:   obj.ExhibitedAt,
		Label:         obj.Label,
		Remarks:       obj.Remarks,
		Value:         obj.Value,
		InsuredValue:  obj.InsuredValue,
		CollectedOn:   obj.CollectedOn,
		LoanedUntil:   obj.LoanedUntil,
		Barcode:       obj.Barcode,
		Measurements:  obj.Measurements,
		Condition:     obj.Condition,
		Tags:          obj.Tags,
		ParentId:      obj.ParentID,
	}
}

// ConvertFossilEntry returns the object that the request asks for.
func ConvertFossilEntry(in wire.FossilEntryCreateRequest) *api.FossilEntry {
	return &api.FossilEntry{
		Species:       stored(in.Species),
		Site:          optional(in.Site),
		Shelf:         stored(in.Shelf),
		Layer:         optional(in.Layer),
		CatalogNumber: stored(in.CatalogNumber),
		AgeYears:      optional(in.AgeYears),
		Weight:        stored(in.Weight),
		Length:        optional(in.Length),
		Complete:      stored(in.Complete),
		OnDisplay:     optional(in.OnDisplay),
		FoundAt:       stored(in.FoundAt),
		ExhibitedAt:   optional(in.ExhibitedAt),
		Label:         stored(in.Label),
		Remarks:       optional(in.Remarks),
		Value:         stored(in.Value),
		InsuredValue:  optional(in.InsuredValue),
		CollectedOn:   stored(in.CollectedOn),
		LoanedUntil:   optional(in.LoanedUntil),
		Barcode:       optional(in.Barcode),
		Measurements:  optional(in.Measurements),
		Condition:     storedOr(in.Condition, api.FossilEntryConditionFragment),
		Tags:          stored(in.Tags),
		ParentID:      optional(in.ParentId),
	}
}

// ApplyFossilEntry changes obj as the patch says.
func ApplyFossilEntry(obj *api.FossilEntry, patch wire.FossilEntryPatchRequest) {
	set(&obj.Species, patch.Species)
	setOptional(&obj.Site, patch.Site)
	set(&obj.Shelf, patch.Shelf)
	setOptional(&obj.Layer, patch.Layer)
	set(&obj.CatalogNumber, patch.CatalogNumber)
	setOptional(&obj.AgeYears, patch.AgeYears)
	set(&obj.Weight, patch.Weight)
	setOptional(&obj.Length, patch.Length)
	set(&obj.Complete, patch.Complete)
	setOptional(&obj.OnDisplay, patch.OnDisplay)
	set(&obj.FoundAt, patch.FoundAt)
	setOptional(&obj.ExhibitedAt, patch.ExhibitedAt)
	setOptional(&obj.Remarks, patch.Remarks)
	set(&obj.Value, patch.Value)
	setOptional(&obj.InsuredValue, patch.InsuredValue)
	set(&obj.CollectedOn, patch.CollectedOn)
	setOptional(&obj.LoanedUntil, patch.LoanedUntil)
	setOptional(&obj.Barcode, patch.Barcode)
	setOptional(&obj.Measurements, patch.Measurements)
	set(&obj.Condition, patch.Condition)
	set(&obj.Tags, patch.Tags)
	setOptional(&obj.ParentID, patch.ParentId)
}
