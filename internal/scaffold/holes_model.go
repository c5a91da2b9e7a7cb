package scaffold

import (
	"regexp"
	"strings"

	"github.com/dave/jennifer/jen"
)

func modelFields(k Kind) (string, error) {
	rows := mapFields(k.Fields, func(f Field) jen.Code {
		row := jen.Id(f.GoName()).Add(inModels.fieldType(k, f))
		if tag := ormTag(f); tag != "" {
			row.Tag(map[string]string{"gorm": tag})
		}
		return row
	})
	text, err := renderFields(rows)
	return "\n" + text, err // an empty line apart from what is embedded
}

// ormTag returns what GORM has to be told about a field.
func ormTag(f Field) string {
	var parts []string
	if !ormKnows(f) {
		parts = append(parts, "column:"+f.Column())
	}
	switch {
	case f.List:
		parts = append(parts, "serializer:json")
	case f.Type.GORM != "":
		parts = append(parts, f.Type.GORM)
	}
	return strings.Join(parts, ";")
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

// modelEnums renders the types of the enums, with their values.
func modelEnums(k Kind) (string, error) {
	var out strings.Builder
	for _, f := range k.Fields {
		if !f.isEnum() {
			continue
		}
		name, what := k.enumType(f), "a value"
		if f.List {
			what = "an item"
		}
		typ, err := renderDecl(jen.Comment(name + " is " + what + " of the field " + f.Column() + ".").Line().Type().Id(name).String())
		if err != nil {
			return "", err
		}
		var values []jen.Code
		for _, value := range f.Values {
			values = append(values, jen.Id(k.enumConstant(f, value)).Id(name).Op("=").Lit(value))
		}
		constants, err := renderDecl(jen.Comment("The values of " + name + ".").Line().Const().Defs(values...))
		if err != nil {
			return "", err
		}
		out.WriteString("\n\n" + strings.TrimSpace(typ) + "\n\n" + strings.TrimSpace(constants))
	}
	return out.String() + "\n", nil
}
