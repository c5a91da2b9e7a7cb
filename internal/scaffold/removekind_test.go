package scaffold

import (
	"bytes"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// mustRemove removes a kind and returns the project without it.
func mustRemove(t testing.TB, b *Blueprint, project fstest.MapFS, name string, r Removal) fstest.MapFS {
	t.Helper()
	opened, err := OpenProject(project)
	if err != nil {
		t.Fatal(err)
	}
	p, err := PlanRemoval(b, opened, name, r)
	if err != nil {
		t.Fatal(err)
	}
	return tree(project, p)
}

// removalBlockedBy plans a removal that must be refused and returns the problems.
func removalBlockedBy(t *testing.T, project fstest.MapFS, name string, r Removal) []string {
	t.Helper()
	opened, err := OpenProject(project)
	if err != nil {
		t.Fatal(err)
	}
	p, err := PlanRemoval(testBlueprint(t), opened, name, r)
	var blocked *BlockedError
	if !errors.As(err, &blocked) || p != nil {
		t.Fatalf("remove %s: got %v, %v, want a BlockedError and no plan", name, p, err)
	}
	return blocked.Problems
}

func appendTo(project fstest.MapFS, file, text string) {
	project[file] = &fstest.MapFile{Data: append(bytes.Clone(project[file].Data), text...)}
}

var (
	neverMigrated = Removal{NeverMigrated: true}
	migrated      = Removal{MigrationID: "202602050000"}
)

func TestRemoveAfterAddIsTheIdentity(t *testing.T) {
	t.Parallel()
	b := testBlueprint(t)
	nest := mustKind(t, "Nest height:int:required", "", "202602030000")
	egg := mustKind(t, "Egg laid_at:time,weight:float", "", "202602030001")
	unrelated := func(project fstest.MapFS) {
		appendTo(project, "pkg/services/nest.go", "\n// A person's own.\nfunc own() {}\n")
		appendTo(project, "trexgen.yaml", "# the end\n")
		edit(t, project, "cmd/rh-birds/server/routes.go", "var kindRoutes", "// Mind the order.\nvar kindRoutes")
		edit(t, project, "README.md", "#", "# Ours:")
	}
	for name, kinds := range map[string][]Kind{"the first": nil, "one of two": {nest}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before := mustService(t, b, birds, kinds...)
			sameTree(t, before, mustRemove(t, b, mustAdd(t, b, before, egg), "egg", neverMigrated))
		})
	}
	t.Run("after edits elsewhere", func(t *testing.T) {
		t.Parallel()
		want := mustService(t, b, birds, nest)
		got := mustAdd(t, b, want, egg)
		unrelated(want)
		unrelated(got)
		sameTree(t, want, mustRemove(t, b, got, "Egg", neverMigrated))
	})
}

// What may be done with a kind is its owner's to say; the line goes with the kind, and no other does.
func TestRemovalTakesALineOfThePolicyThatWasEdited(t *testing.T) {
	t.Parallel()
	b := testBlueprint(t)
	const table = "pkg/policy/table.go"
	nest := mustKind(t, "Nest height:int:required", "", "202602030000")
	before := mustService(t, b, birds, nest)
	edit(t, before, table, `{"nests", Grants{Admin: All, Editor: Write, Viewer: Read}}`, `{"nests", Grants{"keeper": All}}`)
	project := mustAdd(t, b, before, mustKind(t, "Egg laid_at:time", "", "202602030001"))
	edit(t, project, table, `{"eggs", Grants{Admin: All, Editor: Write, Viewer: Read}}`, `{Kind: "eggs", Grants: nil}`)
	sameTree(t, before, mustRemove(t, b, project, "egg", neverMigrated))
}

