package patch

import (
	"go/ast"
	"slices"
)

// matchDecl compares a declaration of a file with a wanted one. node is what equals it, or the spec of a group that does;
// clash is what has one of its names.
func matchDecl(have, want ast.Decl) (node, clash ast.Node) {
	if same(have, want) { // the parentheses around a group do not count
		return have, nil
	}
	names := declNames(want)
	group, ok := have.(*ast.GenDecl)
	if !ok {
		if shareName(declNames(have), names) {
			return nil, have
		}
		return nil, nil
	}
	wanted, single := want.(*ast.GenDecl)
	single = single && len(wanted.Specs) == 1 && wanted.Tok == group.Tok
	for _, s := range group.Specs {
		if single && same(s, wanted.Specs[0]) && !implied(s) {
			return s, nil
		}
		if clash == nil && shareName(specNames(s), names) {
			clash = s
		}
	}
	return nil, clash
}

// implied tells whether a constant takes its value from the line above.
func implied(s ast.Spec) bool {
	v, ok := s.(*ast.ValueSpec)
	return ok && v.Type == nil && len(v.Values) == 0
}

// declNames lists what a declaration declares: F, T.M, or the names of its specs. What may be declared many times, like
// _ and init, has no name.
func declNames(d ast.Decl) []string {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if name := funcName(d); name != "_" && name != "init" {
			return []string{name}
		}
	case *ast.GenDecl:
		var names []string
		for _, s := range d.Specs {
			names = append(names, specNames(s)...)
		}
		return names
	}
	return nil
}

func specNames(s ast.Spec) []string {
	var names []string
	switch s := s.(type) {
	case *ast.TypeSpec:
		names = append(names, s.Name.Name)
	case *ast.ValueSpec:
		for _, n := range s.Names {
			names = append(names, n.Name)
		}
	}
	return slices.DeleteFunc(names, func(n string) bool { return n == "_" })
}

func shareName(a, b []string) bool {
	return slices.ContainsFunc(a, func(n string) bool { return slices.Contains(b, n) })
}
