// Package factories makes sample objects and requests for tests: one file a
// kind, and here what they are made of. Samples with the same number are
// equal, samples with different numbers differ in every field but booleans.
package factories

import (
	"fmt"
	"time"
)

// SampleString returns the n-th sample of the named field.
func SampleString(name string, n int) string { return fmt.Sprintf("%s %d", name, n) }

// SampleInt returns the n-th sample.
func SampleInt(n int) int32 { return int32(10 + n) }

// SampleInt64 returns the n-th sample, which a float64 cannot hold.
func SampleInt64(n int) int64 { return 1<<53 + 1 + int64(n)*2 }

// SampleFloat returns the n-th sample.
func SampleFloat(n int) float64 { return 0.5 + float64(n) }

// SampleBool returns the n-th sample.
func SampleBool(n int) bool { return n%2 == 1 }

// SampleTime returns the n-th sample: UTC with microseconds, as stored.
func SampleTime(n int) time.Time {
	return time.Date(2026, time.January, 1, 12, 30, 0, 123456000, time.UTC).AddDate(0, 0, n)
}

// Field says how tests try one field of a request.
type Field struct {
	// Name is the field's name in JSON.
	Name string

	// IsRequired tells fields that may be neither left out nor null.
	IsRequired bool

	sample func(n int) any
	wrong  any
}

// Sample returns the n-th legal value of the field.
func (f Field) Sample(n int) any { return f.sample(n) }

// Wrong returns a value whose type is not the field's.
func (f Field) Wrong() any { return f.wrong }

// Required returns the field as one that may be neither left out nor null.
func (f Field) Required() Field {
	f.IsRequired = true
	return f
}

// String is an optional field of type string.
func String(name string) Field {
	return Field{Name: name, sample: func(n int) any { return SampleString(name, n) }, wrong: 1}
}

// Int is an optional field of 32 bits.
func Int(name string) Field {
	return Field{Name: name, sample: func(n int) any { return SampleInt(n) }, wrong: int64(1) << 31}
}

// Int64 is an optional field of 64 bits.
func Int64(name string) Field {
	return Field{Name: name, sample: func(n int) any { return SampleInt64(n) }, wrong: 1.5}
}

// Float is an optional field of type number.
func Float(name string) Field {
	return Field{Name: name, sample: func(n int) any { return SampleFloat(n) }, wrong: "1"}
}

// Bool is an optional field of type boolean.
func Bool(name string) Field {
	return Field{Name: name, sample: func(n int) any { return SampleBool(n) }, wrong: "true"}
}

// Time is an optional field for a point in time.
func Time(name string) Field {
	return Field{Name: name, sample: func(n int) any { return SampleTime(n) }, wrong: "yesterday"}
}

// Body returns the n-th request of these fields, all of them present.
func Body(fields []Field, n int) map[string]any {
	body := map[string]any{}
	for _, field := range fields {
		body[field.Name] = field.Sample(n)
	}
	return body
}
