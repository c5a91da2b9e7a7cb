package scaffold

import "strings"

// A Field is one property of a kind.
type Field struct {
	// Name is what the field is called. The column of a ref adds _id to it.
	Name Name
	Type *FieldType
	// List says that the field holds a list of values of its type.
	List bool
	// Values are those of an enum.
	Values []string
	// Ref is the kind that a ref refers to. Its plural is the kind's own once the
	// field belongs to a project.
	Ref Name

	// Required fields are there in every object; the others may be null.
	Required bool
	// Unique values are those of one object at most; they have an index.
	Unique bool
	// Index says that searches for the values are fast. That a ref has one goes
	// without saying.
	Index bool
	// Immutable fields are given when an object is made and never change.
	Immutable bool
	// Min and Max bound a number, the length of a text or that of a list. They are
	// numbers as they are written; "" is no bound.
	Min, Max string
	// Default is what an object has whose maker says nothing, as it is written
	// without quotes. Nil is none.
	Default *string
}

// isRef reports whether the field refers to another object.
func (f Field) isRef() bool { return f.Type.Key == "ref" }

// isEnum reports whether the field has a type of its own in the model.
func (f Field) isEnum() bool { return f.Type.Key == "enum" }

// Column returns the name of the column, which is that in JSON too: api_key.
func (f Field) Column() string {
	if f.isRef() {
		return f.Name.Snake() + refSuffix
	}
	return f.Name.Snake()
}

// GoName returns the name of the field in the model: APIKey.
func (f Field) GoName() string {
	if f.isRef() {
		return f.Name.Pascal() + "ID"
	}
	return f.Name.Pascal()
}

// refSuffix makes the column of a ref from its name.
const refSuffix = "_id"

// WireName returns the name of the field in the Go code generated from the
// OpenAPI document: ApiKey. The generator knows no initialisms.
func (f Field) WireName() string {
	var b strings.Builder
	for word := range strings.SplitSeq(f.Column(), "_") {
		b.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return b.String()
}

// String returns the specification that ParseFields reads back as this field.
func (f Field) String() string {
	return strings.Join(append([]string{f.Name.Snake(), f.TypeSpec()}, f.Modifiers()...), ":")
}

// Modifiers returns what stands behind the type: required, min=1.
func (f Field) Modifiers() []string {
	written := []string{}
	for _, m := range modifiers {
		if text, ok := m.written(f); ok {
			written = append(written, text)
		}
	}
	return written
}

// TypeSpec returns the type as it is written: []enum(a|b).
func (f Field) TypeSpec() string {
	spec := f.Type.Key
	switch {
	case f.isEnum():
		spec += "(" + strings.Join(f.Values, "|") + ")"
	case f.isRef():
		spec += "(" + f.Ref.Spelled() + ")"
	}
	if f.List {
		return "[]" + spec
	}
	return spec
}

// A reservedField is a column that a field may not be called: why, and what it
// may be called instead.
type reservedField struct{ reason, instead string }

// The last ones would meet a name on the Go side.
var reservedFields = map[string]reservedField{
	"id":          {"every object has one", "external_id"},
	"kind":        {"every object says its kind there", "category"},
	"href":        {"every object says its path there", "link"},
	"created_at":  {"every object has one", "created_on"},
	"updated_at":  {"every object has one", "changed_on"},
	"row_version": {"every row counts its writes there", "revision"},
	"meta":        {"the model embeds a struct of this name", "metadata"},
	"object_meta": {"the model has a method of this name", "object_metadata"},
	"table_name":  {"the model has a method of this name", "name_of_table"},
}

// checkFieldName reports a name that something else has.
func (p *problems) checkFieldName(spec string, f Field) {
	column := f.Column()
	if taken, ok := reservedFields[column]; ok {
		p.addf("field %q: the name %s is taken (%s): call it %s", spec, column, taken.reason, taken.instead)
		return
	}
	for reserved, taken := range reservedFields {
		if (Name{one: strings.Join(splitWords(reserved), "_")}).Pascal() == f.GoName() {
			p.addf("field %q would be called %s in Go, as %s is: call it %s", spec, f.GoName(), reserved, taken.instead)
		}
	}
	if len(column) > maxIdentifier {
		p.addf("field %q: its column would have %d bytes, PostgreSQL keeps %d: shorten it, to %s", spec, len(column), maxIdentifier,
			strings.ToLower(strings.Join(shortened(strings.Split(column, "_")), "_")))
	}
}

// checkFields reports fields that would be one in JSON, in the model or in the
// generated code.
func (p *problems) checkFields(fields []Field) {
	for i, f := range fields {
		if reason := columnReason(f); reason != "" {
			p.addf("field %q: the name %s is taken (%s): call it %s_value", f, f.Column(), reason, f.Column())
		}
		for _, g := range fields[:i] {
			switch {
			case f.Column() == g.Column():
				p.addf("field %s is given twice: keep one", f.Column())
			case f.GoName() == g.GoName() || f.WireName() == g.WireName():
				p.addf("fields %s and %s would both be called %s in Go: rename one", g.Column(), f.Column(), f.GoName())
			default:
				continue
			}
			break
		}
	}
}
