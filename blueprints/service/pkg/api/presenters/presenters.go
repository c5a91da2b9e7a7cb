// Package presenters translates between the objects of the service and what
// goes over the wire: one file a kind with three functions, Present (object to
// answer), Convert (create request to object) and Apply (patch to object).
// It decides nothing: requests have been validated before, rules follow later.
package presenters

import (
	"time"

	"github.com/oapi-codegen/nullable"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
)

// href is the path of an object of the kind whose plural is kinds.
func href(kinds, id string) string { return api.V1Path + "/" + kinds + "/" + id }

// stored returns v as the database will give it back: a time in UTC with
// microseconds, anything else as it is.
func stored[T any](v T) T {
	if t, ok := any(v).(time.Time); ok {
		v, _ = any(t.UTC().Truncate(time.Microsecond)).(T)
	}
	return v
}

// optional returns the value of an optional field of a create request; null
// is the same as left out.
func optional[T any](v nullable.Nullable[T]) *T {
	value, err := v.Get()
	if err != nil { // left out or null
		return nil
	}
	value = stored(value)
	return &value
}

// set changes a required field if the patch has it.
func set[T any](field *T, patch *T) {
	if patch != nil {
		*field = stored(*patch)
	}
}

// setOptional changes an optional field if the patch has it; null clears it.
func setOptional[T any](field **T, patch nullable.Nullable[T]) {
	if patch.IsSpecified() {
		*field = optional(patch)
	}
}
