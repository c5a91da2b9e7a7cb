package patch

import (
	"go/ast"
	"go/token"
	"strings"
)

// Elem is an element of the composite literal that a package-level variable is initialised with: usually a slice; an
// element of a map or struct is written key: value. Calls may be wrapped around a slice, array or map, as long as it is
// the only one among their arguments. For a literal inside of a function see [LitElem].
type Elem struct{ Var, Expr string }

// Add appends the element; one with that key and another value is a conflict.
func (o Elem) Add(f *File) ([]Edit, error) { return add(o, f) }

// Remove deletes the first such element; one with that key and another value is a conflict.
func (o Elem) Remove(f *File) ([]Edit, error) { return remove(o, f) }

// Has tells whether the literal has the element.
func (o Elem) Has(f *File) (bool, error) { return has(o, f) }

// Rename rewrites Expr.
func (o Elem) Rename(r func(string) string) Op { return Elem{o.Var, r(o.Expr)} }

func (o Elem) lines() string { return elemLines(o.Expr) }

func (o Elem) item() (anchor, key string) { return o.anchor(), elemKey(o.Expr) }

func (o Elem) anchor() string { return "composite literal of var " + o.Var }

func (o Elem) words() []string { return []string{"var", o.Var} }

func (o Elem) anchors(f *File) []ast.Node { return nodes(f.literalsOf(o.Var)) }

func (o Elem) find(f *File, undo bool) (place, error) {
	code, want, err := parseElemCode(o.Expr)
	if err != nil {
		return place{}, err
	}
	lit, err := only(f, f.literalsOf(o.Var), o.anchor(), o, undo)
	if err != nil {
		return place{}, err
	}
	return f.findElem(lit, code, want, o)
}

func elemLines(expr string) string {
	if code, err := parseSnippet(expr); err == nil {
		return strings.TrimSuffix(code.lines("", ",", "\n"), "\n")
	}
	return expr
}

// elemKey is what no two elements of a literal share: the key if there is one, since two values for it are a conflict.
func elemKey(expr string) string {
	_, want, err := parseElemCode(expr)
	if err != nil {
		return ""
	}
	if kv, ok := want.(*ast.KeyValueExpr); ok {
		return keyOf(kv.Key)
	}
	return keyOf(want)
}

func parseElemCode(expr string) (snippet, ast.Expr, error) {
	code, err := parseSnippet(expr)
	if err != nil {
		return snippet{}, nil, badCode("element", expr, err)
	}
	want, err := parseElem(code.code)
	if err != nil {
		return snippet{}, nil, badCode("element", expr, err)
	}
	return code, want, nil
}

// findElem looks for an element of lit.
func (f *File) findElem(lit *ast.CompositeLit, code snippet, want ast.Expr, o finder) (place, error) {
	p := place{list: f.elemList(lit), code: code}
	wanted, keyed := want.(*ast.KeyValueExpr)
	var other ast.Node
	for i, have := range lit.Elts {
		if same(have, want) {
			p.held, p.from, p.to = p.list, i, i+1
			return p, nil
		}
		if kv, ok := have.(*ast.KeyValueExpr); ok && keyed && other == nil && same(kv.Key, wanted.Key) {
			other = have
		}
	}
	if other != nil {
		s := f.span(other)
		return place{}, &ConflictError{f.path, f.line(s.start), string(f.src[s.start:s.end]), o.lines()}
	}
	return p, nil
}

// literalsOf finds the literals that package-level variables of that name start with.
func (f *File) literalsOf(name string) []*ast.CompositeLit {
	var found []*ast.CompositeLit
	for s := range f.decls(token.VAR) {
		v, ok := s.(*ast.ValueSpec)
		if !ok || len(v.Values) != len(v.Names) {
			continue
		}
		for i, n := range v.Names {
			if n.Name != name {
				continue
			}
			found = append(found, literalsAround(v.Values[i], false)...)
		}
	}
	return found
}

// literalsAround is the literal that a value is, &T{…} included, or those that it is made from by calls.
// withTracing(sorted([]T{a, b})) ⇒ []T{a, b}
func literalsAround(value ast.Expr, inCall bool) []*ast.CompositeLit {
	switch v := ast.Unparen(value).(type) {
	case *ast.CompositeLit:
		switch v.Type.(type) {
		case *ast.ArrayType, *ast.MapType:
		default: // among arguments, a struct is an option more likely than a list
			if inCall {
				return nil
			}
		}
		return []*ast.CompositeLit{v}
	case *ast.UnaryExpr:
		if v.Op == token.AND {
			return literalsAround(v.X, inCall)
		}
	case *ast.CallExpr:
		var found []*ast.CompositeLit
		for _, arg := range v.Args {
			found = append(found, literalsAround(arg, true)...)
		}
		return found
	}
	return nil
}

func (f *File) elemList(lit *ast.CompositeLit) list {
	l := list{open: f.offset(lit.Lbrace) + 1, close: f.offset(lit.Rbrace), sep: ',', braces: true}
	l.tail = l.close
	for _, e := range lit.Elts {
		l.items = append(l.items, f.span(e))
	}
	return l
}
