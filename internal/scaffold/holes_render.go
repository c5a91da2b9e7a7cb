package scaffold

import (
	"bytes"
	"strings"

	"github.com/dave/jennifer/jen"
)

// A goPackage is where a type is written: in the package of models its types
// stand alone, elsewhere behind the name of that package.
type goPackage int

const (
	inModels goPackage = iota
	elsewhere
)

// model returns the name of something in the package of models.
func (p goPackage) model(name string) *jen.Statement {
	if p == inModels {
		return jen.Id(name)
	}
	return jen.Id(modelPackage).Dot(name)
}

// valueType returns the type of a field's value: that of a required field.
func (p goPackage) valueType(k Kind, f Field) *jen.Statement {
	var typ *jen.Statement
	switch {
	case f.isEnum():
		typ = p.model(k.enumType(f))
	case f.Type.Import == modelPackage:
		typ = p.model(f.Type.Go)
	default:
		typ = jen.Qual(f.Type.Import, f.Type.Go)
	}
	if f.List {
		return jen.Index().Add(typ)
	}
	return typ
}

// fieldType returns the type of a field in an object.
func (p goPackage) fieldType(k Kind, f Field) *jen.Statement {
	if f.Required {
		return p.valueType(k, f)
	}
	return jen.Op("*").Add(p.valueType(k, f))
}

// valueCode returns a value of a field in canonical form as an expression.
func valueCode(k Kind, f Field, canonical string) jen.Code {
	item := func(text string) jen.Code {
		if f.isEnum() {
			return elsewhere.model(k.enumConstant(f, text))
		}
		code := f.Type.value.code(text)
		if f.List { // []T{T{…}} is simpler as []T{{…}}
			code = strings.Replace(code, f.Type.GoType()+"{", "{", 1)
		}
		return jen.Op(code)
	}
	if !f.List {
		return item(canonical)
	}
	var items []jen.Code
	for _, text := range f.items(canonical) {
		items = append(items, item(text))
	}
	return elsewhere.valueType(k, f).Values(items...)
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
	text, err := renderDecl(whole)
	if err != nil {
		return "", err
	}
	return text[strings.IndexByte(text, '\n')+1 : strings.LastIndexByte(text, '}')], nil
}

func renderDecl(decl *jen.Statement) (string, error) {
	var out bytes.Buffer
	if err := decl.Render(&out); err != nil {
		return "", err
	}
	return out.String(), nil
}
