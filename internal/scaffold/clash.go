package scaffold

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// checkClashes reports names that the kinds would declare and something else
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
		c := clashes{w: w, problems: p, kind: k.Name, known: known}
		if other, ok := known.packages[k.Name.Many().Flat()]; ok {
			p.addf("kind %s: its package %s is that of kind %s: choose another plural", k.Name, k.Name.Many().Flat(), other)
			continue
		}
		for i, s := range scopes {
			s.dir = k.named(s.dir)
			c.compare(s)
			if err := c.scan(s, skip[i]); err != nil {
				return err
			}
		}
		if err := c.scanDocument(b, service); err != nil {
			return err
		}
		c.report()
		known.add(k.Name)
	}
	return nil
}

// clashes collects what one kind cannot declare, since it is taken.
type clashes struct {
	w        *workspace
	problems *problems
	kind     Name
	known    kindIndex
	taken    []string
}

func (c *clashes) addf(format string, args ...any) {
	c.taken = append(c.taken, fmt.Sprintf(format, args...))
}

func (c *clashes) report() {
	if len(c.taken) > 0 {
		c.problems.addf("kind %s: choose another name or plural, since these are taken:\n%s", c.kind, strings.Join(c.taken, "\n"))
	}
}

// compare compares names with names: those of other kinds, and the kind's own.
func (c *clashes) compare(s scope) {
	own := map[string]bool{}
	for _, pattern := range s.patterns {
		name := pattern.of(c.kind)
		if own[name] {
			c.addf("%s in %s, by itself", name, s.dir)
		}
		own[name] = true
		if other, ok := s.kindOf(name, c.known); ok {
			c.addf("%s in %s, by kind %s", name, s.dir, other)
		}
	}
}

// scan looks for the kind's names in the files of a package.
func (c *clashes) scan(s scope, skip map[string]bool) error {
	var names []string
	for _, pattern := range s.patterns {
		if !pattern.fixed {
			names = append(names, pattern.of(c.kind))
		}
	}
	for _, file := range c.w.files(s.dir) {
		if path.Ext(file) != ".go" || skip[file] {
			continue
		}
		file = path.Join(s.dir, file)
		src, err := c.w.read(file)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(names, func(n string) bool { return bytes.Contains(src, []byte(n)) }) {
			continue
		}
		tree, fset, err := parseDecls(file, src)
		if err != nil {
			c.problems.addf("%v: correct it first", err)
			continue
		}
		for _, id := range declared(tree) {
			if tree.Name.Name == s.pkg && slices.Contains(names, id.Name) {
				c.addf("%s in %s:%d", id.Name, file, fset.Position(id.Pos()).Line)
			}
		}
	}
	return nil
}

const documentFile = "openapi/openapi.yaml"

// schemas are the names that a kind takes in the OpenAPI document, in the words
// of the exemplar.
var schemas = []string{"FossilEntry", "FossilEntryCreateRequest", "FossilEntryPatchRequest", "FossilEntryList"}

// scanDocument looks for the kind's schemas and its path in the OpenAPI document.
func (c *clashes) scanDocument(b *Blueprint, service Service) error {
	var names []string
	var s scope
	for _, schema := range schemas {
		s.patterns = append(s.patterns, parsePattern(schema, b.Kind.Name))
	}
	for _, pattern := range s.patterns {
		name := pattern.of(c.kind)
		names = append(names, name)
		if other, ok := s.kindOf(name, c.known); ok {
			c.addf("the OpenAPI schema %s, by kind %s", name, other)
		}
	}
	src, err := c.w.read(documentFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // whoever has removed it has another way
	}
	if err != nil {
		return err
	}
	route := "/api/" + service.Name.Kebab() + "/v1/" + c.kind.Many().Snake()
	mentioned := func(n string) bool { return bytes.Contains(src, []byte(n+":")) }
	if !mentioned(route) && !slices.ContainsFunc(names, mentioned) {
		return nil // the usual case, found without reading YAML
	}
	var doc struct {
		Paths      map[string]yaml.Node
		Components struct{ Schemas map[string]yaml.Node }
	}
	if err := yaml.Unmarshal(src, &doc); err != nil {
		c.problems.addf("%s: %v: correct it first", documentFile, err)
		return nil
	}
	for _, name := range names {
		if at, ok := doc.Components.Schemas[name]; ok {
			c.addf("the schema %s in %s:%d", name, documentFile, at.Line-1)
		}
	}
	if at, ok := doc.Paths[route]; ok {
		c.addf("the path %s in %s:%d", route, documentFile, at.Line-1)
	}
	return nil
}
