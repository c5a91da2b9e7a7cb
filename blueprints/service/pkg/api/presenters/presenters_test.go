package presenters

import (
	"encoding/json"
	"math"
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

func TestListsAreStoredAsTheDatabaseGivesThemBack(t *testing.T) {
	t.Parallel()
	in := []time.Time{time.Date(2026, 1, 2, 3, 4, 5, 123456789, time.FixedZone("", 3600))}
	before := in[0]
	want := []time.Time{time.Date(2026, 1, 2, 2, 4, 5, 123456000, time.UTC)}
	if got := stored(in); !reflect.DeepEqual(got, want) {
		t.Errorf("stored(%v) = %v, want %v", in, got, want)
	}
	if !in[0].Equal(before) {
		t.Error("the list that was given has changed")
	}
	if got := stored([]string(nil)); got == nil {
		t.Error("a list that is nil stays so")
	}
	if got := optional(nullable.NewNullableWithValue([]string(nil))); got == nil || *got == nil {
		t.Errorf("optional of a list that is nil = %v, want an empty list", got)
	}
	if got := stored([]time.Time(nil)); got == nil {
		t.Error("a list of times that is nil stays so")
	}
	if got := stored(json.RawMessage(nil)); got != nil {
		t.Errorf("JSON that is not there became %q", got)
	}
}

func TestListsHaveNoMinusZero(t *testing.T) {
	t.Parallel()
	in := []float64{math.Copysign(0, -1), -1.5}
	got := stored(in)
	if math.Signbit(got[0]) || got[1] != -1.5 {
		t.Errorf("stored(%v) = %v, want [0 -1.5]", in, got)
	}
	if !math.Signbit(in[0]) {
		t.Error("the list that was given has changed")
	}
	if got := stored([]float64(nil)); got == nil {
		t.Error("a list that is nil stays so")
	}
}

func TestDefaults(t *testing.T) {
	t.Parallel()
	if got := storedOr(nil, "default"); got != "default" {
		t.Errorf("required, left out: got %q", got)
	}
	if got := storedOr(new(""), "default"); got != "" {
		t.Errorf("required, empty: got %q", got)
	}
	if got := storedOr(nil, []string(nil)); got == nil {
		t.Error("required, left out: the list is nil")
	}
	if got := optionalOr(nullable.Nullable[string]{}, "default"); got == nil || *got != "default" {
		t.Errorf("optional, left out: got %v", got)
	}
	if got := optionalOr(nullable.NewNullNullable[string](), "default"); got != nil {
		t.Errorf("optional, null: got %q, want nil", *got)
	}
	if got := optionalOr(nullable.NewNullableWithValue("given"), "default"); got == nil || *got != "given" {
		t.Errorf("optional, given: got %v", got)
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
