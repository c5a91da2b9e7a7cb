// Package factories makes sample objects and requests for tests: one file a
// kind, and here what they are made of. Samples with the same number are
// equal, samples with different numbers differ wherever a field's type and
// bounds leave enough values.
package factories

import (
	"encoding/json"
	"fmt"
)

// Field says how tests try one field of a request: its type, and what the kind
// demands of it.
type Field struct {
	// Name is the field's name in JSON.
	Name string

	// IsRequired tells fields that may be neither left out nor null; one with
	// a default may be left out.
	IsRequired bool

	// IsUnique tells fields of which no two objects have the same value.
	IsUnique bool

	// IsImmutable tells fields that a patch may not have.
	IsImmutable bool

	// Target is what a field that refers to another object refers to; else nil.
	Target *Target

	values    values
	min, max  any
	byDefault any
}

// Target is a kind that a field refers to.
type Target struct {
	// Path is that of the kind's URLs, in the plural.
	Path string

	// Fields returns the kind's fields. It is a function, since kinds may refer
	// to each other.
	Fields func() []Field
}

// values are those of a type. Each func is given the field for its bounds.
type values struct {
	// sample returns the n-th value, which looks the same in the answer.
	sample func(f Field, n int) any

	// edges returns more legal values: those at the bounds, and odd spellings.
	edges func(f Field) []any

	// wrong returns values that are refused: of other types, malformed, beyond
	// the bounds.
	wrong func(f Field) []any

	// answer returns a legal value as answers have it; nil if that is as given.
	answer func(value any) any

	// literal writes a value in a search; nil if none can be searched for.
	literal func(value any) string
}

// Sample returns the n-th legal value of the field.
func (f Field) Sample(n int) any { return f.values.sample(f, n) }

// Legal returns further legal values, those that are likely to go wrong.
func (f Field) Legal() []any { return f.values.edges(f) }

// Wrong returns values that the service has to refuse. Null is not among them.
func (f Field) Wrong() []any { return f.values.wrong(f) }

// Answer returns a legal value as the service answers with it; null stays null.
func (f Field) Answer(value any) any {
	if value == nil || f.values.answer == nil {
		return value
	}
	return f.values.answer(value)
}

// LeftOut returns what the answer has if a request leaves the field out, and
// false if the field has no default: null then.
func (f Field) LeftOut() (value any, hasDefault bool) {
	return f.Answer(f.byDefault), f.byDefault != nil
}

// IsOrdered tells whether lists can be searched and ordered by the field.
func (f Field) IsOrdered() bool { return f.values.literal != nil }

// Literal writes a legal value as a search does.
func (f Field) Literal(value any) string { return f.values.literal(value) }

// Required returns the field as one that may be neither left out nor null.
func (f Field) Required() Field {
	f.IsRequired = true
	return f
}

// Unique returns the field as one that has another value in each object.
func (f Field) Unique() Field {
	f.IsUnique = true
	return f
}

// Immutable returns the field as one that keeps its first value.
func (f Field) Immutable() Field {
	f.IsImmutable = true
	return f
}

// Min returns the field with a lower bound: of its value if that is a number,
// given as a number or as decimal text, else of the length of its text or list.
func (f Field) Min(bound any) Field {
	f.min = bound
	return f
}

// Max returns the field with an upper bound, in the manner of Min.
func (f Field) Max(bound any) Field {
	f.max = bound
	return f
}

// Default returns the field as one that has the value if it is left out.
func (f Field) Default(value any) Field {
	f.byDefault = value
	return f
}

// Body returns the n-th request of these fields, all of them present.
func Body(fields []Field, n int) map[string]any {
	body := map[string]any{}
	for _, field := range fields {
		body[field.Name] = field.Sample(n)
	}
	return body
}

// request returns the n-th request of these fields as its type on the wire.
func request[T any](fields []Field, n int) T {
	data, err := json.Marshal(Body(fields, n))
	if err != nil {
		panic(fmt.Sprintf("factories: sample %d: %v", n, err))
	}
	var body T
	if err := json.Unmarshal(data, &body); err != nil {
		panic(fmt.Sprintf("factories: sample %d: %v", n, err))
	}
	return body
}
