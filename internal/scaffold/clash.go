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

// checkClashes reports kinds that are there already, and names that the kinds
// would declare and something else declares already, which the compiler or the
// OpenAPI loader would find later.
//
// The files of other kinds are not read, so that the hundredth kind is added as
// fast as the first: what they declare follows from their names. Only where a
// kind's plain name is declared are all files read, since people put types of
// their own beside it.
func (b *Blueprint) checkClashes(w *workspace, p *problems, service Service, others []Kind, kinds []wiredKind) error {
	search, err := b.newClashSearch(w, service, others)
	if err != nil {
		return err
	}
	for _, k := range kinds {
		found, err := search.of(k.Name)
		if err != nil {
			return err
		}
		if err := search.report(p, k.Kind, found); err != nil {
			return err
		}
		search.known.add(k.Name)
	}
	return nil
}

// A clashSearch finds what is in the way of a kind's name.
type clashSearch struct {
	b       *Blueprint
	w       *workspace
	service Service
	scopes  []scope
	skip    []map[string]bool // files that need not be read, for each scope
	known   kindIndex

	relations map[string]relation // of the database, but for the kinds' own
}

// newClashSearch returns the search in a service that has the kinds already.
func (b *Blueprint) newClashSearch(w *workspace, service Service, kinds []Kind) (*clashSearch, error) {
	scopes, err := b.scopes()
	if err != nil {
		return nil, err
	}
	skip := make([]map[string]bool, len(scopes))
	for i, s := range scopes {
		if !slices.Contains(s.patterns, pattern{}) {
			skip[i] = b.kindFileNames(s, kinds)
		}
	}
	relations, err := relationsOf(w, migrationIDs(kinds))
	if err != nil {
		return nil, err
	}
	return &clashSearch{b: b, w: w, service: service, scopes: scopes, skip: skip, known: newKindIndex(kinds), relations: relations}, nil
}

// clashes are what is in the way of one kind. The first of the three that is
// there says it all.
type clashes struct {
	same   *Name // a kind of this name, maybe in another spelling
	folder *Name // a kind whose package is in the same folder
	taken  []string

	unreadable []string // files that could not be searched
}

func (c *clashes) none() bool { return c.same == nil && c.folder == nil && len(c.taken) == 0 }

func (c *clashes) addf(format string, args ...any) {
	c.taken = append(c.taken, fmt.Sprintf(format, args...))
}

// of returns what is in the way of a kind of the given name.
func (s *clashSearch) of(n Name) (*clashes, error) {
	c := &clashes{}
	if other, ok := s.known.flat[n.Flat()]; ok {
		c.same = &other
		return c, nil
	}
	if other, ok := s.known.packages[n.Many().Flat()]; ok {
		c.folder = &other
		return c, nil
	}
	named := s.b.kindRenamer(s.service, Kind{Name: n}).Replace
	for i, scope := range s.scopes {
		scope.dir = named(scope.dir)
		c.compare(scope, n, s.known)
		if err := c.scan(s.w, scope, n, s.skip[i]); err != nil {
			return nil, err
		}
	}
	if r, ok := s.relations[n.Many().Snake()]; ok {
		c.addf("the %s %s in %s", r.what, n.Many().Snake(), r.file)
	}
	return c, s.scanDocument(c, n)
}

// report adds what is in the way of a kind to the problems, with a name that
// nothing is in the way of.
func (s *clashSearch) report(p *problems, k Kind, c *clashes) error {
	for _, file := range c.unreadable {
		p.addf("%s: correct it first", file)
	}
	if c.none() {
		return nil
	}
	hint, err := remedy(k.Name, func(r Name) (bool, error) {
		if len(r.faults()) > 0 {
			return false, nil
		}
		found, err := s.of(r)
		return err == nil && found.none(), err
	})
	switch {
	case err != nil:
		return err
	case c.same != nil && k.Name.Pascal() == c.same.Pascal():
		p.addf("kind %s exists already%s: %s, or change its files by hand", c.same.Spelled(), k.otherSpelling(*c.same), hint)
	case c.same != nil:
		p.addf("kind %s differs from kind %s in capitals only: %s", k.Name, c.same, hint)
	case c.folder != nil:
		p.addf("kind %s: its package %s is that of kind %s: %s", k.Name, k.Name.Many().Flat(), c.folder, hint)
	default:
		p.addf("kind %s: %s, since these names are taken:\n%s", k.Name, hint, strings.Join(c.taken, "\n"))
	}
	return nil
}

// compare compares names with names: those of other kinds, and the kind's own.
func (c *clashes) compare(s scope, n Name, known kindIndex) {
	own := map[string]bool{}
	for _, pattern := range s.patterns {
		name := pattern.of(n)
		if own[name] {
			c.addf("%s in %s, by itself", name, s.dir)
		}
		own[name] = true
		if other, ok := s.kindOf(name, known); ok {
			c.addf("%s in %s, by kind %s", name, s.dir, other)
		}
	}
}

// scan looks for the kind's names in the files of a package.
func (c *clashes) scan(w *workspace, s scope, n Name, skip map[string]bool) error {
	var names []string
	for _, pattern := range s.patterns {
		if !pattern.fixed {
			names = append(names, pattern.of(n))
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
		if !slices.ContainsFunc(names, func(name string) bool { return bytes.Contains(src, []byte(name)) }) {
			continue
		}
		tree, fset, err := parseDecls(file, src)
		if err != nil {
			c.unreadable = append(c.unreadable, err.Error())
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
func (s *clashSearch) scanDocument(c *clashes, n Name) error {
	var names []string
	var kept scope
	for _, schema := range schemas {
		kept.patterns = append(kept.patterns, parsePattern(schema, s.b.Kind.Name))
	}
	for _, pattern := range kept.patterns {
		name := pattern.of(n)
		names = append(names, name)
		if other, ok := kept.kindOf(name, s.known); ok {
			c.addf("the OpenAPI schema %s, by kind %s", name, other)
		}
	}
	src, err := s.w.read(documentFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // whoever has removed it has another way
	}
	if err != nil {
		return err
	}
	route := "/api/" + s.service.Name.Kebab() + "/v1/" + n.Many().Snake()
	mentioned := func(name string) bool { return bytes.Contains(src, []byte(name+":")) }
	if !mentioned(route) && !slices.ContainsFunc(names, mentioned) {
		return nil // the usual case, found without reading YAML
	}
	var doc struct {
		Paths      map[string]yaml.Node
		Components struct{ Schemas map[string]yaml.Node }
	}
	if err := yaml.Unmarshal(src, &doc); err != nil {
		c.unreadable = append(c.unreadable, fmt.Sprintf("%s: %v", documentFile, err))
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
