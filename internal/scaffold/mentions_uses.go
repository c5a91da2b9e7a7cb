package scaffold

import (
	"go/ast"
	"go/token"
	"path"
	"slices"
	"strconv"
)

// A useSearch looks through a file for uses of what a kind's files declare. It
// goes by the scopes of the file alone: types are not known, since the packages
// that the project is built on may not be at hand.
type useSearch struct {
	locator string                     // the field of Services
	plain   map[string]bool            // names that stand alone: of the package itself, or imported with a dot
	behind  map[string]map[string]bool // names behind that of a package
	free    map[*ast.Ident]bool        // what nothing in the file declares
	found   []token.Pos
}

// uses returns where a file uses what is declared, in the order of the lines: by
// its plain name in the package itself, behind the name of the package elsewhere,
// through the locator, or by importing a package that will be gone.
func (r *removal) uses(file string, tree *ast.File, declared []declaration) []token.Pos {
	s := useSearch{
		locator: r.kind.Name.Many().Pascal(),
		plain:   map[string]bool{},
		behind:  map[string]map[string]bool{},
		free:    map[*ast.Ident]bool{},
	}
	for _, d := range declared {
		if d.dir == path.Dir(file) && d.pkg == tree.Name.Name {
			s.addPlain(d.names)
		}
		s.addImports(tree, d, r.project.Service.Module+"/"+d.dir, r.isGone(d.dir))
	}
	for _, id := range tree.Unresolved { // go/types would need all packages that are imported
		s.free[id] = true
	}
	ast.Inspect(tree, s.visit)
	slices.Sort(s.found)
	return s.found
}

// isGone tells folders that no Go file is left in.
func (r *removal) isGone(dir string) bool {
	return !slices.ContainsFunc(r.w.files(dir), func(name string) bool { return path.Ext(name) == ".go" })
}

func (s *useSearch) addPlain(names map[string]bool) {
	for name := range names {
		s.plain[name] = true
	}
}

// addImports notes under which names a file imports a package; one that is gone
// may not be imported at all.
func (s *useSearch) addImports(tree *ast.File, d declaration, importPath string, gone bool) {
	for _, spec := range tree.Imports {
		if p, err := strconv.Unquote(spec.Path.Value); err != nil || p != importPath {
			continue
		}
		name := d.pkg
		if spec.Name != nil {
			name = spec.Name.Name
		}
		switch {
		case gone:
			s.found = append(s.found, spec.Path.Pos())
		case name == ".":
			s.addPlain(d.names)
		default:
			s.behind[name] = d.names
		}
	}
}

// visit notes uses in a node. Names that the file itself declares are not among
// them, nor are fields and methods, which belong to types of their own.
func (s *useSearch) visit(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.SelectorExpr:
		x, plain := n.X.(*ast.Ident)
		if plain && s.free[x] && s.behind[x.Name][n.Sel.Name] || n.Sel.Name == s.locator && isServices(n.X, depth) {
			s.found = append(s.found, n.Sel.Pos())
		}
	case *ast.CompositeLit:
		s.visitKeys(n)
	case *ast.Ident:
		if s.free[n] && s.plain[n.Name] {
			s.found = append(s.found, n.Pos())
		}
	}
	return true
}

// visitKeys notes keys of a literal: values in that of a map or list, and the
// locator in that of Services.
func (s *useSearch) visitKeys(lit *ast.CompositeLit) {
	for _, elem := range lit.Elts {
		kv, _ := elem.(*ast.KeyValueExpr)
		if kv == nil {
			continue
		}
		key, _ := kv.Key.(*ast.Ident)
		if key == nil || s.free[key] {
			continue
		}
		isValue := false
		switch lit.Type.(type) {
		case *ast.MapType, *ast.ArrayType:
			isValue = key.Obj == nil && s.plain[key.Name]
		}
		if isValue || key.Name == s.locator && lit.Type != nil && isServices(lit.Type, depth) {
			s.found = append(s.found, key.Pos())
		}
	}
}

// depth is how many declarations away isServices looks: code need not make sense.
const depth = 4

// isServices tells the struct that holds the locators, its type, and variables of
// it: env.Services, s := &env.Services, func f(s *environments.Services).
func isServices(x ast.Expr, depth int) bool {
	switch x := x.(type) {
	case *ast.SelectorExpr:
		return x.Sel.Name == "Services"
	case *ast.ParenExpr:
		return isServices(x.X, depth)
	case *ast.StarExpr:
		return isServices(x.X, depth)
	case *ast.UnaryExpr:
		return isServices(x.X, depth)
	case *ast.CompositeLit:
		return x.Type != nil && isServices(x.Type, depth)
	case *ast.Ident:
		return x.Name == "Services" || depth > 0 && isServicesVar(x, depth-1)
	}
	return false
}

// isServicesVar is isServices for a name that the file declares.
func isServicesVar(id *ast.Ident, depth int) bool {
	if id.Obj == nil {
		return false
	}
	switch d := id.Obj.Decl.(type) {
	case *ast.Field:
		return isServices(d.Type, depth)
	case *ast.ValueSpec:
		if d.Type != nil {
			return isServices(d.Type, depth)
		}
		i := slices.IndexFunc(d.Names, func(name *ast.Ident) bool { return name.Name == id.Name })
		return i >= 0 && i < len(d.Values) && isServices(d.Values[i], depth)
	case *ast.AssignStmt:
		i := slices.IndexFunc(d.Lhs, func(x ast.Expr) bool { name, ok := x.(*ast.Ident); return ok && name.Name == id.Name })
		return i >= 0 && i < len(d.Rhs) && isServices(d.Rhs[i], depth)
	}
	return false
}
