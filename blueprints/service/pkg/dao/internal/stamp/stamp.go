// Package stamp sets what every object has before it is written: its id, its
// times and its version. It is shared by the store and by its fake.
package stamp

import (
	"fmt"
	"reflect"
	"time"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
)

// Meta returns the Meta of obj, a pointer to a kind. It panics if there is none.
func Meta(obj any) *api.Meta {
	object, ok := obj.(api.Object)
	if !ok {
		panic(fmt.Sprintf("%T does not embed api.Meta", obj))
	}
	return object.ObjectMeta()
}

// Created readies obj for its first write. It keeps an id that is there.
func Created(obj any) {
	meta := Meta(obj)
	if meta.ID == "" {
		meta.ID = api.NewID()
	}
	meta.CreatedAt = api.Now()
	meta.UpdatedAt = meta.CreatedAt
	meta.RowVersion = 1
	storable(obj)
}

// Updated readies obj for another write.
func Updated(obj any) {
	meta := Meta(obj)
	meta.UpdatedAt = api.Now()
	meta.RowVersion++
	storable(obj)
}

// storable makes obj what it will be when it is read again: its times, also
// those in lists, are in UTC with whole microseconds, no list is nil, and none
// has a -0. So an
// object looks the same after its creation and ever after. What pointers and
// lists lead to is replaced and not changed, since the caller may share it.
func storable(obj any) { storableFields(reflect.ValueOf(obj).Elem()) }

func storableFields(fields reflect.Value) {
	for i := range fields.NumField() {
		field := fields.Field(i)
		if !field.CanSet() {
			continue
		}
		if field.Kind() == reflect.Struct && fields.Type().Field(i).Anonymous {
			storableFields(field)
			continue
		}
		if field.Kind() != reflect.Pointer {
			storableValue(field)
		} else if !field.IsNil() {
			value := reflect.New(field.Type().Elem())
			value.Elem().Set(field.Elem())
			if storableValue(value.Elem()) {
				field.Set(value)
			}
		}
	}
}

// storableValue reports whether it may have changed the value.
func storableValue(field reflect.Value) bool {
	switch value := field.Interface().(type) {
	case time.Time:
		field.Set(reflect.ValueOf(truncate(value)))
	case []time.Time:
		times := make([]time.Time, len(value))
		for i, t := range value {
			times[i] = truncate(t)
		}
		field.Set(reflect.ValueOf(times))
	case []float64:
		numbers := make([]float64, len(value))
		for i, number := range value {
			numbers[i] = number + 0 // -0 ⇒ 0, since jsonb has no other
		}
		field.Set(reflect.ValueOf(numbers))
	default:
		isList := field.Kind() == reflect.Slice && field.Type().Elem().Kind() != reflect.Uint8 // bytes are a value
		if !isList || !field.IsNil() {
			return false
		}
		field.Set(reflect.MakeSlice(field.Type(), 0, 0))
	}
	return true
}

func truncate(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }
