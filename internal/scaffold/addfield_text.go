package scaffold

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/trexgen/trexgen/internal/patch"
)

const (
	kindDocument = "openapi/openapi.fossil_entries.yaml"
	documentWhy  = "describes the field"
)

// patchDocument adds the fields to the schemas of the OpenAPI document.
func (a *addition) patchDocument() error {
	file := a.kind.named(kindDocument)
	before, err := a.w.read(file)
	if errors.Is(err, fs.ErrNotExist) {
		a.byHand.addf("%s is not there: it describes the kind; restore it", file)
		return nil
	}
	if err != nil {
		return err
	}
	after := before
	for _, schema := range []struct{ name, use string }{
		{a.kind.Name.Pascal(), useObject},
		{a.kind.Name.Pascal() + "CreateRequest", useCreate},
		{a.kind.Name.Pascal() + "PatchRequest", usePatch},
	} {
		at, err := schemaPath(before, schema.name, schema.use)
		if err != nil {
			a.problems.addf("%s: %v", file, err)
			return nil
		}
		for _, f := range usedIn(a.fields, schema.use) {
			if after, err = a.insertProperty(after, at, schema.use, f); isPlaceless(err) {
				a.byHand.addf("%s: in the schema %s: %v", file, schema.name, err)
			} else if err != nil {
				a.problems.addf("%s: in the schema %s: %v", file, schema.name, err)
			}
		}
	}
	a.w.modify(file, before, after, documentWhy)
	return nil
}

// schemaPath returns where the properties of a schema are: in itself, or in a part
// of what it is all of. Where neither has any, it is where they were made.
func schemaPath(src []byte, name, use string) ([]string, error) {
	type schema struct{ Properties yaml.Node }
	var doc struct {
		Components struct {
			Schemas map[string]struct {
				schema `yaml:",inline"`
				AllOf  []schema `yaml:"allOf"`
			}
		}
	}
	if err := yaml.Unmarshal(src, &doc); err != nil {
		return nil, err
	}
	at := []string{"components", "schemas", name}
	made, ok := doc.Components.Schemas[name]
	if ok && !made.Properties.IsZero() {
		return at, nil
	}
	if i := slices.IndexFunc(made.AllOf, func(part schema) bool { return !part.Properties.IsZero() }); i >= 0 {
		return append(at, "allOf", strconv.Itoa(i)), nil
	}
	if use == useObject {
		return append(at, "allOf", "1"), nil // behind what all objects have
	}
	return at, nil
}

// insertProperty adds a field to the schema at a path, and to what it requires. It
// returns what it could do, and the lines for the rest in an error.
func (a *addition) insertProperty(src []byte, at []string, use string, f Field) ([]byte, error) {
	names := requiredColumns([]Field{f}, use)
	out, err := patch.InsertKey(src, slices.Concat(at, []string{"properties"}), f.Column(), strings.Join(schemaLines(a.kind.Kind, f, use), "\n"), "")
	if err != nil {
		var missing *patch.NotFoundError
		if errors.As(err, &missing) && len(names) > 0 {
			missing.Code += "\nand to what it requires:\nrequired: [" + names[0] + "]"
		}
		return src, err
	}
	if len(names) == 0 {
		return out, nil
	}
	withList, err := patch.AppendSequence(out, slices.Concat(at, []string{"required"}), names...)
	if isNotFound(err) {
		withList, err = patch.InsertKey(out, at, "required", "["+names[0]+"]", "properties")
	}
	if err != nil {
		return out, err
	}
	return withList, nil
}

// record adds the fields to the kind's item in trexgen.yaml.
func (a *addition) record() error {
	before, err := a.w.read(manifestFile)
	if err != nil {
		return err
	}
	i, err := manifestIndex(before, a.kind.Kind)
	if err != nil {
		a.problems.addf("%s: %v", manifestFile, err)
		return nil
	}
	var specs, columns []string
	for _, f := range a.fields {
		specs = append(specs, yamlSpec(f.String()))
		columns = append(columns, yamlScalar(f.Column()))
	}
	item := []string{"kinds", strconv.Itoa(i)}
	after := before
	note := func(out []byte, err error) {
		switch {
		case err == nil:
			after = out
		case isPlaceless(err):
			a.byHand.addf("%s: %v", manifestFile, err)
		default:
			a.problems.addf("%s: %v", manifestFile, err)
		}
	}
	note(patch.AppendSequence(before, slices.Concat(item, []string{"fields"}), specs...))
	later := fmt.Sprintf("migration: %q\nfields: [%s]", a.id, strings.Join(columns, ", "))
	if len(a.before.Added) > 0 {
		note(patch.AppendSequence(after, slices.Concat(item, []string{"added"}), later))
	} else {
		note(patch.InsertKey(after, item, "added", "- "+strings.ReplaceAll(later, "\n", "\n  "), ""))
	}
	a.w.modify(manifestFile, before, after, "records the fields")
	return nil
}

// manifestIndex returns which item of trexgen.yaml the kind is.
func manifestIndex(src []byte, k Kind) (int, error) {
	var m struct {
		Kinds []yaml.Node `yaml:"kinds"`
	}
	if err := yaml.Unmarshal(src, &m); err != nil {
		return 0, err
	}
	return slices.IndexFunc(m.Kinds, func(n yaml.Node) bool { return isManifestItem(&n, k) }), nil
}
