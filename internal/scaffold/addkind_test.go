package scaffold

import (
	"bytes"
	"errors"
	"maps"
	"strings"
	"testing"
	"testing/fstest"
)

// blockedBy plans a kind that must be refused and returns the problems.
func blockedBy(t *testing.T, project fstest.MapFS, k Kind) []string {
	t.Helper()
	opened, err := OpenProject(project)
	if err != nil {
		t.Fatal(err)
	}
	before := maps.Clone(project)
	p, err := PlanKind(testBlueprint(t), opened, k)
	var blocked *BlockedError
	if !errors.As(err, &blocked) || p != nil {
		t.Fatalf("kind %s: got %v, %v, want a BlockedError and no plan", k.Name, p, err)
	}
	sameTree(t, before, project)
	return blocked.Problems
}

// wantProblem reports that none of the problems has all the parts.
func wantProblem(t *testing.T, problems []string, parts ...string) {
	t.Helper()
next:
	for _, problem := range problems {
		for _, part := range parts {
			if !strings.Contains(problem, part) {
				continue next
			}
		}
		return
	}
	t.Errorf("no problem with %q among\n%s", parts, strings.Join(problems, "\n"))
}

func edit(t *testing.T, project fstest.MapFS, file, from, to string) {
	t.Helper()
	f := project[file]
	if f == nil || !strings.Contains(string(f.Data), from) {
		t.Fatalf("%s has no %q", file, from)
	}
	project[file] = &fstest.MapFile{Data: bytes.Replace(f.Data, []byte(from), []byte(to), 1)}
}

func TestKindTwiceIsRefused(t *testing.T) {
	t.Parallel()
	b := testBlueprint(t)
	widget := mustKind(t, "Widget name:string", "", "202602030000")
	project := mustService(t, b, birds, widget)
	wantProblem(t, blockedBy(t, project, widget), "kind Widget exists already")
	if _, err := PlanService(b, birds, []Kind{widget, widget}); !errors.As(err, new(*BlockedError)) {
		t.Errorf("twice in one command: got %v, want a BlockedError", err)
	}
}

func TestKindsThatMeetOtherNamesAreRefused(t *testing.T) {
	t.Parallel()
	b := testBlueprint(t)
	project := mustService(t, b, birds, mustKind(t, "Widget name:string", "", "202602030000"))
	project["pkg/api/widget.go"].Data = append(project["pkg/api/widget.go"].Data, "\n// Size is a person's own.\ntype Size struct{}\n"...)
	project["pkg/services/pricing.go"] = &fstest.MapFile{Data: []byte("package services\n\nconst (\n\tA = 1\n\tPriceSource = \"\"\n)\n")}
	project["pkg/services/comment.go"] = &fstest.MapFile{Data: []byte("package services\n\n// NestSource is no declaration.\n")}

	for _, c := range []struct {
		kind, plural string
		parts        []string
	}{
		{"Event", "", []string{"Event in pkg/api/event.go:", "schema EventList in openapi/openapi.yaml:", "path /api/rh-birds/v1/events in"}},
		{"Happening", "events", []string{"path /api/rh-birds/v1/events"}},
		{"Error", "", []string{"schema Error in"}},
		{"List", "", []string{"schema List in"}},
		{"Meta", "", []string{"Meta in pkg/api/meta.go:"}},
		{"Generic", "", []string{"GenericServiceLocator in cmd/rh-birds/environments/services.go:"}},
		{"WidgetList", "", []string{"OpenAPI schema WidgetList, by kind Widget"}},
		{"Widgets", "", []string{"package widgets is that of kind Widget"}},
		{"Gadget", "widgets", []string{"package widgets is that of kind Widget"}},
		{"ClientOption", "", []string{"ClientOption in pkg/api/openapi/clientoptions, by itself"}},
		{"Size", "", []string{"Size in pkg/api/widget.go:"}},
		{"Price", "", []string{"PriceSource in pkg/services/pricing.go:5"}},
	} {
		problems := blockedBy(t, project, mustKind(t, c.kind, c.plural, "202602030001"))
		if len(problems) != 1 {
			t.Errorf("kind %s: got %q, want one problem", c.kind, problems)
		}
		wantProblem(t, problems, c.parts...)
	}
	mustAdd(t, b, project, mustKind(t, "Nest", "", "202602030001"))
}

