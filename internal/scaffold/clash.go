package scaffold

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
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

// A kindIndex finds kinds by their names, the singular and the plural.
type kindIndex struct{ one, many map[string]Name }

func indexKinds(kinds []Kind) kindIndex {
	x := kindIndex{map[string]Name{}, map[string]Name{}}
	for _, k := range kinds {
		x.one[k.Name.Pascal()] = k.Name
		x.many[k.Name.Many().Pascal()] = k.Name
	}
	return x
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
	for _, id := range declared(tree) {
		s.patterns = append(s.patterns, parsePattern(id.Name, b.Kind.Name))
	}
	return s, nil
}

// checkClashes reports names that the kind would declare and something else
// declares already, which the compiler or the OpenAPI loader would find later.
//
// The files of other kinds are not read, so that the hundredth kind is added as
// fast as the first: what they declare follows from their names. Only where a
// kind's plain name is declared are all files read, since people put types of
// their own beside it.
func (b *Blueprint) checkClashes(w *workspace, p *problems, service Service, others []Kind, k Kind) error {
	scopes, err := b.scopes()
	if err != nil {
		return err
	}
	renamer := b.kindRenamer(service, k)
	kinds := indexKinds(others)
	for _, other := range others {
		if other.Name.Many().Flat() == k.Name.Many().Flat() {
			p.addf("kind %s: its package %s is that of kind %s: choose another plural", k.Name, k.Name.Many().Flat(), other.Name)
		}
	}
	for _, s := range scopes {
		taken := map[string]bool{}
		for _, pattern := range s.patterns {
			name := pattern.of(k.Name)
			if taken[name] {
				p.addf("kind %s: %s would be declared twice in %s: choose another name or plural", k.Name, name, renamer.Replace(s.dir))
			}
			taken[name] = true
			if other, ok := s.kindOf(name, kinds); ok {
				p.addf("kind %s: kind %s declares %s in %s already: choose another name", k.Name, other, name, renamer.Replace(s.dir))
			}
		}
		s.dir = renamer.Replace(s.dir)
		if err := b.scanScope(w, p, s, others, k); err != nil {
			return err
		}
	}
	return b.checkDocument(w, p, service, k, kinds)
}

func (s scope) kindOf(name string, kinds kindIndex) (Name, bool) {
	for _, p := range s.patterns {
		if kind, ok := p.kindOf(name, kinds); ok {
			return kind, true
		}
	}
	return Name{}, false
}

// scanScope looks for the kind's names in the files of a package.
func (b *Blueprint) scanScope(w *workspace, p *problems, s scope, others []Kind, k Kind) error {
	skip := map[string]bool{}
	if !slices.Contains(s.patterns, pattern{}) {
		skip = b.kindFileNames(s, others)
	}
	var names []string
	for _, pattern := range s.patterns {
		if !pattern.fixed {
			names = append(names, pattern.of(k.Name))
		}
	}
	for _, file := range w.files(s.dir) {
		if path.Ext(file) != ".go" || skip[file] {
			continue
		}
		file = path.Join(s.dir, file)
		src, err := w.read(file)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(names, func(n string) bool { return bytes.Contains(src, []byte(n)) }) {
			continue
		}
		tree, fset, err := parseDecls(file, src)
		if err != nil {
			p.addf("%v: correct it first", err)
			continue
		}
		for _, id := range declared(tree) {
			if tree.Name.Name == s.pkg && slices.Contains(names, id.Name) {
				p.addf("kind %s: %s:%d declares %s already: choose another name", k.Name, file, fset.Position(id.Pos()).Line, id.Name)
			}
		}
	}
	return nil
}

// kindFileNames returns the names of the files that other kinds have in a
// package.
func (b *Blueprint) kindFileNames(s scope, kinds []Kind) map[string]bool {
	names := map[string]bool{}
	for _, file := range s.files {
		base := path.Base(file)
		spell := Name.Snake
		before, after, ok := strings.Cut(base, b.Kind.Name.Many().Snake())
		if ok {
			spell = func(n Name) string { return n.Many().Snake() }
		} else {
			before, after, _ = strings.Cut(base, b.Kind.Name.Snake())
		}
		for _, k := range kinds {
			names[buildable(before+spell(k.Name)+after, base)] = true
		}
	}
	return names
}

const documentFile = "openapi/openapi.yaml"

// schemas are the names that a kind takes in the OpenAPI document, in the words
// of the exemplar.
var schemas = []string{"FossilEntry", "FossilEntryCreateRequest", "FossilEntryPatchRequest", "FossilEntryList"}

// checkDocument reports schemas and paths that the OpenAPI document has already.
func (b *Blueprint) checkDocument(w *workspace, p *problems, service Service, k Kind, kinds kindIndex) error {
	var names []string
	var s scope
	for _, schema := range schemas {
		s.patterns = append(s.patterns, parsePattern(schema, b.Kind.Name))
	}
	for _, pattern := range s.patterns {
		name := pattern.of(k.Name)
		names = append(names, name)
		if other, ok := s.kindOf(name, kinds); ok {
			p.addf("kind %s: kind %s has the OpenAPI schema %s already: choose another name", k.Name, other, name)
		}
	}
	src, err := w.read(documentFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // whoever has removed it has another way
	}
	if err != nil {
		return err
	}
	route := "/api/" + service.Name.Kebab() + "/v1/" + k.Name.Many().Snake()
	mentioned := func(n string) bool { return bytes.Contains(src, []byte(n+":")) }
	if !mentioned(route) && !slices.ContainsFunc(names, mentioned) {
		return nil // the usual case, found without reading YAML
	}
	var doc struct {
		Paths      map[string]yaml.Node
		Components struct{ Schemas map[string]yaml.Node }
	}
	if err := yaml.Unmarshal(src, &doc); err != nil {
		p.addf("%s: %v: correct it first", documentFile, err)
		return nil
	}
	for _, name := range names {
		if at, ok := doc.Components.Schemas[name]; ok {
			p.addf("kind %s: %s:%d has a schema %s already: choose another name", k.Name, documentFile, at.Line-1, name)
		}
	}
	if at, ok := doc.Paths[route]; ok {
		p.addf("kind %s: %s:%d has the path %s already: choose another plural", k.Name, documentFile, at.Line-1, route)
	}
	return nil
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
