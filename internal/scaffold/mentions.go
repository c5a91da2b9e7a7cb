package scaffold

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// checkMentions refuses a removal after which other code would not compile: it
// still mentions what the kind's files declare.
func (r *removal) checkMentions() error {
	if r.Force || r.referred {
		return nil // who refers to it mentions it too
	}
	declared, err := r.declared()
	if err != nil {
		return err
	}
	var found []string
	err = fs.WalkDir(r.project.FS, ".", func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if file != "." && isForeign(d.Name()) {
				return fs.SkipDir
			}
			return nil
		}
		if !r.w.exists(file) {
			return nil // deleted with the kind
		}
		lines, err := r.mentions(file, declared)
		found = append(found, lines...)
		return err
	})
	if err != nil {
		return err
	}
	if len(found) > 0 {
		r.problems.addf("other files mention it: change them first, or give --force to mend them afterwards:\n%s", strings.Join(found, "\n"))
	}
	return nil
}

// isForeign tells folders whose files are not built with the project.
func isForeign(dir string) bool {
	return strings.HasPrefix(dir, ".") || strings.HasPrefix(dir, "_") ||
		slices.Contains([]string{"vendor", "testdata", "node_modules"}, dir)
}

// A declaration is the package that declares names, and the names.
type declaration struct {
	dir, pkg string
	names    map[string]bool
}

// declared returns what the kind's files declare, package by package.
func (r *removal) declared() ([]declaration, error) {
	scopes, err := r.blueprint.scopes()
	if err != nil {
		return nil, err
	}
	var all []declaration
	for _, s := range scopes {
		if strings.HasSuffix(s.pkg, "_test") {
			continue // nothing can import it
		}
		d := declaration{r.kind.named(s.dir), r.kind.named(s.pkg), map[string]bool{}}
		for _, p := range s.patterns {
			if !p.fixed {
				d.names[p.of(r.kind.Name)] = true
			}
		}
		all = append(all, d)
	}
	return all, nil
}

// mentions returns the lines of a file that mention the kind.
func (r *removal) mentions(file string, declared []declaration) ([]string, error) {
	src, err := r.w.read(file)
	if err != nil {
		return nil, err
	}
	if path.Dir(file) == "openapi" && path.Ext(file) == ".yaml" {
		return linesWith(file, src, "openapi."+r.kind.Name.Many().Snake()+".yaml#"), nil
	}
	if path.Ext(file) != ".go" || !slices.ContainsFunc(declared, func(d declaration) bool { return d.mayBeIn(src) }) {
		return nil, nil
	}
	fset := token.NewFileSet()
	tree, err := parser.ParseFile(fset, file, src, parser.SkipObjectResolution)
	if err != nil {
		return nil, nil // it does not compile as it is
	}
	var found []string
	for _, pos := range r.uses(file, tree, declared) {
		found = append(found, fmt.Sprintf("%s:%d", file, fset.Position(pos).Line))
	}
	return slices.Compact(found), nil
}

// mayBeIn saves parsing most files.
func (d declaration) mayBeIn(src []byte) bool {
	if bytes.Contains(src, []byte(d.dir)) {
		return true
	}
	for name := range d.names {
		if bytes.Contains(src, []byte(name)) {
			return true
		}
	}
	return false
}

func linesWith(file string, src []byte, text string) []string {
	var found []string
	for i, line := range strings.Split(string(src), "\n") {
		if strings.Contains(line, text) {
			found = append(found, fmt.Sprintf("%s:%d", file, i+1))
		}
	}
	return found
}

// uses returns where a file uses what is declared: by its plain name in the
// package itself, behind the name of the package elsewhere, through the locator,
// or by importing a package that will be gone.
func (r *removal) uses(file string, tree *ast.File, declared []declaration) []token.Pos {
	here := map[string]bool{}
	imported := map[string]map[string]bool{}
	for _, d := range declared {
		if d.dir == path.Dir(file) && d.pkg == tree.Name.Name {
			here = d.names
		}
		if name, ok := importName(tree, r.project.Service.Module+"/"+d.dir, d.pkg); ok {
			imported[name] = d.names
		}
	}
	locator := r.kind.Name.Many().Pascal()
	selected := map[*ast.Ident]bool{} // what stands behind a dot
	var found []token.Pos
	ast.Inspect(tree, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			selected[n.Sel] = true
			x, plain := n.X.(*ast.Ident)
			if plain && imported[x.Name][n.Sel.Name] || n.Sel.Name == locator && isServices(n.X) {
				found = append(found, n.Sel.Pos())
			}
		case *ast.Ident:
			if here[n.Name] && !selected[n] {
				found = append(found, n.Pos())
			}
		}
		return true
	})
	return found
}

// isServices tells the struct that holds the locators: env.Services.
func isServices(x ast.Expr) bool {
	s, ok := x.(*ast.SelectorExpr)
	return ok && s.Sel.Name == "Services"
}

// importName returns what a file calls the package of a path.
func importName(tree *ast.File, importPath, pkg string) (string, bool) {
	for _, spec := range tree.Imports {
		if p, err := strconv.Unquote(spec.Path.Value); err != nil || p != importPath {
			continue
		}
		if spec.Name != nil {
			return spec.Name.Name, true
		}
		return pkg, true
	}
	return "", false
}
