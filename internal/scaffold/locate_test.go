package scaffold

import (
	"bytes"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/trexgen/trexgen/internal/patch"
)

// moved is a service whose lists are all in other files than they were made in.
func moved(t *testing.T, project fstest.MapFS) fstest.MapFS {
	t.Helper()
	for file, to := range map[string]string{
		"cmd/rh-birds/environments/services.go": "cmd/rh-birds/environments/a_wiring.go",
		"cmd/rh-birds/server/controllers.go":    "cmd/rh-birds/server/z_lists.go",
		"pkg/policy/table.go":                   "pkg/policy/who.go",
	} {
		if project[file] == nil {
			t.Fatalf("there is no %s", file)
		}
		project[to] = project[file]
		delete(project, file)
	}
	const list = "// kindRoutes adds"
	routes := project["cmd/rh-birds/server/routes.go"].Data
	before, after, ok := bytes.Cut(routes, []byte(list))
	if !ok {
		t.Fatalf("no %q in\n%s", list, routes)
	}
	decl, rest, _ := strings.Cut(list+string(after), "\n\n")
	imports, _, _ := bytes.Cut(before[bytes.Index(before, []byte("import")):], []byte("\n)\n"))
	project["cmd/rh-birds/server/routes.go"] = &fstest.MapFile{Data: append(bytes.Clone(before), rest...)}
	project["cmd/rh-birds/server/kind_routes.go"] = &fstest.MapFile{Data: []byte("package server\n\n" + string(imports) + "\n)\n\n" + decl + "\n")}
	return project
}

func TestListsMayBeMovedToOtherFilesOfTheirPackage(t *testing.T) {
	t.Parallel()
	b := testBlueprint(t)
	nest := mustKind(t, "Nest twigs:int", "", "202701010000")
	want := moved(t, mustService(t, b, birds, mustKind(t, "Egg name:string", "", "202601010000"), nest))
	project := moved(t, mustService(t, b, birds, mustKind(t, "Egg name:string", "", "202601010000")))
	got := mustAdd(t, b, project, nest)
	sameTree(t, want, got)

	// What finds the lists to add to finds them to remove from.
	w, named := newWorkspace(got), b.serviceRenamer(birds).Replace
	var p problems
	for _, row := range wiring {
		if err := row.unwire(w, &p, named, wiredKind{nest, b.kindRenamer(birds, nest).Replace}); err != nil {
			t.Fatal(err)
		}
	}
	if len(p) > 0 {
		t.Errorf("unwire: %v", p)
	}
	for file, c := range w.changes {
		if diff := cmp.Diff(string(project[file].Data), string(c.After)); diff != "" {
			t.Errorf("%s is not as before it was wired (-before +after):\n%s", file, diff)
		}
	}
	if len(w.changes) != 5 {
		t.Errorf("unwire changed %d files, want the 4 with lists and the manifest", len(w.changes))
	}
}

func TestListsInTwoFilesAreRefused(t *testing.T) {
	t.Parallel()
	b := testBlueprint(t)
	project := moved(t, mustService(t, b, birds))
	project["cmd/rh-birds/server/more.go"] = &fstest.MapFile{Data: []byte("//go:build other\n\npackage server\n\nvar kindRoutes = []route{}\n")}
	nest := mustKind(t, "Nest twigs:int", "", "202701010000")
	wantProblem(t, blockedBy(t, project, nest),
		"cmd/rh-birds/server/kind_routes.go:", "cmd/rh-birds/server/more.go:5", "add by hand to the right one", "registerNestRoutes,")
	w := newWorkspace(project)
	var p problems
	for _, row := range wiring {
		if err := row.unwire(w, &p, b.serviceRenamer(birds).Replace, wiredKind{nest, b.kindRenamer(birds, nest).Replace}); err != nil {
			t.Fatal(err)
		}
	}
	wantProblem(t, p, "cmd/rh-birds/server/more.go:5", "delete by hand from the right one")
}

func TestBrokenFilesThatMayHoldAListAreNamed(t *testing.T) {
	t.Parallel()
	b := testBlueprint(t)
	project := moved(t, mustService(t, b, birds))
	edit(t, project, "cmd/rh-birds/server/kind_routes.go", "var kindRoutes", "var var kindRoutes")
	wantProblem(t, blockedBy(t, project, mustKind(t, "Nest twigs:int", "", "202701010000")),
		"cmd/rh-birds/server/routes.go: composite literal of var kindRoutes not found", "cmd/rh-birds/server/kind_routes.go:")
}

// What a row finds in a kind's own file, it finds wherever the owner has moved it.
func TestPlacesInAKindsFilesMayBeMoved(t *testing.T) {
	t.Parallel()
	w := newWorkspace(fstest.MapFS{
		"pkg/api/nest.go":   {Data: []byte("package api\n\ntype NestPatch struct{}\n")},
		"pkg/api/models.go": {Data: []byte("package api\n\ntype Nest struct{}\n")},
	})
	field := patch.Field{Struct: "Nest", Name: "Twigs", Type: "int"}
	for prefer, want := range map[string]string{"pkg/api/nest.go": "pkg/api/models.go", "pkg/api/models.go": "pkg/api/models.go", "pkg/api/gone.go": "pkg/api/models.go", "pkg/dao/nest.go": "pkg/dao/nest.go"} {
		if got, err := w.locate(prefer, field); got != want || err != nil {
			t.Errorf("locate %s: got %q, %v, want %q", prefer, got, err, want)
		}
	}
	w.create("pkg/dao/rows.go", []byte("package dao\n\ntype Nest struct{}\n"), "is new")
	if got, err := w.locate("pkg/dao/nest.go", field); got != "pkg/dao/rows.go" || err != nil {
		t.Errorf("in a file that the plan makes: got %q, %v", got, err)
	}
}
