package scaffold

import (
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

func mustAddFields(t testing.TB, b *Blueprint, project fstest.MapFS, kind, id string, specs ...string) fstest.MapFS {
	t.Helper()
	p, err := PlanFields(b, must(OpenProject(project)), kind, mustFields(t, specs...), FieldOptions{MigrationID: id})
	if err != nil {
		t.Fatal(err)
	}
	return tree(project, p)
}

// fieldsBlockedBy plans fields that must be refused and returns the problems.
func fieldsBlockedBy(t *testing.T, project fstest.MapFS, kind string, specs ...string) []string {
	t.Helper()
	p, err := PlanFields(testBlueprint(t), must(OpenProject(project)), kind, mustFields(t, specs...), FieldOptions{MigrationID: "202602050000"})
	var blocked *BlockedError
	if !errors.As(err, &blocked) || p != nil {
		t.Fatalf("add %q: got a plan: %t, %v, want a BlockedError and no plan", specs, p != nil, err)
	}
	return blocked.Problems
}

// everyField is a field of every type, in the order in which they are added.
var everyField = strings.Fields(`height:int:required:min=1:max=9 label:string:max=40:unique notes:text:max=1000 seen:int64:index weight:float:required:default=1.5
	price:decimal:required:default=2.50 active:bool built_at:time:required found_on:date owner:ref(Person) host:ref(Nest):immutable
	tag:uuid:unique extra:json:index shade:enum(dark|light):required:default=dark parts:[]enum(roof|floor) marks:[]string:required:min=0:max=5
	dates:[]date sums:[]decimal ids:[]uuid times:[]time state:enum(on|off) yes:bool API_key:string`)

// A kind is the same whether its fields came at once or later.
func TestFieldsLaterAreFieldsAtOnce(t *testing.T) {
	t.Parallel()
	b := testBlueprint(t)
	person := mustKind(t, "Person name:string:required", "", "202602030000")
	withoutHistory := func(project fstest.MapFS) fstest.MapFS {
		for file := range project {
			if strings.HasPrefix(file, migrationsDir) || file == manifestFile {
				delete(project, file)
			}
		}
		return project
	}
	for _, module := range []string{"birds", "a.org/birds"} {
		own := Service{Name: birds.Name, Module: module}
		some := mustService(t, b, own, person, mustKind(t, "Nest "+everyField[0], "", "202602030001"))
		all := mustService(t, b, own, person, mustKind(t, "Nest "+strings.Join(everyField, ","), "", "202602030001"))
		sameTree(t, withoutHistory(all), withoutHistory(mustAddFields(t, b, some, "nest", "202602050000", everyField[1:]...)))
	}
	want := mustService(t, b, birds, person, mustKind(t, "Nest "+strings.Join(everyField, ","), "", "202602030001"))
	for _, first := range []int{1, 5, len(everyField) - 1} {
		project := mustService(t, b, birds, person, mustKind(t, "Nest "+strings.Join(everyField[:first], ","), "", "202602030001"))
		atOnce := mustAddFields(t, b, project, "nest", "202602050000", everyField[first:]...)
		sameFields(t, want, atOnce)
		sameTree(t, withoutHistory(maps.Clone(want)), withoutHistory(maps.Clone(atOnce)))
	}
	project := mustService(t, b, birds, person, mustKind(t, "Nest "+everyField[0], "", "202602030001"))
	for i, spec := range everyField[1:] {
		project = mustAddFields(t, b, project, "Nest", fmt.Sprintf("2026020500%02d", i), spec)
	}
	sameFields(t, want, project)
	sameTree(t, withoutHistory(want), withoutHistory(project))
}

// sameFields reports kinds of two projects that have other fields in trexgen.yaml.
func sameFields(t *testing.T, want, got fstest.MapFS) {
	t.Helper()
	specs := func(project fstest.MapFS) (specs []string) {
		for _, k := range must(OpenProject(project)).Kinds {
			for _, f := range k.Fields {
				specs = append(specs, k.Name.Pascal()+" "+f.String())
			}
		}
		return specs
	}
	if diff := cmp.Diff(specs(want), specs(got)); diff != "" {
		t.Errorf("fields in %s (-want +got):\n%s", manifestFile, diff)
	}
}

// Owners change what was made for them; fields find their places all the same.
func TestFieldsInEditedFiles(t *testing.T) {
	t.Parallel()
	b := testBlueprint(t)
	project := mustService(t, b, birds, mustKind(t, "Nest height:int:required", "", "202602030001"))
	edit(t, project, "pkg/api/nest.go", "\tHeight int32\n", "\t// Height is in metres.\n\tHeight int32 // above ground\n\n\tOwn string `gorm:\"-\"`\n")
	edit(t, project, "pkg/api/presenters/nest.go", "func ApplyNest(obj", "func ApplyNest(nest")
	edit(t, project, "pkg/api/presenters/nest.go", "set(&obj.Height, patch.Height)", "if patch.Height != nil {\n\t\tset(&nest.Height, patch.Height)\n\t}\n\t// Mind the gap.")
	edit(t, project, "pkg/dao/nest.go", "options := []Option{}", "options := []Option{WithHidden(\"height\")}")
	edit(t, project, "openapi/openapi.nests.yaml", "              format: int32\n", "              format: int32\n              description: In metres. # above ground\n")
	edit(t, project, "test/factories/nests.go", "Int(\"height\").Required(),", "Int(\"height\").Required(), // that of a tree")
	// The model moved in with another one.
	model := project["pkg/api/nest.go"]
	delete(project, "pkg/api/nest.go")
	project["pkg/api/models.go"] = model

	got := mustAddFields(t, b, project, "Nest", "202602050000", "owner:ref(Nest)", "shade:enum(dark|light):required:default=dark", "built_at:time:required")
	for file, parts := range map[string][]string{
		"pkg/api/models.go":          {"// above ground\n", "\tOwn     string  `gorm:\"-\"`\n", "import \"time\"", "\tBuiltAt time.Time\n", "type NestShade string\n"},
		"pkg/api/presenters/nest.go": {"// Mind the gap.\n", "set(&nest.BuiltAt, patch.BuiltAt)\n", "storedOr(in.Shade, api.NestShadeDark),\n"},
		"pkg/dao/nest.go":            {`[]Option{WithHidden("height"), WithJoin[api.Nest]("owner", "owner_id")}`},
		"openapi/openapi.nests.yaml": {"In metres. # above ground\n", "required: [height, shade, built_at]\n", "required: [height, built_at]\n"},
		"test/factories/nests.go":    {"// that of a tree\n", "Ref(\"owner_id\", \"nests\", NestFields),\n"},
	} {
		for _, part := range parts {
			if !strings.Contains(string(got[file].Data), part) {
				t.Errorf("%s has no %q:\n%s", file, part, got[file].Data)
			}
		}
	}
}

func TestColumnsForRowsThatAreThere(t *testing.T) {
	t.Parallel()
	name, err := ParseKindName("Nest", "")
	if err != nil {
		t.Fatal(err)
	}
	for spec, want := range map[string]struct{ definition, refusal string }{
		"a:string":                           {definition: `ADD COLUMN "a" varchar(255);`},
		"a:string:required:default='it''s'":  {definition: `ADD COLUMN "a" varchar(255) NOT NULL DEFAULT 'it''s';`},
		"a:string:required":                  {definition: `ADD COLUMN "a" varchar(255) NOT NULL DEFAULT '';`},
		"a:string:required:min=3:max=5":      {definition: `ADD COLUMN "a" varchar(5) NOT NULL DEFAULT repeat('-', 3) CHECK (char_length("a") >= 3);`},
		"a:int:required":                     {definition: `ADD COLUMN "a" integer NOT NULL DEFAULT 0;`},
		"a:int:required:min=2":               {definition: `ADD COLUMN "a" integer NOT NULL DEFAULT 2 CHECK ("a" >= 2);`},
		"a:int:required:min=-5:max=-2":       {definition: `NOT NULL DEFAULT -2 CHECK ("a" BETWEEN -5 AND -2);`},
		"a:decimal:required:min=0.5":         {definition: `ADD COLUMN "a" numeric NOT NULL DEFAULT 0.5 CHECK ("a" >= 0.5);`},
		"a:bool:required":                    {definition: `boolean NOT NULL DEFAULT false;`},
		"a:time:required":                    {definition: `timestamptz NOT NULL DEFAULT now();`},
		"a:date:required":                    {definition: `date NOT NULL DEFAULT CURRENT_DATE;`},
		"a:uuid:required":                    {definition: `uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000';`},
		"a:uuid:required:unique":             {definition: `uuid NOT NULL DEFAULT gen_random_uuid() UNIQUE;`},
		"a:json:required":                    {definition: `jsonb NOT NULL DEFAULT '{}';`},
		"a:[]int:required:index":             {definition: "jsonb NOT NULL DEFAULT '[]';\nCREATE INDEX ON \"nests\" USING gin (\"a\");"},
		"a:enum(x|y):required":               {definition: `text NOT NULL DEFAULT 'x' CHECK ("a" IN ('x', 'y'));`},
		"a:ref(Nest)":                        {definition: "uuid REFERENCES \"nests\" (\"id\") ON DELETE RESTRICT;\nCREATE INDEX ON \"nests\" (\"a_id\");"},
		"a:ref(Tree):required":               {refusal: "leave required out"},
		"a:string:required:unique":           {refusal: "leave required out"},
		"a:[]int:required:min=1":             {refusal: "give it a default"},
		"a:[]int:required:min=1:default=[7]": {definition: `NOT NULL DEFAULT '[7]' CHECK (jsonb_array_length("a") >= 1);`},
	} {
		t.Run(spec, func(t *testing.T) {
			t.Parallel()
			m, err := fieldMigration(Kind{Name: name}, mustFields(t, spec))
			if want.refusal != "" {
				if err == nil || !strings.Contains(err.Error(), want.refusal) {
					t.Errorf("got %v, want %q", err, want.refusal)
				}
				return
			}
			if err != nil || !strings.Contains(string(m.text), want.definition) {
				t.Errorf("got %v\n%s\nwant %s", err, m.text, want.definition)
			}
			if stopgap := strings.Contains(spec, "required") && !strings.Contains(spec, "default"); stopgap != (len(m.later) == 1) ||
				stopgap != strings.Contains(m.why, "step one of two") || stopgap != strings.Contains(string(m.text), "Step one of two") {
				t.Errorf("steps: got %q, %q in\n%s", m.why, m.later, m.text)
			}
		})
	}
}
