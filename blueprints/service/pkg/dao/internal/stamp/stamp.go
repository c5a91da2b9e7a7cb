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

// storable makes the times of obj what they will be when they are read again:
// UTC, whole microseconds. So an object looks the same after its creation and
// ever after.
func storable(obj any) { storableFields(reflect.ValueOf(obj).Elem()) }

func storableFields(fields reflect.Value) {
	for i := range fields.NumField() {
		field := fields.Field(i)
		if !field.CanSet() {
			continue
		}
		switch value := field.Interface().(type) {
		case time.Time:
			field.Set(reflect.ValueOf(truncate(value)))
		case *time.Time:
			if value != nil {
				stored := truncate(*value) // the caller may share the old one
				field.Set(reflect.ValueOf(&stored))
			}
		default:
			if field.Kind() == reflect.Struct && fields.Type().Field(i).Anonymous {
				storableFields(field)
			}
		}
	}
}

func truncate(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }
