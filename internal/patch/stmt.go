package patch

import (
	"go/ast"
	"strings"
)

// Stmt is a statement, or a few in a row, in the body of a function F or of a method T.M, whatever its receiver is called:
// Recv is what Code calls it, and is written and found under the name that it has in the file. Recv is empty if Code does
// not mention the receiver.
type Stmt struct{ Func, Code, Recv string }

// Add appends the statement to the body, in front of a final return. If the body is nothing but a call that a function
// literal is passed to, it goes to where statements like it are; if there are none, it is an [*AmbiguousError].
func (o Stmt) Add(f *File) ([]Edit, error) { return add(o, f) }

// Remove deletes the first such statement.
func (o Stmt) Remove(f *File) ([]Edit, error) { return remove(o, f) }

// Has tells whether the statement is in the body, also if it was moved into a block there.
func (o Stmt) Has(f *File) (bool, error) { return has(o, f) }

// Rename rewrites Code.
func (o Stmt) Rename(r func(string) string) Op { return Stmt{o.Func, r(o.Code), o.Recv} }

func (o Stmt) lines() string { return strings.TrimSpace(o.Code) }

func (o Stmt) item() (anchor, key string) {
	_, want, err := o.parse()
	if err != nil || len(want) != 1 {
		return "", ""
	}
	return o.anchor(), keyOf(want[0])
}

func (o Stmt) anchor() string { return "func " + o.Func }

func (o Stmt) words() []string { return append(strings.Split(o.Func, "."), "func") }

func (o Stmt) anchors(f *File) []ast.Node { return nodes(f.funcDecls(o.Func)) }

func (o Stmt) parse() (snippet, []ast.Stmt, error) {
	code, err := parseSnippet(o.Code)
	if err != nil {
		return snippet{}, nil, badCode("statement", o.Code, err)
	}
	want, err := parseStmts(code.code)
	if err != nil {
		return snippet{}, nil, badCode("statement", o.Code, err)
	}
	return code, want, nil
}

func (o Stmt) find(f *File, undo bool) (place, error) {
	code, want, err := o.parse()
	if err != nil {
		return place{}, err
	}
	fn, err := f.funcDecl(o.Func, o, undo)
	if err != nil {
		return place{}, err
	}
	if code, want, err = o.adapt(f, fn, code, want, undo); err != nil {
		return place{}, err
	}
	p := place{code: code}
	ast.Inspect(fn.Body, func(n ast.Node) bool {
		if p.found() {
			return false
		}
		have, l := f.block(n)
		if i := indexStmts(have, want); i >= 0 {
			p.held, p.from, p.to = l, i, i+len(want)
			if n == fn.Body {
				p.held = f.wholeBody(fn.Body)
			}
		}
		return true
	})
	if p.found() || undo {
		return p, nil
	}
	body, err := only(f, innerBodies(fn.Body, want[0]), "body of func "+o.Func, o, undo)
	if err != nil {
		return place{}, err
	}
	p.list = f.body(body)
	return p, nil
}

// adapt writes the code with the name that the receiver has.
func (o Stmt) adapt(f *File, fn *ast.FuncDecl, code snippet, want []ast.Stmt, undo bool) (snippet, []ast.Stmt, error) {
	if o.Recv == "" || fn.Recv == nil || len(fn.Recv.List) == 0 {
		return code, want, nil
	}
	name := ""
	if names := fn.Recv.List[0].Names; len(names) > 0 {
		name = names[0].Name
	}
	renamed, err := renameVar(code.code, o.Recv, name)
	switch {
	case err != nil:
		return snippet{}, nil, badCode("statement", o.Code, err)
	case renamed == code.code:
		return code, want, nil
	case name == "" || name == "_":
		return snippet{}, nil, &NotFoundError{f.path, "name of the receiver of func " + o.Func, o.lines(), undo}
	}
	code.code = renamed
	want, err = parseStmts(renamed)
	return code, want, err
}

// indexStmts is where want stands in have, -1 if nowhere.
func indexStmts(have, want []ast.Stmt) int {
next:
	for i := 0; i+len(want) <= len(have); i++ {
		for j := range want {
			if !same(have[i+j], want[j]) {
				continue next
			}
		}
		return i
	}
	return -1
}

// funcDecl finds a function with a body; o is nil if nothing is to be written to it.
func (f *File) funcDecl(name string, o finder, undo bool) (*ast.FuncDecl, error) {
	return only(f, f.funcDecls(name), "func "+name, o, undo)
}

func (f *File) funcDecls(name string) []*ast.FuncDecl {
	var found []*ast.FuncDecl
	for _, d := range f.ast.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Body != nil && funcName(fn) == name {
			found = append(found, fn)
		}
	}
	return found
}

// funcName is F, or T.M for a method of T, *T or T[P].
func funcName(fn *ast.FuncDecl) string {
	if fn.Recv == nil || len(fn.Recv.List) == 0 {
		return fn.Name.Name
	}
	t := fn.Recv.List[0].Type
	for {
		switch x := t.(type) {
		case *ast.ParenExpr:
			t = x.X
		case *ast.StarExpr:
			t = x.X
		case *ast.IndexExpr:
			t = x.X
		case *ast.IndexListExpr:
			t = x.X
		case *ast.Ident:
			return x.Name + "." + fn.Name.Name
		default:
			return fn.Name.Name
		}
	}
}

// body is the list to add to: the statements without a final return.
func (f *File) body(b *ast.BlockStmt) list {
	l := f.wholeBody(b)
	if n := len(b.List); n > 0 {
		if _, ok := b.List[n-1].(*ast.ReturnStmt); ok {
			l.tail = l.items[n-1].start
			l.items = l.items[:n-1]
		}
	}
	return l
}

func (f *File) wholeBody(b *ast.BlockStmt) list {
	_, l := f.block(b)
	l.braces = true
	return l
}

// block returns the statements that n holds directly, and nothing if it holds none. It does not collapse when it is
// emptied: an if or a case that a person wrote keeps its shape.
func (f *File) block(n ast.Node) ([]ast.Stmt, list) {
	l := list{sep: ';'}
	var stmts []ast.Stmt
	switch b := n.(type) {
	case *ast.BlockStmt:
		stmts, l.open, l.close = b.List, f.offset(b.Lbrace)+1, f.offset(b.Rbrace)
	case *ast.CaseClause:
		stmts, l.open, l.close = b.Body, f.offset(b.Colon)+1, f.offset(b.End())
	case *ast.CommClause:
		stmts, l.open, l.close = b.Body, f.offset(b.Colon)+1, f.offset(b.End())
	default:
		return nil, l
	}
	l.tail = l.close
	for _, s := range stmts {
		l.items = append(l.items, f.span(s))
	}
	return stmts, l
}
