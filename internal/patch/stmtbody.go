package patch

import (
	"go/ast"
	"go/parser"
	"go/token"
)

// innerBodies lists where statements like want go: the body of a function, or of the function literals that the call is
// passed that the body consists of, so that only a person can say what it does with them. A literal with statements
// like want is where they go.
//
//	{ e.guard(func() { e.a = 1 }) }	⇒ { e.a = 1 }
func innerBodies(body *ast.BlockStmt, want ast.Stmt) []*ast.BlockStmt {
	call := onlyCall(body)
	if call == nil || alike(&ast.ExprStmt{X: call}, want) {
		return []*ast.BlockStmt{body}
	}
	all, fitting := []*ast.BlockStmt{body}, []*ast.BlockStmt(nil)
	for _, arg := range call.Args {
		lit, ok := ast.Unparen(arg).(*ast.FuncLit)
		if !ok {
			continue
		}
		all = append(all, lit.Body)
		for _, s := range lit.Body.List {
			if alike(s, want) {
				fitting = append(fitting, lit.Body)
				break
			}
		}
	}
	if len(fitting) > 0 {
		return fitting
	}
	return all
}

// onlyCall is the call that a body consists of, apart from a return behind it: f(x), return f(x) or err := f(x).
func onlyCall(body *ast.BlockStmt) *ast.CallExpr {
	list := body.List
	if n := len(list); n == 2 {
		if _, ok := list[1].(*ast.ReturnStmt); ok {
			list = list[:1]
		}
	}
	if len(list) != 1 {
		return nil
	}
	var exprs []ast.Expr
	switch s := list[0].(type) {
	case *ast.ExprStmt:
		exprs = []ast.Expr{s.X}
	case *ast.ReturnStmt:
		exprs = s.Results
	case *ast.AssignStmt:
		exprs = s.Rhs
	}
	if len(exprs) != 1 {
		return nil
	}
	call, _ := ast.Unparen(exprs[0]).(*ast.CallExpr)
	return call
}

// alike tells whether two statements do the same kind of thing: call the same function, or assign to parts of the same.
func alike(a, b ast.Stmt) bool {
	switch a := a.(type) {
	case *ast.ExprStmt:
		b, ok := b.(*ast.ExprStmt)
		return ok && sameFunc(a.X, b.X)
	case *ast.AssignStmt:
		b, ok := b.(*ast.AssignStmt)
		return ok && a.Tok == b.Tok && len(a.Lhs) == len(b.Lhs) && (samePart(a.Lhs[0], b.Lhs[0]) || sameFunc(a.Rhs[0], b.Rhs[0]))
	case *ast.IfStmt:
		b, ok := b.(*ast.IfStmt)
		return ok && a.Init != nil && b.Init != nil && alike(a.Init, b.Init)
	}
	return false
}

func sameFunc(a, b ast.Expr) bool {
	x, ok := a.(*ast.CallExpr)
	y, also := b.(*ast.CallExpr)
	return ok && also && same(x.Fun, y.Fun)
}

func samePart(a, b ast.Expr) bool {
	switch a := a.(type) {
	case *ast.SelectorExpr:
		b, ok := b.(*ast.SelectorExpr)
		return ok && same(a.X, b.X)
	case *ast.IndexExpr:
		b, ok := b.(*ast.IndexExpr)
		return ok && same(a.X, b.X)
	}
	return false
}

// renameVar renames a variable in statements; selectors and keys of that name are not the variable.
func renameVar(code, from, to string) (string, error) {
	const head = "package p\nfunc _() {\n"
	fset := token.NewFileSet()
	tree, err := parser.ParseFile(fset, "", head+code+"\n}", parser.SkipObjectResolution)
	if err != nil {
		return "", syntaxError(err)
	}
	other := map[*ast.Ident]bool{}
	var edits []Edit
	ast.Inspect(tree, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			other[n.Sel] = true
		case *ast.KeyValueExpr:
			if id, ok := n.Key.(*ast.Ident); ok {
				other[id] = true
			}
		case *ast.Ident:
			if n.Name == from && !other[n] {
				at := fset.Position(n.Pos()).Offset - len(head)
				edits = append(edits, Edit{at, at + len(from), to})
			}
		}
		return true
	})
	out, err := Apply([]byte(code), edits)
	return string(out), err
}
