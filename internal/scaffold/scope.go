package scaffold

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// A pattern is a name that every kind brings along, in the words of the
// exemplar: NewFossilEntryService. Without the exemplar in it, it is fixed.
type pattern struct {
	before, after string
	many, fixed   bool
}

func parsePattern(name string, exemplar Name) pattern {
	if before, after, ok := strings.Cut(name, exemplar.Many().Pascal()); ok {
		return pattern{before: before, after: after, many: true}
	}
	if before, after, ok := strings.Cut(name, exemplar.Pascal()); ok {
		return pattern{before: before, after: after}
	}
	return pattern{before: name, fixed: true}
}

// of returns the name that a kind brings along.
func (p pattern) of(n Name) string {
	switch {
	case p.fixed:
		return p.before
	case p.many:
		n = n.Many()
	}
	return p.before + n.Pascal() + p.after
}

// A kindIndex finds kinds by their names, the singular and the plural, by the
// singular in lower case, and by the names of their packages.
type kindIndex struct{ one, many, flat, packages map[string]Name }

func newKindIndex(kinds []Kind) kindIndex {
	x := kindIndex{map[string]Name{}, map[string]Name{}, map[string]Name{}, map[string]Name{}}
	for _, k := range kinds {
		x.add(k.Name)
	}
	return x
}

func (x kindIndex) add(n Name) {
	x.one[n.Pascal()] = n
	x.many[n.Many().Pascal()] = n
	x.flat[n.Flat()] = n
	x.packages[n.Many().Flat()] = n
}

// kindOf returns the kind that brings the name along, if one does.
func (p pattern) kindOf(name string, kinds kindIndex) (Name, bool) {
	rest, ok := strings.CutPrefix(name, p.before)
	if !ok || p.fixed {
		return Name{}, false
	}
	middle, ok := strings.CutSuffix(rest, p.after)
	if !ok {
		return Name{}, false
	}
	names := kinds.one
	if p.many {
		names = kinds.many
	}
	kind, ok := names[middle]
	return kind, ok
}

// A scope is what may declare a name once: a package of the project.
type scope struct {
	dir, pkg string
	patterns []pattern
	files    []string // of the exemplar
}

// scopes returns what the exemplar declares, one scope a package, in the order
// of the exemplar's files.
func (b *Blueprint) scopes() ([]scope, error) {
	files := slices.DeleteFunc(slices.Clone(b.kindFiles), func(f string) bool { return path.Ext(f) != ".go" })
	found := make([]scope, len(files))
	err := parallel(len(files), func(i int) (err error) {
		found[i], err = b.scopeOf(files[i])
		return err
	})
	if err != nil {
		return nil, err
	}
	var merged []scope
	for _, s := range found {
		i := slices.IndexFunc(merged, func(m scope) bool { return m.dir == s.dir && m.pkg == s.pkg })
		if i < 0 {
			merged = append(merged, s)
			continue
		}
		merged[i].patterns = append(merged[i].patterns, s.patterns...)
		merged[i].files = append(merged[i].files, s.files...)
	}
	return merged, nil
}

func (b *Blueprint) scopeOf(file string) (scope, error) {
	src, err := fs.ReadFile(b.FS, file)
	if err != nil {
		return scope{}, err
	}
	tree, _, err := parseDecls(file, src)
	if err != nil {
		return scope{}, err
	}
	s := scope{dir: path.Dir(file), pkg: tree.Name.Name, files: []string{file}}
	fields := b.Kind.declares() // not every kind has these
	for _, id := range declared(tree) {
		if slices.Contains(fields, id.Name) {
			continue
		}
		s.patterns = append(s.patterns, parsePattern(id.Name, b.Kind.Name))
	}
	return s, nil
}

func (s scope) kindOf(name string, kinds kindIndex) (Name, bool) {
	for _, p := range s.patterns {
		if kind, ok := p.kindOf(name, kinds); ok {
			return kind, true
		}
	}
	return Name{}, false
}

// kindFileNames returns the names of the files that other kinds have in a
// package.
func (b *Blueprint) kindFileNames(s scope, kinds []Kind) map[string]bool {
	taken := map[string]bool{}
	for _, file := range b.serviceFiles {
		taken[file] = true
	}
	names := map[string]bool{}
	for _, file := range s.files {
		spell := Name.Snake
		before, after, ok := strings.Cut(file, b.Kind.Name.Many().Snake())
		if ok {
			spell = func(n Name) string { return n.Many().Snake() }
		} else {
			before, after, _ = strings.Cut(file, b.Kind.Name.Snake())
		}
		for _, k := range kinds {
			names[path.Base(kindPath(before+spell(k.Name)+after, file, taken))] = true
		}
	}
	return names
}

func parseDecls(file string, src []byte) (*ast.File, *token.FileSet, error) {
	fset := token.NewFileSet()
	tree, err := parser.ParseFile(fset, file, src, parser.SkipObjectResolution)
	if err != nil {
		return nil, nil, fmt.Errorf("parse: %w", err)
	}
	return tree, fset, nil
}

// declared returns the names that a file declares in its package.
func declared(tree *ast.File) []*ast.Ident {
	var ids []*ast.Ident
	for _, decl := range tree.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil {
				ids = append(ids, d.Name)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch s := spec.(type) {
				case *ast.TypeSpec:
					ids = append(ids, s.Name)
				case *ast.ValueSpec:
					ids = append(ids, s.Names...)
				}
			}
		}
	}
	return slices.DeleteFunc(ids, func(id *ast.Ident) bool { return id.Name == "_" || id.Name == "init" })
}
