package patch

import (
	"go/ast"
	"go/parser"
	"strings"
)

// LitElem is an element of a composite literal inside of a function F or a method T.M, or anywhere in the file if Func is
// empty. The literal is the only one of that type there, written as in the source; those inside of another one that fits
// do not count.
type LitElem struct{ Func, Type, Expr string }

// Add appends the element; one with that key and another value is a conflict.
func (o LitElem) Add(f *File) ([]Edit, error) { return add(o, f) }

// Remove deletes the first such element; one with that key and another value is a conflict.
func (o LitElem) Remove(f *File) ([]Edit, error) { return remove(o, f) }

// Has tells whether the literal has the element.
func (o LitElem) Has(f *File) (bool, error) { return has(o, f) }

// Rename rewrites Expr.
func (o LitElem) Rename(r func(string) string) Op { return LitElem{o.Func, o.Type, r(o.Expr)} }

func (o LitElem) lines() string { return elemLines(o.Expr) }

func (o LitElem) item() (anchor, key string) { return o.anchor(), elemKey(o.Expr) }

func (o LitElem) anchor() string { return literalAnchor(o.Func, o.Type) }

func (o LitElem) words() []string { return strings.Split(o.Func, ".") }

func (o LitElem) anchors(f *File) []ast.Node {
	want, err := parser.ParseExpr(o.Type)
	if err != nil {
		return nil // find says so
	}
	if o.Func == "" {
		return nodes(literalsIn(f.ast, want))
	}
	var found []ast.Node
	for _, fn := range f.funcDecls(o.Func) {
		found = append(found, nodes(literalsIn(fn.Body, want))...)
	}
	return found
}

func literalAnchor(fn, typ string) string {
	if fn == "" {
		return "literal " + typ + "{…}"
	}
	return "literal " + typ + "{…} in func " + fn
}

func (o LitElem) find(f *File, undo bool) (place, error) {
	code, want, err := parseElemCode(o.Expr)
	if err != nil {
		return place{}, err
	}
	lit, err := f.literalIn(o.Func, o.Type, o, undo)
	if err != nil {
		return place{}, err
	}
	return f.findElem(lit, code, want, o)
}

// literalIn finds the literal of a type in a function, or in the whole file if fn is empty; o is nil if nothing is to be
// written to it.
func (f *File) literalIn(fn, typ string, o finder, undo bool) (*ast.CompositeLit, error) {
	want, err := parser.ParseExpr(typ)
	if err != nil {
		return nil, badCode("type", typ, err)
	}
	root := ast.Node(f.ast)
	if fn != "" {
		decl, err := f.funcDecl(fn, o, undo)
		if err != nil {
			return nil, err
		}
		root = decl.Body
	}
	return only(f, literalsIn(root, want), literalAnchor(fn, typ), o, undo)
}

// literalsIn finds the literals of a type, but for those inside of another one.
func literalsIn(root ast.Node, typ ast.Expr) []*ast.CompositeLit {
	var found []*ast.CompositeLit
	ast.Inspect(root, func(n ast.Node) bool {
		lit, ok := n.(*ast.CompositeLit)
		if !ok || lit.Type == nil || !same(lit.Type, typ) {
			return true
		}
		found = append(found, lit)
		return false
	})
	return found
}
