package presenters

import (
	"reflect"
	"testing"
	"time"

	"github.com/oapi-codegen/nullable"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
)

func TestTimesAreStoredAsTheDatabaseGivesThemBack(t *testing.T) {
	t.Parallel()
	in := time.Date(2026, 1, 2, 3, 4, 5, 123456789, time.FixedZone("", 3600))
	want := time.Date(2026, 1, 2, 2, 4, 5, 123456000, time.UTC)
	if got := stored(in); !reflect.DeepEqual(got, want) {
		t.Errorf("stored(%v) = %v, want %v", in, got, want)
	}
	if got := optional(nullable.NewNullableWithValue(in)); !reflect.DeepEqual(got, &want) {
		t.Errorf("optional(%v) = %v, want %v", in, got, want)
	}
	if got := stored("as it is"); got != "as it is" {
		t.Errorf("stored of a string = %q", got)
	}
}

func TestOptionalFieldOfCreate(t *testing.T) {
	t.Parallel()
	if got := optional(nullable.Nullable[string]{}); got != nil {
		t.Errorf("left out: got %q, want nil", *got)
	}
	if got := optional(nullable.NewNullNullable[string]()); got != nil {
		t.Errorf("null: got %q, want nil", *got)
	}
	if got := optional(nullable.NewNullableWithValue("")); got == nil || *got != "" {
		t.Errorf("empty: got %v, want a pointer to an empty string", got)
	}
}

func TestFieldsOfPatch(t *testing.T) {
	t.Parallel()
	required := "old"
	set(&required, nil)
	if required != "old" {
		t.Errorf("left out: got %q, want old", required)
	}
	set(&required, new("new"))
	if required != "new" {
		t.Errorf("given: got %q, want new", required)
	}

	field := new("old")
	setOptional(&field, nullable.Nullable[string]{})
	if field == nil || *field != "old" {
		t.Errorf("left out: got %v, want old", field)
	}
	setOptional(&field, nullable.NewNullableWithValue("new"))
	if field == nil || *field != "new" {
		t.Errorf("given: got %v, want new", field)
	}
	setOptional(&field, nullable.NewNullNullable[string]())
	if field != nil {
		t.Errorf("null: got %q, want nil", *field)
	}
}

func TestHref(t *testing.T) {
	t.Parallel()
	if got, want := href("things", "1"), api.V1Path+"/things/1"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
