package scaffold

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"go/types"
	"io/fs"
	"path"
	"strconv"
	"strings"

	"github.com/trexgen/trexgen/internal/patch"
)

// adapt returns an operation in the words of the function that it applies to, whose
// owner may have renamed parameters and imports. A function that is not found is
// left to whoever looks for the place. A literal without the names of its fields,
// or a parameter without a name, is a *patch.NotFoundError.
//
//	Mood: obj.Mood  ⇒  Mood: nest.Mood
func (a *addition) adapt(place fieldPlace, op patch.Op) (patch.Op, error) {
	if place.fn == "" {
		return op, nil
	}
	name := strings.ReplaceAll(place.fn, "FossilEntry", a.kind.Name.Pascal())
	file, err := a.w.locate(a.path(place.file), patch.Stmt{Func: name, Code: "_ = 0"})
	if err != nil {
		return op, nil //nolint:nilerr // whoever looks for the place says it
	}
	src, err := a.w.read(file)
	if errors.Is(err, fs.ErrNotExist) {
		return op, nil
	}
	if err != nil {
		return op, err
	}
	tree, err := parser.ParseFile(token.NewFileSet(), file, src, parser.SkipObjectResolution)
	if err != nil {
		return op, nil //nolint:nilerr // as above
	}
	fn := funcNamed(tree, name)
	if fn == nil {
		return op, nil
	}
	names := a.importNames(tree)
	for i, param := range place.params {
		given := paramName(fn, i)
		if given == "" || given == "_" {
			return op, &patch.NotFoundError{Path: file, Anchor: "name of the parameter " + param + " of func " + name, Code: codeOf(op)}
		}
		names[param] = given
	}
	op = renameOp(op, func(code string) string { return renameIdents(code, names) })
	if lit, ok := op.(patch.LitElem); ok && isPositional(fn, lit.Type) {
		return op, &patch.NotFoundError{Path: file, Anchor: "literal " + lit.Type + "{…} with the names of its fields in func " + name, Code: codeOf(op)}
	}
	return op, nil
}

func renameOp(op patch.Op, rename func(string) string) patch.Op {
	if lit, ok := op.(patch.LitElem); ok {
		lit.Type = rename(lit.Type)
		return lit.Rename(rename)
	}
	return op.Rename(rename)
}

func funcNamed(tree *ast.File, name string) *ast.FuncDecl {
	for _, d := range tree.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == name && fn.Body != nil {
			return fn
		}
	}
	return nil
}

// paramName returns the name of the i-th parameter, "" if it has none.
func paramName(fn *ast.FuncDecl, i int) string {
	for _, field := range fn.Type.Params.List {
		if i < len(field.Names) {
			return field.Names[i].Name
		}
		i -= len(field.Names)
	}
	return ""
}

// importNames returns what a file calls the packages that lines of fields mention,
// by what these lines call them.
func (a *addition) importNames(tree *ast.File) map[string]string {
	generated := path.Dir(a.path(generatedFile))
	names := map[string]string{}
	for _, spec := range tree.Imports {
		importPath, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue
		}
		var usual string
		switch strings.TrimPrefix(importPath, a.project.Service.Module+"/") {
		case generated:
			usual = "wire"
		case modelsDir:
			usual = modelPackage
		default:
			continue
		}
		name := path.Base(importPath)
		if spec.Name != nil {
			name = spec.Name.Name
		}
		if names[usual] != usual { // of two names the usual one
			names[usual] = name
		}
	}
	return names
}

// renameIdents renames identifiers in code, but for those behind a dot. What has
// no new name stays.
func renameIdents(code string, names map[string]string) string {
	var (
		s      scanner.Scanner
		out    strings.Builder
		copied int
		before token.Token
	)
	file := token.NewFileSet().AddFile("", -1, len(code))
	s.Init(file, []byte(code), nil, scanner.ScanComments)
	for {
		pos, tok, lit := s.Scan()
		if tok == token.EOF {
			return out.String() + code[copied:]
		}
		if name := names[lit]; tok == token.IDENT && before != token.PERIOD && name != "" {
			at := file.Offset(pos)
			out.WriteString(code[copied:at] + name)
			copied = at + len(lit)
		}
		before = tok
	}
}

// isPositional tells whether a function has a literal of a struct type whose
// values stand without the names of the fields.
func isPositional(fn *ast.FuncDecl, typ string) (found bool) {
	if strings.HasPrefix(typ, "[]") {
		return false
	}
	ast.Inspect(fn.Body, func(n ast.Node) bool {
		lit, ok := n.(*ast.CompositeLit)
		if ok && len(lit.Elts) > 0 && lit.Type != nil && types.ExprString(lit.Type) == typ {
			_, named := lit.Elts[0].(*ast.KeyValueExpr)
			found = found || !named
		}
		return true
	})
	return found
}
