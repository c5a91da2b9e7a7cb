package patch

import (
	"errors"
	"go/ast"
)

// Row is an element of the composite literal that a package-level variable is initialised with, a row of a table that its
// owner fills in: {"key", …}. Its first value says which row it is. Whatever follows is a first proposal: a row of that
// key is there whatever else it says, and goes whatever else it says. The literal is found as that of an [Elem] is.
type Row struct{ Var, Expr string }

// Add appends the row.
func (o Row) Add(f *File) ([]Edit, error) { return add(o, f) }

// Remove deletes the first row of that key.
func (o Row) Remove(f *File) ([]Edit, error) { return remove(o, f) }

// Has tells whether the literal has a row of that key.
func (o Row) Has(f *File) (bool, error) { return has(o, f) }

// Rename rewrites Expr.
func (o Row) Rename(r func(string) string) Op { return Row{o.Var, r(o.Expr)} }

func (o Row) lines() string { return elemLines(o.Expr) }

// item is not beside those of an [Elem], which may be rows of the same key.
func (o Row) item() (anchor, key string) {
	_, want, err := parseElemCode(o.Expr)
	if err != nil {
		return "", ""
	}
	return "rows of the " + o.anchor(), rowKey(want)
}

func (o Row) anchor() string { return Elem{Var: o.Var}.anchor() }

func (o Row) words() []string { return Elem{Var: o.Var}.words() }

func (o Row) anchors(f *File) []ast.Node { return Elem{Var: o.Var}.anchors(f) }

func (o Row) find(f *File, undo bool) (place, error) {
	code, want, err := parseElemCode(o.Expr)
	if err != nil {
		return place{}, err
	}
	key := rowKey(want)
	if key == "" {
		return place{}, badCode("row", o.Expr, errors.New("no key"))
	}
	lit, err := only(f, f.literalsOf(o.Var), o.anchor(), o, undo)
	if err != nil {
		return place{}, err
	}
	p := place{list: f.elemList(lit), code: code}
	for i, have := range lit.Elts {
		if rowKey(have) == key {
			p.held, p.from, p.to = p.list, i, i+1
			break
		}
	}
	return p, nil
}

// rowKey is the first value of a row, whether it names its fields or not: {"a", 1} and &Row{Name: "a"} ⇒ "a". What is no
// row has none.
func rowKey(e ast.Expr) string {
	e = ast.Unparen(e)
	if pointer, ok := e.(*ast.UnaryExpr); ok {
		e = ast.Unparen(pointer.X)
	}
	row, ok := e.(*ast.CompositeLit)
	if !ok || len(row.Elts) == 0 {
		return ""
	}
	first := row.Elts[0]
	if named, ok := first.(*ast.KeyValueExpr); ok {
		first = named.Value
	}
	return keyOf(first)
}
