package patch

import (
	"go/ast"
	"go/token"
	"reflect"
)

// same compares syntax: positions, and with them spacing, line breaks and comments, do not count. Both trees come without
// object resolution; following objects could go round in circles.
func same(a, b ast.Node) bool { return sameValue(reflect.ValueOf(a), reflect.ValueOf(b)) }

func sameValue(a, b reflect.Value) bool {
	if !a.IsValid() || !b.IsValid() {
		return a.IsValid() == b.IsValid()
	}
	if a.Type() != b.Type() {
		return false
	}
	switch a.Kind() {
	case reflect.Interface, reflect.Pointer:
		if _, ok := a.Interface().(*ast.CommentGroup); ok {
			return true
		}
		return sameValue(a.Elem(), b.Elem())
	case reflect.Slice:
		if a.Len() != b.Len() {
			return false
		}
		for i := range a.Len() {
			if !sameValue(a.Index(i), b.Index(i)) {
				return false
			}
		}
		return true
	case reflect.Struct:
		return sameFields(a, b)
	}
	return a.Equal(b)
}

func sameFields(a, b reflect.Value) bool {
	for i := range a.NumField() {
		x, y := a.Field(i), b.Field(i)
		if p, ok := x.Interface().(token.Pos); ok {
			if meaningful(a.Interface(), p) != meaningful(b.Interface(), y.Interface().(token.Pos)) {
				return false
			}
			continue
		}
		if !sameValue(x, y) {
			return false
		}
	}
	return true
}

// meaningful tells whether a position is set that carries syntax: the … of f(x...) and the = of type A = B.
func meaningful(node any, p token.Pos) bool {
	switch n := node.(type) {
	case ast.CallExpr:
		return p == n.Ellipsis && p.IsValid()
	case ast.TypeSpec:
		return p == n.Assign && p.IsValid()
	}
	return false
}
