package scaffold

import (
	"bytes"
	"errors"
	"io/fs"
	"path"
	"slices"

	"go.yaml.in/yaml/v4"
)

// checkClashes reports names that the kind would declare and something else
// declares already, which the compiler or the OpenAPI loader would find later.
//
// The files of other kinds are not read, so that the hundredth kind is added as
// fast as the first: what they declare follows from their names. Only where a
// kind's plain name is declared are all files read, since people put types of
// their own beside it.
func (b *Blueprint) checkClashes(w *workspace, p *problems, service Service, others []Kind, kinds []wiredKind) error {
	scopes, err := b.scopes()
	if err != nil {
		return err
	}
	skip := make([]map[string]bool, len(scopes))
	for i, s := range scopes {
		if !slices.Contains(s.patterns, pattern{}) {
			skip[i] = b.kindFileNames(s, others)
		}
	}
	known := newKindIndex(others)
	for _, k := range kinds {
		if other, ok := known.packages[k.Name.Many().Flat()]; ok {
			p.addf("kind %s: its package %s is that of kind %s: choose another plural", k.Name, k.Name.Many().Flat(), other)
		}
		for i, s := range scopes {
			s.dir = k.named(s.dir)
			p.checkScope(s, known, k.Kind)
			if err := p.scanScope(w, s, skip[i], k.Kind); err != nil {
				return err
			}
		}
		if err := b.checkDocument(w, p, service, known, k.Kind); err != nil {
			return err
		}
		known.add(k.Name)
	}
	return nil
}

// checkScope compares names with names.
func (p *problems) checkScope(s scope, kinds kindIndex, k Kind) {
	taken := map[string]bool{}
	for _, pattern := range s.patterns {
		name := pattern.of(k.Name)
		if taken[name] {
			p.addf("kind %s: %s would be declared twice in %s: choose another name or plural", k.Name, name, s.dir)
		}
		taken[name] = true
		if other, ok := s.kindOf(name, kinds); ok {
			p.addf("kind %s: kind %s declares %s in %s already: choose another name", k.Name, other, name, s.dir)
		}
	}
}

// scanScope looks for the kind's names in the files of a package.
func (p *problems) scanScope(w *workspace, s scope, skip map[string]bool, k Kind) error {
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

const documentFile = "openapi/openapi.yaml"

// schemas are the names that a kind takes in the OpenAPI document, in the words
// of the exemplar.
var schemas = []string{"FossilEntry", "FossilEntryCreateRequest", "FossilEntryPatchRequest", "FossilEntryList"}

// checkDocument reports schemas and paths that the OpenAPI document has already.
func (b *Blueprint) checkDocument(w *workspace, p *problems, service Service, kinds kindIndex, k Kind) error {
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
