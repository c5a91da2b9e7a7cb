package scaffold

import (
	"fmt"
	"io/fs"
	"maps"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
)

// mentioned is a project with kind Nest, and with a file of somebody else. MODULE
// stands for the module.
func mentioned(t *testing.T, file, text string) fstest.MapFS {
	t.Helper()
	project := mustService(t, testBlueprint(t), birds, mustKind(t, "Nest height:int:required,shade:enum(dark|light)", "", "202602030000"))
	project[file] = &fstest.MapFile{Data: []byte(strings.ReplaceAll(text, "MODULE", birds.Module))}
	return project
}

func TestRemovalOfMentionedKindIsRefused(t *testing.T) {
	t.Parallel()
	const x = "pkg/x/x.go"
	for name, c := range map[string]struct {
		file, text string
		line       int
	}{
		"in the package":           {"pkg/services/more.go", "package services\n\nfunc f(s *NestService) {}\n", 3},
		"in its tests":             {"pkg/services/more_test.go", "package services\n\nvar f = NewNestService\n", 3},
		"in tests from outside":    {"pkg/services/more_test.go", "package services_test\n\nimport \"MODULE/pkg/services\"\n\nvar f = services.NewNestService\n", 5},
		"imported":                 {x, "package x\n\nimport \"MODULE/pkg/api\"\n\nvar n api.Nest\n", 5},
		"under an alias":           {x, "package x\n\nimport a \"MODULE/pkg/api\"\n\nvar n a.Nest\n", 5},
		"under the second alias":   {x, "package x\n\nimport a \"MODULE/pkg/api\"\nimport b \"MODULE/pkg/api\"\n\nvar p a.Meta\nvar n b.Nest\n", 7},
		"by a dot":                 {x, "package x\n\nimport . \"MODULE/pkg/api\"\n\nvar n Nest\n", 5},
		"embedded":                 {x, "package x\n\nimport \"MODULE/pkg/api\"\n\ntype X struct{ *api.Nest }\n", 5},
		"by an alias of the type":  {x, "package x\n\nimport \"MODULE/pkg/api\"\n\ntype X = api.Nest\n", 5},
		"as a type argument":       {x, "package x\n\nimport \"MODULE/pkg/api\"\n\ntype X G[api.Nest]\n", 5},
		"in a type switch":         {x, "package x\n\nimport \"MODULE/pkg/api\"\n\nfunc f(x any) {\n\tswitch x.(type) {\n\tcase *api.Nest:\n\t}\n}\n", 7},
		"behind a build tag":       {x, "//go:build never\n\npackage x\n\nimport \"MODULE/pkg/api\"\n\nvar n api.Nest\n", 7},
		"by the type of an enum":   {x, "package x\n\nimport \"MODULE/pkg/api\"\n\nvar n api.NestShade\n", 5},
		"by a value of an enum":    {x, "package x\n\nimport \"MODULE/pkg/api\"\n\nvar n = api.NestShadeDark\n", 5},
		"as a key of a map":        {"pkg/api/x.go", "package api\n\nvar m = map[any]int{NestShadeDark: 1}\n", 3},
		"its own package":          {x, "package x\n\nimport w \"MODULE/pkg/api/openapi/nests\"\n\nvar n w.NestList\n", 3},
		"its own package, unnamed": {x, "package x\n\nimport _ \"MODULE/pkg/api/openapi/nests\"\n", 3},
		"by its locator":           {x, "package x\n\nfunc f(env Env) { env.Services.Nests() }\n", 3},
		"by a variable":            {x, "package x\n\nfunc f(env Env) {\n\ts := &env.Services\n\ts.Nests()\n}\n", 5},
		"by a parameter":           {x, "package x\n\nfunc f(s *environments.Services) {\n\ts.Nests()\n}\n", 4},
		"in a literal":             {x, "package x\n\nvar s = environments.Services{Nests: nil}\n", 3},
		"in the document":          {"openapi/openapi.more.yaml", "x:\n  $ref: 'openapi.nests.yaml#/components/schemas/Nest'\n", 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			project := mentioned(t, c.file, c.text)
			problems := removalBlockedBy(t, project, "Nest", neverMigrated)
			wantProblem(t, problems, "mention", "--force", fmt.Sprintf("%s:%d", c.file, c.line))
			if got := strings.Count(strings.Join(problems, "\n"), c.file); got != 1 {
				t.Errorf("got %d lines, want 1: %q", got, problems)
			}
			after := mustRemove(t, testBlueprint(t), project, "Nest", Removal{NeverMigrated: true, Force: true})
			if _, err := fs.Stat(after, c.file); err != nil {
				t.Errorf("a file of somebody else: %v", err)
			}
		})
	}
}