func TestRemovalDropsTheTable(t *testing.T) {
	t.Parallel()
	b := testBlueprint(t)
	project := mustService(t, b, birds, mustKind(t, "Nest height:int:required,built_at:time", "", "202602030000"))
	got := mustRemove(t, b, project, "nest", migrated)

	const made, dropped = "pkg/db/migrations/202602030000_add_nests.sql", "pkg/db/migrations/202602050000_drop_nests.sql"
	if !bytes.Equal(got[made].Data, project[made].Data) {
		t.Errorf("an old migration was changed:\n%s", got[made].Data)
	}
	up, down, _ := strings.Cut(string(got[dropped].Data), "-- +goose Down\n")
	if !strings.Contains(up, `DROP TABLE "nests";`) || !strings.Contains(up, `DELETE FROM "events" WHERE "source" = 'Nests' AND "handled_at" IS NULL;`) {
		t.Errorf("up:\n%s", up)
	}
	_, create, _ := strings.Cut(string(project[made].Data), "-- +goose Up\n")
	create, _, _ = strings.Cut(create, "\n-- +goose Down")
	if !strings.HasSuffix(down, create) {
		t.Errorf("down does not make the table again:\n%s", down)
	}
	for _, file := range slices.Sorted(maps.Keys(got)) {
		if file != made && file != dropped && strings.Contains(strings.ToLower(file), "nest") {
			t.Errorf("%s is left", file)
		}
	}
	if again, err := OpenProject(got); err != nil || len(again.Kinds) != 0 {
		t.Errorf("the project afterwards: got %v, %v, want no kinds", again, err)
	}
	if _, err := PlanKind(b, must(OpenProject(got)), mustKind(t, "Nest height:int", "", "202602060000")); err != nil {
		t.Errorf("the same kind once more: %v", err)
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestRemovalOfEditedFilesIsRefused(t *testing.T) {
	t.Parallel()
	b := testBlueprint(t)
	pristine := mustService(t, b, birds, mustKind(t, "Nest height:int:required", "", "202602030000"))
	for file := range pristine {
		// The kind's own files; generated ones are nobody's, a migration that may have run stays.
		if !strings.Contains(file, "nest") || strings.HasSuffix(file, ".gen.go") {
			continue
		}
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			project := maps.Clone(pristine)
			comment := "// mine\n"
			if !strings.HasSuffix(file, ".go") {
				comment = "# mine\n"
			}
			appendTo(project, file, comment)
			wantProblem(t, removalBlockedBy(t, project, "Nest", neverMigrated), "edited", "--force", file)
			mustRemove(t, b, project, "Nest", Removal{NeverMigrated: true, Force: true})
		})
	}
	t.Run("generated files are nobody's", func(t *testing.T) {
		t.Parallel()
		project := maps.Clone(pristine)
		appendTo(project, "pkg/api/openapi/nests/openapi.gen.go", "// by another version of the generator\n")
		mustRemove(t, b, project, "Nest", neverMigrated)
	})
	t.Run("CRLF", func(t *testing.T) {
		t.Parallel()
		project := fstest.MapFS{}
		for file, f := range pristine {
			project[file] = &fstest.MapFile{Data: bytes.ReplaceAll(f.Data, []byte("\n"), []byte("\r\n"))}
		}
		for file := range mustRemove(t, b, project, "Nest", neverMigrated) {
			if strings.Contains(file, "nest") {
				t.Errorf("%s is left", file)
			}
		}
	})
}

func TestRemovalOfNothing(t *testing.T) {
	t.Parallel()
	project := mustService(t, testBlueprint(t), birds, mustKind(t, "Nest height:int", "", "202602030000"))
	_, err := PlanRemoval(testBlueprint(t), must(OpenProject(project)), "Egg", migrated)
	var invalid *InvalidError
	if !errors.As(err, &invalid) || !strings.Contains(err.Error(), "there are Nest") {
		t.Errorf("got %v, want the kinds that are there", err)
	}
}

// A kind that got fields later is removed with all its migrations, if none of them ran.
func TestRemovalOfFieldsAddedLater(t *testing.T) {
	t.Parallel()
	b := testBlueprint(t)
	want := mustService(t, b, birds, mustKind(t, "Egg weight:float", "", "202602030000"))
	project := mustAdd(t, b, want, mustKind(t, "Nest height:int:required", "", "202602030001"))
	project = mustAddFields(t, b, project, "Nest", "202602050000", "owner:ref(Egg)", "seen:int:required")
	project = mustAddFields(t, b, project, "Nest", "202602050001", "label:string:required:default=x")
	wantProblem(t, removalBlockedBy(t, project, "Egg", migrated), "kind Nest refers to it", "owner:ref(Egg)")

	dropped := mustRemove(t, b, project, "Nest", migrated)
	for _, column := range []string{"height", "owner_id", "seen", "label"} {
		if down := string(dropped["pkg/db/migrations/202602050000_drop_nests.sql"].Data); !strings.Contains(down, `"`+column+`"`) {
			t.Errorf("the way back has no column %s:\n%s", column, down)
		}
	}
	sameTree(t, want, mustRemove(t, b, project, "Nest", neverMigrated))
	appendTo(project, "pkg/db/migrations/202602050001_add_label_to_nests.sql", "-- mine\n")
	wantProblem(t, removalBlockedBy(t, project, "Nest", neverMigrated), "edited", "202602050001_add_label_to_nests.sql")
}