func TestAllThatIsInTheWayIsReported(t *testing.T) {
	t.Parallel()
	project := mustService(t, testBlueprint(t), birds)
	project["pkg/dao/nest.go"] = &fstest.MapFile{Data: []byte("package dao\n")}
	edit(t, project, "cmd/rh-birds/environments/services.go", "type Services struct", "type Locators struct")
	edit(t, project, "cmd/rh-birds/server/routes.go", "package server", "package")
	edit(t, project, "trexgen.yaml", "kinds:", "sorts:\n  - x\nkinds: none #")
	delete(project, "cmd/rh-birds/server/controllers.go")

	opened := &Project{FS: project, Service: birds}
	_, err := PlanKind(testBlueprint(t), opened, mustKind(t, "Nest twigs:int", "", "202602030000"))
	var blocked *BlockedError
	if !errors.As(err, &blocked) {
		t.Fatalf("got %v, want a BlockedError", err)
	}
	wantProblem(t, blocked.Problems, "pkg/dao/nest.go is in the way")
	wantProblem(t, blocked.Problems, "environments/services.go", "struct Services not found", "Nests NestServiceLocator")
	wantProblem(t, blocked.Problems, "server/routes.go:")
	wantProblem(t, blocked.Problems, "trexgen.yaml", "kinds", "name: Nest")
	wantProblem(t, blocked.Problems, "cmd/rh-birds/server/controllers.go is not there")
}

func TestLineThatIsThereAlreadyIsRefused(t *testing.T) {
	t.Parallel()
	project := mustService(t, testBlueprint(t), birds)
	edit(t, project, "cmd/rh-birds/server/routes.go", "error{}", "error{\n\tregisterNestRoutes,\n}")
	wantProblem(t, blockedBy(t, project, mustKind(t, "Nest", "", "202602030000")), "server/routes.go has a line for Nest already")
}

func TestKindWithoutMigrationIDIsRefused(t *testing.T) {
	t.Parallel()
	_, err := PlanService(testBlueprint(t), birds, []Kind{mustKind(t, "Nest", "", "")})
	if !errors.As(err, new(*InvalidError)) {
		t.Errorf("got %v, want an InvalidError", err)
	}
}

func TestPatchedFilesKeepCommentsAndLineEndings(t *testing.T) {
	t.Parallel()
	b := testBlueprint(t)
	project := mustService(t, b, birds)
	edit(t, project, "trexgen.yaml", "kinds:", "# a person's remark\nkinds:")
	for file, f := range project {
		project[file] = &fstest.MapFile{Data: bytes.ReplaceAll(f.Data, []byte("\n"), []byte("\r\n"))}
	}
	after := mustAdd(t, b, project, mustKind(t, "Nest twigs:int:required", "", "202602030000"))
	for _, row := range wiring {
		file := b.serviceRenamer(birds).Replace(row.file)
		got := after[file].Data
		if bytes.Count(got, []byte("\n")) != bytes.Count(got, []byte("\r\n")) {
			t.Errorf("%s: line endings are mixed", file)
		}
	}
	if !bytes.Contains(after["trexgen.yaml"].Data, []byte("# a person's remark\r\nkinds:")) {
		t.Errorf("the remark is gone:\n%s", after["trexgen.yaml"].Data)
	}
}

func TestKindFilesAreBuiltEverywhere(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ file, blueprint, want string }{
		{"server/routes_widgets.go", "server/routes_fossil_entries.go", "server/routes_widgets.go"},
		{"server/routes_windows.go", "server/routes_fossil_entries.go", "server/routes_windows_kind.go"},
		{"api/unit_test.go", "api/fossil_entry.go", "api/unit_test_kind.go"},
		{"services/unit_test_test.go", "services/fossil_entry_test.go", "services/unit_test_kind_test.go"},
		{"services/node_js_test.go", "services/fossil_entry_test.go", "services/node_js_kind_test.go"},
		{"services/widget_test.go", "services/fossil_entry_test.go", "services/widget_test.go"},
		{"dao/order.go", "dao/fossil_entry.go", "dao/order_kind.go"},
		{"api/order.go", "api/fossil_entry.go", "api/order.go"},
		{"api/linux.go", "api/fossil_entry.go", "api/linux.go"},
		{"openapi/openapi.node_js.yaml", "openapi/openapi.fossil_entries.yaml", "openapi/openapi.node_js.yaml"},
	} {
		if got := kindPath(c.file, c.blueprint, map[string]bool{"dao/order.go": true}); got != c.want {
			t.Errorf("kindPath(%s, %s) = %s, want %s", c.file, c.blueprint, got, c.want)
		}
	}
}