// What only looks like a mention does not stand in the way of a removal.
func TestRemovalPassesOverWhatIsNoMention(t *testing.T) {
	t.Parallel()
	const x = "pkg/x/x.go"
	for name, c := range map[string]struct{ file, text string }{
		"names of another package":  {x, "package x\n\ntype Nest struct{ NestService, Nests int }\n\nvar x = other.Nest\n"},
		"comments and texts":        {"pkg/api/x.go", "package api\n\n// Nest is gone, NestShade too.\nconst x = \"Nest\"\n"},
		"fields":                    {"pkg/api/x.go", "package api\n\ntype tree struct{ Nest int }\n\nvar x = tree{Nest: 3}.Nest\n"},
		"methods":                   {"pkg/api/x.go", "package api\n\nfunc (Meta) Nest() int { return Meta{}.Nest() }\n"},
		"variables":                 {"pkg/api/x.go", "package api\n\nfunc f(Nest int) int { return Nest }\n"},
		"variables like a package":  {x, "package x\n\nimport \"MODULE/pkg/api\"\n\nvar m api.Meta\n\nfunc f(api tree) int { return api.Nest }\n"},
		"fields like the locator":   {x, "package x\n\nfunc f(tree Tree) int { return tree.Nests }\n"},
		"variables that go round":   {x, "package x\n\nvar a = b\nvar b = a\n\nvar c = a.Nests\n"},
		"what is not built":         {"pkg/x/_x.go", "package x\n\nimport \"MODULE/pkg/api\"\n\nvar n api.Nest\n"},
		"what somebody else builds": {"vendor/x/x.go", "package x\n\nimport \"MODULE/pkg/api\"\n\nvar n api.Nest\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			mustRemove(t, testBlueprint(t), mentioned(t, c.file, c.text), "Nest", neverMigrated)
		})
	}
}

// Links that lead nowhere, as Emacs makes them, and files that cannot be read do
// not concern a removal, unless they are Go.
func TestRemovalOpensOnlyWhatMayMentionIt(t *testing.T) {
	t.Parallel()
	b := testBlueprint(t)
	pristine := mustService(t, b, birds, mustKind(t, "Nest height:int:required", "", "202602030000"))
	project := maps.Clone(pristine)
	for _, file := range []string{"link", "pkg/x/link.go", "pkg/x/.#x.go"} {
		project[file] = &fstest.MapFile{Data: []byte("nowhere"), Mode: fs.ModeSymlink}
	}
	project["pipe.go"] = &fstest.MapFile{Mode: fs.ModeNamedPipe}
	read := &sync.Map{}
	opened, err := OpenProject(readsOf{project, read})
	if err != nil {
		t.Fatal(err)
	}
	read.Clear()
	if _, err := PlanRemoval(b, opened, "Nest", neverMigrated); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"link", "pkg/x/link.go", "pkg/x/.#x.go", "pipe.go", "README.md", "Makefile"} {
		if _, opened := read.Load(file); opened {
			t.Errorf("%s was opened", file)
		}
	}
	if _, opened := read.Load("pkg/services/generic.go"); !opened {
		t.Error("Go files were not opened")
	}
}

// readsOf notes which files are read, by several goroutines at once.
type readsOf struct {
	fstest.MapFS
	read *sync.Map
}

func (r readsOf) ReadFile(name string) ([]byte, error) {
	r.read.Store(name, true)
	return r.MapFS.ReadFile(name)
}

func (r readsOf) Open(name string) (fs.File, error) {
	if info, err := r.Lstat(name); err == nil && !info.IsDir() {
		r.read.Store(name, true)
	}
	return r.MapFS.Open(name)
}

// Kinds that refer to each other can be removed once somebody breaks the circle.
func TestRemovalOfCircleTellsTheWayOut(t *testing.T) {
	t.Parallel()
	b := testBlueprint(t)
	project := mustService(t, b, birds, mustKind(t, "Nest height:int", "", "202602030000"), mustKind(t, "Egg nest:ref(Nest)", "", "202602030001"),
		mustKind(t, "Shell egg:ref(Egg)", "", "202602030002"))
	wantProblem(t, removalBlockedBy(t, project, "Nest", migrated), "remove kind Egg first")
	project = mustAddFields(t, b, project, "Nest", "202602050000", "shell:ref(Shell)")
	for _, kind := range []string{"Nest", "Egg", "Shell"} {
		wantProblem(t, removalBlockedBy(t, project, kind, migrated), "by hand first", "ALTER TABLE", "DROP COLUMN", "trexgen.yaml")
	}
}
