package scaffold

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go/format"

	"go.yaml.in/yaml/v4"

	"github.com/trexgen/trexgen/internal/patch"
)

const (
	kindDocument  = "openapi/openapi.fossil_entries.yaml"
	documentWhy   = "describes the field"
	generatedWhy  = "types, as make generate writes them"
	makeGenerated = "make generate"
)

// patchDocument adds the fields to the schemas of the OpenAPI document.
func (a *addition) patchDocument() error {
	file := a.kind.named(kindDocument)
	before, err := a.w.read(file)
	if errors.Is(err, fs.ErrNotExist) {
		a.problems.addf("%s is not there: it describes the kind; restore it", file)
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
		for _, f := range usedIn(a.fields, schema.use) {
			out, err := a.insertProperty(after, schema.name, schema.use, f)
			if err != nil {
				a.problems.addf("%s: in the schema %s: %v", file, schema.name, err)
				continue
			}
			after = out
		}
	}
	a.w.modify(file, before, after, documentWhy)
	return nil
}

// insertProperty adds a field to a schema, and to what the schema requires.
func (a *addition) insertProperty(src []byte, schema, use string, f Field) ([]byte, error) {
	at := []string{"components", "schemas", schema}
	if use == useObject {
		at = append(at, "allOf", "1") // behind what all objects have
	}
	properties := slices.Concat(at, []string{"properties"})
	out, err := patch.InsertKey(src, properties, f.Column(), strings.Join(schemaLines(a.kind.Kind, f, use), "\n"), "")
	if err != nil {
		return nil, err
	}
	names := requiredColumns([]Field{f}, use)
	if len(names) == 0 {
		return out, nil
	}
	withList, err := patch.AppendSequence(out, slices.Concat(at, []string{"required"}), names...)
	if isNotFound(err) {
		return patch.InsertKey(out, at, "required", "["+names[0]+"]", "properties")
	}
	return withList, err
}

// patchGenerated adds the fields to the generated types, where the generator would
// put them. What it cannot place is left to the generator.
func (a *addition) patchGenerated() error {
	file := a.path(generatedFile)
	before, err := a.w.read(file)
	if errors.Is(err, fs.ErrNotExist) {
		a.next = append(a.next, makeGenerated)
		return nil
	}
	if err != nil {
		return err
	}
	after := before
	for _, place := range []struct {
		typ, use string
		shape    wireShape
	}{{"", useObject, wireObject}, {"CreateRequest", useCreate, wireCreate}, {"PatchRequest", usePatch, wirePatch}} {
		for _, f := range usedIn(a.fields, place.use) {
			line, err := wireFields(place.shape)(a.only(f))
			if err != nil {
				return fmt.Errorf("%s: render: %w", file, err)
			}
			if after, err = insertSorted(file, after, a.kind.Name.Pascal()+place.typ, strings.TrimSpace(line)); err != nil {
				a.next = append(a.next, makeGenerated)
				return nil //nolint:nilerr // the generator does it
			}
		}
	}
	after, err = fitGenerated(after, a.project.Service.Module)
	if err != nil {
		a.next = append(a.next, makeGenerated)
		return nil //nolint:nilerr // the generator does it
	}
	a.w.modify(file, before, after, generatedWhy)
	return nil
}

var jsonName = regexp.MustCompile("`json:\"([^\",]*)")

// insertSorted adds a field to a generated struct, which is in the order of the
// names in JSON.
func insertSorted(file string, src []byte, typ, line string) ([]byte, error) {
	f, err := patch.Parse(file, src)
	if err != nil {
		return nil, err
	}
	body, err := patch.StructBody(f, typ)
	if err != nil {
		return nil, err
	}
	name := jsonName.FindStringSubmatch(line)[1]
	at, next := body.Start, body.Start
	for row := range strings.SplitAfterSeq(string(src[body.Start:body.End]), "\n") {
		next += len(row)
		if m := jsonName.FindStringSubmatch(row); m != nil {
			if m[1] > name {
				break // and behind the comment of what comes next, at, nothing
			}
			at = next
		}
	}
	return slices.Concat(src[:at], []byte("\t"+line+"\n"), src[at:]), nil
}

// fitGenerated imports what the generated types need and formats the file.
func fitGenerated(src []byte, module string) ([]byte, error) {
	names := map[string]bool{}
	addQualifiers(names, string(src))
	var needed []string
	for name, path := range valuePackages {
		if names[name] {
			needed = append(needed, path)
		}
	}
	if names[modelPackage] {
		needed = append(needed, module+"/"+modelsDir)
	}
	if names["nullable"] {
		needed = append(needed, "github.com/oapi-codegen/nullable")
	}
	out, err := format.Source(importGenerated(src, needed))
	if err != nil {
		return nil, err
	}
	return groupImports(out), nil
}

// importGenerated adds imports to a generated file. The generator writes two
// blocks, the second with all that is not of the standard library, and then
// groupImports splits that.
func importGenerated(src []byte, paths []string) []byte {
	const open, end = "import (\n", "\n)\n"
	before, rest, _ := bytes.Cut(src, []byte(open))
	section, after, ok := bytes.Cut(rest, []byte(end))
	if !ok {
		return src
	}
	standard, others, _ := strings.Cut(string(section), "\n\n")
	others = strings.ReplaceAll(others, "\n\n", "\n")
	for _, path := range paths {
		if !bytes.Contains(section, []byte("\t"+strconv.Quote(path))) {
			others += "\n\t" + strconv.Quote(path)
		}
	}
	return slices.Concat(before, []byte(open+standard+"\n\n"+others+end), after)
}

// record adds the fields to the kind's item in trexgen.yaml.
func (a *addition) record() error {
	before, err := a.w.read(manifestFile)
	if err != nil {
		return err
	}
	after, err := a.recorded(before)
	if err != nil {
		a.problems.addf("%s: %v", manifestFile, err)
		return nil
	}
	a.w.modify(manifestFile, before, after, "records the fields")
	return nil
}

func (a *addition) recorded(src []byte) ([]byte, error) {
	var m struct {
		Kinds []yaml.Node `yaml:"kinds"`
	}
	if err := yaml.Unmarshal(src, &m); err != nil {
		return nil, err
	}
	i := slices.IndexFunc(m.Kinds, func(n yaml.Node) bool { return isManifestItem(&n, a.kind.Kind) })
	item := []string{"kinds", strconv.Itoa(i)}
	var specs, columns []string
	for _, f := range a.fields {
		specs = append(specs, yamlSpec(f.String()))
		columns = append(columns, yamlScalar(f.Column()))
	}
	out, err := patch.AppendSequence(src, slices.Concat(item, []string{"fields"}), specs...)
	if err != nil {
		return nil, err
	}
	later := fmt.Sprintf("migration: %q\nfields: [%s]", a.id, strings.Join(columns, ", "))
	if len(a.before.Added) > 0 {
		return patch.AppendSequence(out, slices.Concat(item, []string{"added"}), later)
	}
	return patch.InsertKey(out, item, "added", "- "+strings.ReplaceAll(later, "\n", "\n  "), "")
}
