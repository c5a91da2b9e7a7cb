package scaffold

import (
	"math"
	"strconv"

	"github.com/dave/jennifer/jen"
)

// daoOptions renders the joins that searches over related kinds need.
func daoOptions(k Kind) (string, error) {
	var rows []jen.Code
	for _, f := range k.Fields {
		if f.isRef() {
			join := jen.Id("WithJoin").Types(elsewhere.model(f.Ref.Pascal()))
			rows = append(rows, join.Call(jen.Lit(f.Name.Snake()), jen.Lit(f.Column())))
		}
	}
	if rows == nil {
		return "", nil
	}
	text, err := renderElems(rows)
	return "\n" + text, err
}

func factoryElems(k Kind) (string, error) {
	return renderElems(mapFields(k.Fields, func(f Field) jen.Code {
		row := factoryType(f)
		if f.Required {
			row.Dot("Required").Call()
		}
		if f.Unique {
			row.Dot("Unique").Call()
		}
		if f.Immutable {
			row.Dot("Immutable").Call()
		}
		if f.Min != "" {
			row.Dot("Min").Call(factoryNumber(f, f.Min))
		}
		if f.Max != "" {
			row.Dot("Max").Call(factoryNumber(f, f.Max))
		}
		if f.Default != nil {
			row.Dot("Default").Call(factoryValue(f, *f.Default))
		}
		return row
	}))
}

func factoryType(f Field) *jen.Statement {
	args := []jen.Code{jen.Lit(f.Column())}
	switch {
	case f.isRef():
		args = append(args, jen.Lit(f.Ref.Many().Snake()), jen.Id(f.Ref.Pascal()+"Fields"))
	case f.isEnum():
		for _, value := range f.Values {
			args = append(args, jen.Lit(value))
		}
	}
	row := jen.Id(f.Type.Factory).Call(args...)
	if f.List {
		return jen.Id("List").Call(row)
	}
	return row
}

// factoryNumber returns a bound: a number, if one of Go's constants is as exact.
func factoryNumber(f Field, number string) jen.Code {
	if f.boundsNumber() && f.Type.value.quoted && !isSmall(number) {
		return jen.Lit(number)
	}
	return factoryBare(number)
}

// factoryBare returns a number. Beyond 32 bits its type is said, since an int may
// have no more.
func factoryBare(number string) jen.Code {
	if _, err := strconv.ParseInt(number, 10, 64); err == nil && !isSmall(number) {
		return jen.Id("int64").Call(jen.Op(number))
	}
	return jen.Op(number)
}

func isSmall(number string) bool {
	n, err := strconv.ParseInt(number, 10, 64)
	return err == nil && math.MinInt32 <= n && n <= math.MaxInt32
}

// factoryValue returns a value as clients would send it.
func factoryValue(f Field, canonical string) jen.Code {
	item := func(text string) jen.Code {
		switch {
		case f.Type.value.quoted:
			return jen.Lit(text)
		case f.Type.bound == boundsValue:
			return factoryBare(text)
		}
		return jen.Op(f.Type.value.code(text))
	}
	if !f.List {
		return item(canonical)
	}
	var items []jen.Code
	for _, text := range f.items(canonical) {
		items = append(items, item(text))
	}
	return jen.Index().Any().Values(items...)
}
