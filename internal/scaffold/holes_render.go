package scaffold

import (
	"bytes"
	"regexp"
	"slices"
	"strings"

	"github.com/dave/jennifer/jen"
)

func modelFields(fields []Field) (string, error) {
	rows := mapFields(fields, func(f Field) jen.Code {
		row := jen.Id(f.GoName()).Add(goType(f))
		if !ormKnows(f) {
			row.Tag(map[string]string{"gorm": "column:" + f.Column()})
		}
		return row
	})
	text, err := renderFields(rows)
	return "\n" + text, err // an empty line apart from what is embedded
}

// plainName matches Go names that GORM turns into the column on its own.
var plainName = regexp.MustCompile(`^([A-Z][a-z]+[0-9]*)+$`)

// ormKnows reports whether GORM's naming strategy finds the column of the field.
func ormKnows(f Field) bool {
	return plainName.MatchString(f.GoName()) && strings.Count(f.Column(), "_")+1 == countUpper(f.GoName())
}

func countUpper(s string) (n int) {
	for i := range len(s) {
		if isUpper(s[i]) {
			n++
		}
	}
	return n
}

func presentElems(fields []Field) (string, error) {
	return renderElems(mapFields(fields, func(f Field) jen.Code {
		return jen.Id(f.WireName()).Op(":").Id("obj").Dot(f.GoName())
	}))
}

func convertElems(fields []Field) (string, error) {
	return renderElems(mapFields(fields, func(f Field) jen.Code {
		convert := "optional"
		if f.Required {
			convert = "stored"
		}
		return jen.Id(f.GoName()).Op(":").Id(convert).Call(jen.Id("in").Dot(f.WireName()))
	}))
}

func applyStmts(fields []Field) (string, error) {
	return renderStmts(mapFields(fields, func(f Field) jen.Code {
		set := "setOptional"
		if f.Required {
			set = "set"
		}
		return jen.Id(set).Call(jen.Op("&").Id("obj").Dot(f.GoName()), jen.Id("patch").Dot(f.WireName()))
	}))
}

func sampleElems(fields []Field) (string, error) {
	return renderElems(mapFields(fields, func(f Field) jen.Code {
		var args []jen.Code
		if f.Type.NamesSample {
			args = append(args, jen.Lit(f.Column()))
		}
		sample := jen.Id("Sample" + f.Type.Factory).Call(append(args, jen.Id("n"))...)
		if !f.Required {
			sample = jen.New(sample)
		}
		return jen.Id(f.GoName()).Op(":").Add(sample)
	}))
}

func factoryElems(fields []Field) (string, error) {
	return renderElems(mapFields(fields, func(f Field) jen.Code {
		row := jen.Id(f.Type.Factory).Call(jen.Lit(f.Column()))
		if f.Required {
			row.Dot("Required").Call()
		}
		return row
	}))
}

// A wireShape is how the OpenAPI generator writes the field of a schema: its
// type, and whether it may be left out.
type wireShape func(Field) (typ *jen.Statement, omit bool)

func wireObject(f Field) (*jen.Statement, bool) { return goType(f), !f.Required }

func wireCreate(f Field) (*jen.Statement, bool) {
	if f.Required {
		return bareType(f), false
	}
	return nullable(f), true
}

func wirePatch(f Field) (*jen.Statement, bool) {
	if f.Required {
		return jen.Op("*").Add(bareType(f)), true
	}
	return nullable(f), true
}

// metaFields are those that the schema of every object has.
var metaFields = []Field{
	{Name{one: "Id"}, fieldType("string"), true},
	{Name{one: "Kind"}, fieldType("string"), true},
	{Name{one: "Href"}, fieldType("string"), true},
	{Name{one: "Created_At"}, fieldType("time"), true},
	{Name{one: "Updated_At"}, fieldType("time"), true},
}

// wireFields renders the struct of a schema as the generator does: in the order
// of the names in JSON.
func wireFields(shape wireShape, more ...Field) func([]Field) (string, error) {
	return func(fields []Field) (string, error) {
		all := slices.Concat(more, fields)
		slices.SortFunc(all, func(a, b Field) int { return strings.Compare(a.Column(), b.Column()) })
		return renderFields(mapFields(all, func(f Field) jen.Code {
			typ, omit := shape(f)
			tag := f.Column()
			if omit {
				tag += ",omitempty"
			}
			return jen.Id(f.WireName()).Add(typ).Tag(map[string]string{"json": tag})
		}))
	}
}

func bareType(f Field) *jen.Statement { return jen.Qual(f.Type.Import, f.Type.Go) }

func goType(f Field) *jen.Statement {
	if f.Required {
		return bareType(f)
	}
	return jen.Op("*").Add(bareType(f))
}

func nullable(f Field) *jen.Statement {
	return jen.Qual("github.com/oapi-codegen/nullable", "Nullable").Types(bareType(f))
}

func mapFields(fields []Field, row func(Field) jen.Code) []jen.Code {
	rows := make([]jen.Code, len(fields))
	for i, f := range fields {
		rows[i] = row(f)
	}
	return rows
}

// The snippets are rendered inside of what makes them whole, and taken out of
// its braces.

func renderFields(rows []jen.Code) (string, error) {
	return renderInside(jen.Type().Id("_").Struct(rows...))
}

func renderStmts(rows []jen.Code) (string, error) {
	return renderInside(jen.Func().Id("_").Params().Block(rows...))
}

func renderElems(rows []jen.Code) (string, error) {
	lines := jen.Options{Open: "{", Close: "}", Separator: ",", Multi: true}
	return renderInside(jen.Var().Id("_").Op("=").Id("T").Custom(lines, rows...))
}

func renderInside(whole *jen.Statement) (string, error) {
	var out bytes.Buffer
	if err := whole.Render(&out); err != nil {
		return "", err
	}
	text := out.String()
	return text[strings.IndexByte(text, '\n')+1 : strings.LastIndexByte(text, '}')], nil
}
