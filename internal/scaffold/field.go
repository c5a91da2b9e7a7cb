package scaffold

import (
	"slices"
	"strings"
)

// A Field is one property of a kind.
type Field struct {
	Name Name
	Type *FieldType
	// Required fields are there in every object; the others may be null.
	Required bool
}

// Column returns the name of the column, which is that in JSON too: api_key.
func (f Field) Column() string { return f.Name.Snake() }

// GoName returns the name of the field in the model: APIKey.
func (f Field) GoName() string { return f.Name.Pascal() }

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
	s := f.Column() + ":" + f.Type.Key
	if f.Required {
		s += ":required"
	}
	return s
}

// modifiers are the words that may follow a field's type, one row each.
var modifiers = []struct {
	key   string
	apply func(*Field)
}{
	{"required", func(f *Field) { f.Required = true }},
	{"optional", func(f *Field) { f.Required = false }},
}

// reservedFields are the columns that a field may not be called, with the
// reason. The last ones would meet a name on the Go side.
var reservedFields = map[string]string{
	"id":          "every object has one",
	"kind":        "every object says its kind there",
	"href":        "every object says its path there",
	"created_at":  "every object has one",
	"updated_at":  "every object has one",
	"row_version": "every row counts its writes there",
	"not":         "a search reads it as a negation",
	"meta":        "the model embeds a struct of this name",
	"object_meta": "the model has a method of this name",
	"table_name":  "the model has a method of this name",
}

const noFields = "there are no fields: give one at least, such as --fields name:string:required or --kind 'NAME name:string:required'"

// ParseFields reads the specifications of fields, `name:type[:modifier…]`,
// several of them in one string separated by commas. An error is an
// *InvalidError with all that is wrong; that there are none is wrong too, since
// the OpenAPI generator makes no type of a schema without properties.
func ParseFields(specs ...string) ([]Field, error) {
	var (
		p      problems
		fields []Field
	)
	for _, list := range specs {
		for spec := range strings.SplitSeq(list, ",") {
			spec = strings.TrimSpace(spec)
			if spec == "" {
				continue // a comma too many harms nobody
			}
			if f, ok := p.parseField(spec); ok {
				fields = append(fields, f)
			}
		}
	}
	if len(p)+len(fields) == 0 {
		p.addf(noFields)
	}
	p.checkFields(fields)
	if err := p.invalid(); err != nil {
		return nil, err
	}
	return fields, nil
}

func (p *problems) parseField(spec string) (f Field, ok bool) {
	before := len(*p)
	parts := strings.Split(spec, ":")
	f.Name = p.fieldName(spec, parts[0])
	if len(parts) < 2 || parts[1] == "" {
		p.addf("field %q has no type: write %s:string, or another of %s", spec, parts[0], typeKeys())
		return f, false
	}
	if f.Type = fieldType(parts[1]); f.Type == nil {
		p.addf("field %q has the unknown type %q: there are %s", spec, parts[1], typeKeys())
	}
	p.applyModifiers(&f, spec, parts[2:])
	return f, len(*p) == before
}

func (p *problems) applyModifiers(f *Field, spec string, words []string) {
	if slices.Contains(words, "required") && slices.Contains(words, "optional") {
		p.addf("field %q is both required and optional: choose one", spec)
	}
words:
	for _, word := range words {
		var keys []string
		for _, m := range modifiers {
			if m.key == word {
				m.apply(f)
				continue words
			}
			keys = append(keys, m.key)
		}
		p.addf("field %q has the unknown modifier %q: there are %s", spec, word, strings.Join(keys, ", "))
	}
}

// fieldName reads a field's name. Its words are those of the column, so that
// "APIKey" and "api_key" are one field.
func (p *problems) fieldName(spec, s string) Name {
	given, err := ParseName(s, "")
	if err != nil {
		var sub problems
		sub.checkSpelling("name", s)
		p.addf("field %q: %s", spec, strings.Join(sub, "; "))
		return Name{}
	}
	name, err := ParseName(given.Snake(), "")
	if err != nil {
		panic("snake case of a name is no name: " + err.Error())
	}
	column := name.Snake()
	if reason, ok := reservedFields[column]; ok {
		p.addf("field %q: the name %s is taken (%s): choose another", spec, column, reason)
	}
	if len(column) > maxIdentifier {
		p.addf("field %q: its column would have %d bytes, PostgreSQL keeps %d: shorten it", spec, len(column), maxIdentifier)
	}
	return name
}

// checkFields reports fields that would be one in JSON, in the model or in the
// generated code.
func (p *problems) checkFields(fields []Field) {
	for i, f := range fields {
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
