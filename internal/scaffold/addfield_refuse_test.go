package scaffold

import (
	"maps"
	"strings"
	"testing"
	"testing/fstest"
)

// lostPlaces are edits after which a file has no place for fields, with a line that
// has to be added by hand then.
var lostPlaces = map[string]struct{ from, to, code string }{
	"pkg/api/nest.go":            {"type Nest struct", "type nest struct", "Shade NestShade"},
	"pkg/api/presenters/nest.go": {"func ApplyNest(", "func applyNest(", "set(&obj.Shade, patch.Shade)"},
	"pkg/dao/nest.go":            {"[]Option{}", "own", `WithJoin[api.Nest]("owner", "owner_id")`},
	"test/factories/nests.go":    {"func NestFields(", "func nestFields(", `Enum("shade", "dark", "light").Required().Default("dark")`},
	"openapi/openapi.nests.yaml": {"    NestPatchRequest:", "    NestPatch:", "enum: [dark, light]"},
}

var newFields = []string{"shade:enum(dark|light):required:default=dark", "owner:ref(Nest)", "built_at:time:required"}

// A field whose places are gone is not half added.
func TestFieldsWithoutPlacesAreRefused(t *testing.T) {
	t.Parallel()
	b := testBlueprint(t)
	pristine := mustService(t, b, birds, mustKind(t, "Nest height:int:required", "", "202602030001"))
	for file, c := range lostPlaces {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			project := maps.Clone(pristine)
			edit(t, project, file, c.from, c.to)
			problems := fieldsBlockedBy(t, project, "Nest", newFields...)
			wantProblem(t, problems, file, c.code)
			wantProblem(t, problems, "give --partial")
		})
	}
	t.Run("all at once", func(t *testing.T) {
		t.Parallel()
		project := maps.Clone(pristine)
		edit(t, project, "pkg/api/nest.go", "type Nest struct", "type nest struct")
		edit(t, project, "test/factories/nests.go", "func NestFields(", "func nestFields(")
		problems := fieldsBlockedBy(t, project, "Nest", "size:int")
		wantProblem(t, problems, "pkg/api/nest.go", "Size *int32")
		wantProblem(t, problems, "test/factories/nests.go", `Int("size")`)
	})
	t.Run("files that are gone", func(t *testing.T) {
		t.Parallel()
		project := maps.Clone(pristine)
		delete(project, "pkg/api/nest.go")
		delete(project, "test/factories/nests.go")
		problems := fieldsBlockedBy(t, project, "Nest", newFields...)
		wantProblem(t, problems, "pkg/api/nest.go is not there", "Shade NestShade")
		wantProblem(t, problems, "pkg/api/nest.go is not there", "type NestShade string")
		wantProblem(t, problems, "test/factories/nests.go is not there", `Ref("owner_id", "nests", NestFields),`)
	})
	t.Run("what the lines need", func(t *testing.T) {
		t.Parallel()
		project := maps.Clone(pristine)
		edit(t, project, "pkg/api/nest.go", "type Nest struct", "type nest struct")
		edit(t, project, "openapi/openapi.nests.yaml", "    NestCreateRequest:", "    NestCreate:")
		problems := fieldsBlockedBy(t, project, "Nest", newFields...)
		wantProblem(t, problems, "BuiltAt time.Time", `"time"`)
		wantProblem(t, problems, "NestCreateRequest", "format: date-time", "required: [built_at]")
	})
	t.Run("a record on one line", func(t *testing.T) {
		t.Parallel()
		project := maps.Clone(pristine)
		edit(t, project, "trexgen.yaml", "  - name: Nest\n    plural: Nests\n    fields:\n      - height:int:required\n    migration: \"202602030001\"\n",
			"  - {name: Nest, plural: Nests, migration: \"202602030001\", fields: ['height:int:required']}\n")
		wantProblem(t, fieldsBlockedBy(t, project, "Nest", newFields...), "trexgen.yaml", "added:", "fields: [shade, owner_id, built_at]")
	})
	t.Run("there already", func(t *testing.T) {
		t.Parallel()
		wantProblem(t, fieldsBlockedBy(t, pristine, "Nest", "Height:string"), "Nest", "height:int:required already")
	})
	t.Run("a type in the way", func(t *testing.T) {
		t.Parallel()
		project := maps.Clone(pristine)
		project["pkg/api/own.go"] = &fstest.MapFile{Data: []byte("package api\n\ntype NestShade int\n")}
		wantProblem(t, fieldsBlockedBy(t, project, "Nest", "shade:enum(dark|light)"), "NestShade", "pkg/api/own.go:3")
	})
	t.Run("a field in the way, whatever has a place", func(t *testing.T) {
		t.Parallel()
		project := maps.Clone(pristine)
		edit(t, project, "pkg/api/nest.go", "\tHeight int32\n", "\tHeight int32\n\tSize string\n")
		edit(t, project, "test/factories/nests.go", "func NestFields(", "func nestFields(")
		p, err := PlanFields(b, must(OpenProject(project)), "Nest", mustFields(t, "size:int"), FieldOptions{MigrationID: "202602050000", Partial: true})
		if err == nil || p != nil || !strings.Contains(err.Error(), "Size string is in the way") || strings.Contains(err.Error(), "--partial") {
			t.Errorf("got %v, %v, want what is in the way and no plan", p, err)
		}
	})
}

// What a partial plan does not write is what it tells, to the line.
func TestPartialFieldsTellWhatIsMissing(t *testing.T) {
	t.Parallel()
	b := testBlueprint(t)
	pristine := mustService(t, b, birds, mustKind(t, "Nest height:int:required", "", "202602030001"))
	whole := mustAddFields(t, b, pristine, "Nest", "202602050000", newFields...)
	for file, c := range lostPlaces {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			project := maps.Clone(pristine)
			edit(t, project, file, c.from, c.to)
			p, err := PlanFields(b, must(OpenProject(project)), "Nest", mustFields(t, newFields...), FieldOptions{MigrationID: "202602050000", Partial: true})
			if err != nil {
				t.Fatal(err)
			}
			steps, got := squeeze(strings.Join(p.Next, "\n")), tree(project, p)
			edit(t, got, file, c.to, c.from)
			for other := range whole {
				want, have := squeeze(string(whole[other].Data)), squeeze(string(got[other].Data))
				if other != file && want != have {
					t.Errorf("%s: got\n%s\nwant\n%s", other, have, want)
				}
			}
			there := squeeze(string(got[file].Data))
			for line := range strings.SplitSeq(squeeze(string(whole[file].Data)), "\n") {
				line = strings.TrimPrefix(line, "import ")
				if !strings.Contains(there, line) && !strings.Contains(steps, line) && !strings.HasPrefix(line, "required: [height") {
					t.Errorf("nobody is told of %q:\n%s", line, steps)
				}
			}
		})
	}
}

// squeeze takes the layout out of a text, but for its lines.
func squeeze(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = strings.Join(strings.Fields(line), " ")
	}
	return strings.Join(lines, "\n")
}
