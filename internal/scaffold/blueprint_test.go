package scaffold

import (
	"io/fs"
	"maps"
	"path"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"

	"github.com/trexgen/trexgen/blueprints"
)

func testBlueprint(t testing.TB) *Blueprint {
	t.Helper()
	b, err := OpenBlueprint(blueprints.Service())
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func readFile(t testing.TB, fsys fs.FS, name string) []byte {
	t.Helper()
	src, err := fs.ReadFile(fsys, name)
	if err != nil {
		t.Fatal(err)
	}
	return src
}

func TestTablesNameFilesOfTheBlueprint(t *testing.T) {
	t.Parallel()
	b := testBlueprint(t)
	for _, h := range holes {
		if !slices.Contains(b.kindFiles, h.file) {
			t.Errorf("hole: %s is no file of the exemplar's", h.file)
		}
	}
	for _, file := range b.kindFiles {
		if path.Ext(file) != ".go" && templateFor(file) == nil {
			t.Errorf("%s is no Go and has no template", file)
		}
	}
	for _, text := range textFiles {
		if !slices.Contains(b.kindFiles, text.file) {
			t.Errorf("template: %s is no file of the exemplar's", text.file)
		}
	}
	for _, row := range wiring {
		if !slices.Contains(b.serviceFiles, row.file) || row.why == "" {
			t.Errorf("wiring: %s is no file of the service's, or has no reason", row.file)
		}
	}
	for _, file := range slices.Concat(b.kindFiles, b.serviceFiles) {
		if reason(file, b.Kind.Name) == "" {
			t.Errorf("%s has no reason: add a row", file)
		}
	}
}

func TestSchemasAreThoseOfTheExemplar(t *testing.T) {
	t.Parallel()
	b := testBlueprint(t)
	var doc struct {
		Components struct{ Schemas map[string]yaml.Node }
	}
	if err := yaml.Unmarshal(readFile(t, b.FS, "openapi/openapi.fossil_entries.yaml"), &doc); err != nil {
		t.Fatal(err)
	}
	got := slices.Sorted(maps.Keys(doc.Components.Schemas))
	if diff := cmp.Diff(slices.Sorted(slices.Values(schemas)), got); diff != "" {
		t.Errorf("(-table +exemplar):\n%s", diff)
	}
}
