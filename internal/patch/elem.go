package patch

import (
	"go/ast"
	"go/token"
	"strings"
)

// Elem is an element of the composite literal that a package-level variable is initialised with: usually a slice; an
// element of a map or struct is written key: value.
type Elem struct{ Var, Expr string }

// Add appends the element.
func (o Elem) Add(f *File) ([]Edit, error) { return add(o, f) }

// Remove deletes the first such element.
func (o Elem) Remove(f *File) ([]Edit, error) { return remove(o, f) }

// Has tells whether the literal has the element.
func (o Elem) Has(f *File) (bool, error) { return has(o, f) }

// Rename rewrites Expr.
func (o Elem) Rename(r func(string) string) Op { return Elem{o.Var, r(o.Expr)} }

func (o Elem) lines() string {
	if code, err := parseSnippet(o.Expr); err == nil {
		return strings.TrimSuffix(code.lines("", ",", "\n"), "\n")
	}
	return o.Expr
}

func (o Elem) item() (anchor, key string) {
	_, want, err := o.parse()
	if err != nil {
		return "", ""
	}
	return "var " + o.Var, keyOf(want)
}

func (o Elem) parse() (snippet, ast.Expr, error) {
	code, err := parseSnippet(o.Expr)
	if err != nil {
		return snippet{}, nil, badCode("element", o.Expr, err)
	}
	want, err := parseElem(code.code)
	if err != nil {
		return snippet{}, nil, badCode("element", o.Expr, err)
	}
	return code, want, nil
}

func (o Elem) find(f *File, undo bool) (place, error) {
	code, want, err := o.parse()
	if err != nil {
		return place{}, err
	}
	lit, err := only(f, f.literalsOf(o.Var), "composite literal of var "+o.Var, o, undo)
	if err != nil {
		return place{}, err
	}
	p := place{list: f.elemList(lit), code: code}
	for i, have := range lit.Elts {
		if same(have, want) {
			p.held, p.from, p.to = p.list, i, i+1
			break
		}
	}
	return p, nil
}

// literalsOf finds the literals that package-level variables of that name start with, &T{…} included.
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
			value := ast.Unparen(v.Values[i])
			if u, ok := value.(*ast.UnaryExpr); ok && u.Op == token.AND {
				value = ast.Unparen(u.X)
			}
			if lit, ok := value.(*ast.CompositeLit); ok {
				found = append(found, lit)
			}
		}
	}
	return found
}

func (f *File) elemList(lit *ast.CompositeLit) list {
	l := list{open: f.offset(lit.Lbrace) + 1, close: f.offset(lit.Rbrace), sep: ',', braces: true}
	l.tail = l.close
	for _, e := range lit.Elts {
		l.items = append(l.items, f.span(e))
	}
	return l
}
