package services

import (
	"bytes"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"
)

// same tells whether a and b, two values of one type, mean the same, however
// they are written: 1.50 is 1.5, a moment is itself in any time zone, ids in
// capitals are the same ids, JSON does not depend on spaces or the order of
// names, and a list that is nil is empty.
func same(a, b reflect.Value) bool {
	if equal, known := sameMeaning(a, b); known {
		return equal
	}
	switch a.Kind() {
	case reflect.Pointer:
		if a.IsNil() || b.IsNil() {
			return a.IsNil() && b.IsNil()
		}
		return same(a.Elem(), b.Elem())
	case reflect.Struct:
		for i := range a.NumField() {
			x, y := a.Field(i), b.Field(i)
			if !same(x, y) && !sameID(a.Type().Field(i), x, y) {
				return false
			}
		}
		return true
	case reflect.Slice:
		if a.Len() != b.Len() {
			return false
		}
		for i := range a.Len() {
			if !same(a.Index(i), b.Index(i)) {
				return false
			}
		}
		return true
	}
	return !a.CanInterface() || reflect.DeepEqual(a.Interface(), b.Interface())
}

// sameID tells whether a field that the database keeps as an id has the same
// id in both: capitals make no difference there.
func sameID(field reflect.StructField, a, b reflect.Value) bool {
	a, b = reflect.Indirect(a), reflect.Indirect(b)
	return strings.Contains(field.Tag.Get("gorm"), "type:uuid") &&
		a.Kind() == reflect.String && b.Kind() == reflect.String && strings.EqualFold(a.String(), b.String())
}

// sameMeaning compares the types that have several spellings of one value.
func sameMeaning(a, b reflect.Value) (equal, known bool) {
	if !a.CanInterface() { // a field that is not stored
		return true, true
	}
	switch x := a.Interface().(type) {
	case time.Time:
		y, ok := b.Interface().(time.Time)
		return ok && x.Equal(y), true
	case decimal.Decimal:
		y, ok := b.Interface().(decimal.Decimal)
		return ok && x.Equal(y), true
	case json.RawMessage:
		y, ok := b.Interface().(json.RawMessage)
		return ok && sameJSON(x, y), true
	}
	return false, false
}

func sameJSON(a, b []byte) bool {
	if bytes.Equal(a, b) {
		return true
	}
	x, errX := decodeJSON(a)
	y, errY := decodeJSON(b)
	return errX == nil && errY == nil && sameJSONValue(x, y)
}

// decodeJSON keeps numbers as they are written: a float64 does not hold all.
func decodeJSON(data []byte) (value any, err error) {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	err = decoder.Decode(&value)
	return value, err
}

func sameJSONValue(a, b any) bool {
	switch x := a.(type) {
	case map[string]any:
		y, ok := b.(map[string]any)
		return ok && maps.EqualFunc(x, y, sameJSONValue)
	case []any:
		y, ok := b.([]any)
		return ok && slices.EqualFunc(x, y, sameJSONValue)
	case json.Number:
		y, ok := b.(json.Number)
		return ok && sameNumber(x, y)
	}
	return a == b
}

func sameNumber(a, b json.Number) bool {
	if a == b {
		return true
	}
	x, errX := decimal.NewFromString(a.String())
	y, errY := decimal.NewFromString(b.String())
	return errX == nil && errY == nil && x.Equal(y)
}
