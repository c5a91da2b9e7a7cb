package scaffold

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/trexgen/trexgen/internal/patch"
)

const (
	generatedWhy  = "types, as make generate writes them"
	makeGenerated = "make generate"
)

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
	after, needed := toLF(before), map[string]bool{}
	for _, place := range []struct {
		typ, use string
		shape    wireShape
	}{{"", useObject, wireObject}, {"CreateRequest", useCreate, wireCreate}, {"PatchRequest", usePatch, wirePatch}} {
		for _, f := range usedIn(a.fields, place.use) {
			line, err := wireFields(place.shape)(a.only(f))
			if err != nil {
				return fmt.Errorf("%s: render: %w", file, err)
			}
			addQualifiers(needed, line)
			if after, err = insertSorted(file, after, a.kind.Name.Pascal()+place.typ, strings.TrimSpace(line)); err != nil {
				a.next = append(a.next, makeGenerated)
				return nil //nolint:nilerr // the generator does it
			}
		}
	}
	after, err = fitGenerated(after, needed, a.project.Service.Module)
	if err != nil {
		a.next = append(a.next, makeGenerated)
		return nil //nolint:nilerr // the generator does it
	}
	if bytes.Contains(before, []byte("\r\n")) {
		after = bytes.ReplaceAll(after, []byte("\n"), []byte("\r\n"))
	}
	a.w.modify(file, before, after, generatedWhy)
	return nil
}

// insertSorted adds a field to a generated struct, which is in the order of the
// names in JSON. A field with a comment stands apart from the one before it.
func insertSorted(file string, src []byte, typ, line string) ([]byte, error) {
	fset := token.NewFileSet()
	tree, err := parser.ParseFile(fset, file, src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	fields, err := structFields(tree, typ)
	if err != nil {
		return nil, err
	}
	name := jsonName(line)
	i := slices.IndexFunc(fields.List, func(f *ast.Field) bool { return f.Tag != nil && jsonName(f.Tag.Value) > name })
	if i < 0 {
		i = len(fields.List)
	}
	at, behind := fset.Position(fields.Opening).Offset+1, ""
	switch {
	case i > 0:
		at = fset.Position(fields.List[i-1].End()).Offset
	case len(fields.List) > 0 && fields.List[0].Doc != nil:
		behind = "\n"
	}
	return slices.Concat(src[:at], []byte("\n\t"+line+behind), src[at:]), nil
}

// structFields returns the fields of a generated struct, which takes more than one
// line.
func structFields(tree *ast.File, typ string) (*ast.FieldList, error) {
	for _, d := range tree.Decls {
		gen, ok := d.(*ast.GenDecl)
		if !ok || gen.Tok != token.TYPE {
			continue
		}
		for _, spec := range gen.Specs {
			s := spec.(*ast.TypeSpec)
			if t, ok := s.Type.(*ast.StructType); ok && s.Name.Name == typ {
				return t.Fields, nil
			}
		}
	}
	return nil, &patch.NotFoundError{Anchor: "struct " + typ}
}

var jsonTag = regexp.MustCompile("json:\"([^\",]*)")

// jsonName returns the name in a tag, "" if there is none.
func jsonName(text string) string {
	if m := jsonTag.FindStringSubmatch(text); m != nil {
		return m[1]
	}
	return ""
}

// fitGenerated imports what the new lines need, by the names in front of a dot, and
// formats the file.
func fitGenerated(src []byte, names map[string]bool, module string) ([]byte, error) {
	var needed []string
	for _, name := range slices.Sorted(maps.Keys(valuePackages)) {
		if names[name] {
			needed = append(needed, valuePackages[name])
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
