// Package spec is the OpenAPI document of the service: openapi.yaml with what
// all kinds share, and one openapi.<kinds>.yaml a kind, merged when the
// document is served. A kind's file is found by its name, so that adding a
// kind adds a file and changes none.
package spec

import (
	"cmp"
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"go.yaml.in/yaml/v4"
)

//go:generate go run ./generate

//go:embed openapi*.yaml
var files embed.FS

const root = "openapi.yaml"

// Document is the merged and checked document.
type Document struct {
	// JSON is what is served.
	JSON []byte

	schemas openapi3.Schemas
}

// Load merges the files and checks that the result is valid OpenAPI.
func Load() (*Document, error) { return load(files) }

// Schema returns the named schema of the components.
func (d *Document) Schema(name string) (*openapi3.Schema, error) {
	ref, ok := d.schemas[name]
	if !ok {
		return nil, fmt.Errorf("openapi: no schema %s", name)
	}
	return ref.Value, nil
}

func load(fsys fs.FS) (*Document, error) {
	merged, err := merge(fsys)
	if err != nil {
		return nil, err
	}
	data, err := json.Marshal(merged)
	if err != nil {
		return nil, fmt.Errorf("openapi: %w", err)
	}
	doc, err := openapi3.NewLoader().LoadFromData(data)
	if err != nil {
		return nil, fmt.Errorf("openapi: %w", err)
	}
	if err := doc.Validate(context.Background()); err != nil {
		return nil, fmt.Errorf("openapi: %w", err)
	}
	if data, err = published(merged); err != nil {
		return nil, fmt.Errorf("openapi: publish: %w", err)
	}
	return &Document{JSON: data, schemas: doc.Components.Schemas}, nil
}

type object = map[string]any

// merge adds the paths, tags and components of each kind's file to those of
// the root. What is defined twice is an error.
func merge(fsys fs.FS) (object, error) {
	merged, err := read(fsys, root)
	if err != nil {
		return nil, err
	}
	names, err := fs.Glob(fsys, "openapi.*.yaml")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		part, err := read(fsys, name)
		if err != nil {
			return nil, err
		}
		local(part)
		if err := add(merged, part); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return merged, nil
}

func read(fsys fs.FS, name string) (object, error) {
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, err
	}
	var doc object
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return doc, nil
}

// local turns references to the root's file into references within the
// merged document: openapi.yaml#/components/… ⇒ #/components/…
func local(node any) {
	switch node := node.(type) {
	case object:
		if ref, ok := node["$ref"].(string); ok {
			node["$ref"] = strings.TrimPrefix(ref, root)
		}
		for _, child := range node {
			local(child)
		}
	case []any:
		for _, child := range node {
			local(child)
		}
	}
}

func add(merged, part object) error {
	if tags, ok := part["tags"].([]any); ok {
		all, _ := merged["tags"].([]any)
		all = append(all, tags...)
		slices.SortStableFunc(all, func(a, b any) int { return cmp.Compare(strings.ToLower(nameOf(a)), strings.ToLower(nameOf(b))) })
		merged["tags"] = all
	}
	if err := addAll(merged, part, "paths"); err != nil {
		return err
	}
	components, _ := part["components"].(object)
	shared, _ := merged["components"].(object)
	for _, section := range slices.Sorted(maps.Keys(components)) {
		if err := addAll(shared, components, section); err != nil {
			return err
		}
	}
	return nil
}

func nameOf(node any) string {
	tag, _ := node.(object)
	name, _ := tag["name"].(string)
	return name
}

func addAll(merged, part object, section string) error {
	from, _ := part[section].(object)
	to, ok := merged[section].(object)
	if !ok {
		to = object{}
		merged[section] = to
	}
	for _, key := range slices.Sorted(maps.Keys(from)) {
		if _, taken := to[key]; taken {
			return fmt.Errorf("%s %s is defined in another file too", section, key)
		}
		to[key] = from[key]
	}
	return nil
}
