package scaffold

import (
	"slices"
	"strings"

	"github.com/dave/jennifer/jen"
)

// A wireShape is how the OpenAPI generator writes the field of a schema: its
// type, and whether it may be left out. A nil type leaves the field out.
type wireShape func(Kind, Field) (typ *jen.Statement, omit bool)

func wireObject(k Kind, f Field) (*jen.Statement, bool) {
	return elsewhere.fieldType(k, f), !f.Required
}

func wireCreate(k Kind, f Field) (*jen.Statement, bool) {
	switch {
	case !f.Required:
		return nullable(k, f), true
	case f.Default != nil:
		return jen.Op("*").Add(elsewhere.valueType(k, f)), true
	}
	return elsewhere.valueType(k, f), false
}

func wirePatch(k Kind, f Field) (*jen.Statement, bool) {
	switch {
	case f.Immutable:
		return nil, false
	case !f.Required:
		return nullable(k, f), true
	}
	return jen.Op("*").Add(elsewhere.valueType(k, f)), true
}

func nullable(k Kind, f Field) *jen.Statement {
	return jen.Qual("github.com/oapi-codegen/nullable", "Nullable").Types(elsewhere.valueType(k, f))
}

// metaFields are those that the schema of every object has.
var metaFields = []Field{
	{Name: Name{one: "Id"}, Type: fieldType("string"), Required: true},
	{Name: Name{one: "Kind"}, Type: fieldType("string"), Required: true},
	{Name: Name{one: "Href"}, Type: fieldType("string"), Required: true},
	{Name: Name{one: "Created_At"}, Type: fieldType("time"), Required: true},
	{Name: Name{one: "Updated_At"}, Type: fieldType("time"), Required: true},
}

// wireFields renders the struct of a schema as the generator does: in the order
// of the names in JSON.
func wireFields(shape wireShape, meta ...Field) func(Kind) (string, error) {
	return func(k Kind) (string, error) {
		fields := slices.Concat(meta, k.Fields)
		slices.SortFunc(fields, func(a, b Field) int { return strings.Compare(a.Column(), b.Column()) })
		var rows []jen.Code
		for _, f := range fields {
			typ, omit := shape(k, f)
			if typ == nil {
				continue
			}
			tag := f.Column()
			if omit {
				tag += ",omitempty"
			}
			rows = append(rows, jen.Id(f.WireName()).Add(typ).Tag(map[string]string{"json": tag}))
		}
		return renderFields(rows)
	}
}
