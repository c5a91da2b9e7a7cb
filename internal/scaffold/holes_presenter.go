package scaffold

import (
	"slices"

	"github.com/dave/jennifer/jen"
)

func presentElems(k Kind) (string, error) {
	return renderElems(mapFields(k.Fields, func(f Field) jen.Code {
		return jen.Id(f.WireName()).Op(":").Id("obj").Dot(f.GoName())
	}))
}

func convertElems(k Kind) (string, error) {
	return renderElems(mapFields(k.Fields, func(f Field) jen.Code {
		convert, args := "optional", []jen.Code{jen.Id("in").Dot(f.WireName())}
		if f.Required {
			convert = "stored"
		}
		if f.Default != nil {
			convert, args = convert+"Or", append(args, valueCode(k, f, *f.Default))
		}
		return jen.Id(f.GoName()).Op(":").Id(convert).Call(args...)
	}))
}

func applyStmts(k Kind) (string, error) {
	return renderStmts(mapFields(changeable(k.Fields), func(f Field) jen.Code {
		set := "setOptional"
		if f.Required {
			set = "set"
		}
		return jen.Id(set).Call(jen.Op("&").Id("obj").Dot(f.GoName()), jen.Id("patch").Dot(f.WireName()))
	}))
}

// changeable returns the fields that a patch may have.
func changeable(fields []Field) []Field {
	return slices.DeleteFunc(slices.Clone(fields), func(f Field) bool { return f.Immutable })
}
