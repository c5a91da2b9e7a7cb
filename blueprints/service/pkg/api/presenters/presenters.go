// Package presenters translates between the objects of the service and what
// goes over the wire: one file a kind with three functions, Present (object to
// answer), Convert (create request to object) and Apply (patch to object).
// It decides nothing: requests have been validated before, rules follow later.
package presenters

import (
	"encoding/json"
	"reflect"
	"time"

	"github.com/oapi-codegen/nullable"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
)

// href is the path of an object of the kind whose plural is kinds.
func href(kinds, id string) string { return api.V1Path + "/" + kinds + "/" + id }

// stored returns v as the database will give it back: times, also those of a
// list, in UTC with microseconds, no -0 in a list, and a list never nil; anything
// else as it is.
// A list is copied before it is changed.
func stored[T any](v T) T {
	switch value := any(v).(type) {
	case time.Time:
		v, _ = any(microseconds(value)).(T)
	case []time.Time:
		times := make([]time.Time, len(value))
		for i, t := range value {
			times[i] = microseconds(t)
		}
		v, _ = any(times).(T)
	case []float64:
		numbers := make([]float64, len(value))
		for i, number := range value {
			numbers[i] = number + 0 // JSON in the database has no -0
		}
		v, _ = any(numbers).(T)
	case json.RawMessage: // bytes, not a list
	default:
		if list := reflect.ValueOf(&v).Elem(); list.Kind() == reflect.Slice && list.IsNil() {
			list.Set(reflect.MakeSlice(list.Type(), 0, 0))
		}
	}
	return v
}

func microseconds(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// storedOr returns the value of a required field of a create request, or the
// field's default if it was left out.
func storedOr[T any](v *T, byDefault T) T {
	if v == nil {
		return stored(byDefault)
	}
	return stored(*v)
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

// optionalOr returns the value of an optional field of a create request, or the
// field's default if it was left out; null stays null.
func optionalOr[T any](v nullable.Nullable[T], byDefault T) *T {
	if !v.IsSpecified() {
		byDefault = stored(byDefault)
		return &byDefault
	}
	return optional(v)
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
