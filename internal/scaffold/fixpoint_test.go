package scaffold

import (
	"bytes"
	"go/format"
	"io/fs"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/trexgen/trexgen/internal/scaffold/plan"
)

// tree is what a plan makes of a project.
func tree(before fs.FS, p *plan.Plan) fstest.MapFS {
	files := fstest.MapFS{}
	if before != nil {
		maps.Copy(files, before.(fstest.MapFS))
	}
	for _, c := range p.Changes {
		if c.Action() == plan.Delete {
			delete(files, c.Path)
			continue
		}
		files[c.Path] = &fstest.MapFile{Data: c.After, Mode: c.Mode}
	}
	return files
}

func mustService(t testing.TB, b *Blueprint, s Service, kinds ...Kind) fstest.MapFS {
	t.Helper()
	p, err := PlanService(b, s, kinds)
	if err != nil {
		t.Fatal(err)
	}
	return tree(nil, p)
}

func mustAdd(t testing.TB, b *Blueprint, project fstest.MapFS, k Kind) fstest.MapFS {
	t.Helper()
	opened, err := OpenProject(project)
	if err != nil {
		t.Fatal(err)
	}
	p, err := PlanKind(b, opened, k)
	if err != nil {
		t.Fatal(err)
	}
	return tree(project, p)
}

func sameTree(t *testing.T, want, got fstest.MapFS) {
	t.Helper()
	if diff := cmp.Diff(slices.Sorted(maps.Keys(want)), slices.Sorted(maps.Keys(got))); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	for file, f := range want {
		if g, ok := got[file]; ok && !bytes.Equal(f.Data, g.Data) {
			t.Errorf("%s (-want +got):\n%s", file, cmp.Diff(string(f.Data), string(g.Data)))
		}
	}
}

var birds = Service{Name: Name{"Rh_Birds", "Rh_Birds"}, Module: "example.com/acme/birds"}

// awkwardKinds differ in shape and number of words, in number and type of
// fields, and in what their names could collide with.
func awkwardKinds(t testing.TB) []Kind {
	t.Helper()
	var kinds []Kind
	for i, k := range []struct{ spec, plural string }{
		{"Widget name:string:required,size:int", ""},
		{"Person", ""},
		{"APIKey api_key:string:required,x_1:int64,oauth_token:string", ""},
		{"Series on:bool:required,true:bool,null:string", ""},
		{"Type type:string,func:int:required,map:float", ""},
		{"Window opened_at:time:required", ""},
		{"UnitTest passed:bool", ""},
		{"node-js version:float:required", ""},
		{"x_y_plot x:float,y:float", ""},
		{"Status a_field_with_a_rather_long_name:string,b:bool:required", ""},
		{"OrderItem sku:string:required,ordered_at:time", ""},
		{"String a:string", ""},
		{"Cm", ""},
		{"Handler href_to:string", ""},
		{"Datum", "data_points"},
		{"GetWidget n:int", ""},
		{"Null void:bool", ""},
		{"Yes y:bool", ""},
		{"Order placed_at:time:required", ""},
	} {
		kinds = append(kinds, mustKind(t, k.spec, k.plural, strconv.Itoa(202602030000+i)))
	}
	return kinds
}

func TestBlueprintWithoutTheExemplarWithItIsTheBlueprint(t *testing.T) {
	t.Parallel()
	b := testBlueprint(t)
	want := fstest.MapFS{}
	for _, file := range slices.Concat(b.serviceFiles, b.kindFiles) {
		want[shippedName(file)] = &fstest.MapFile{Data: readFile(t, b.FS, file)}
	}
	got := mustAdd(t, b, mustService(t, b, b.Service), b.Kind)
	sameTree(t, want, got)
}

var (
	exemplarWord = regexp.MustCompile(`(?i)fossil`)
	serviceWord  = regexp.MustCompile(`(?i)bone.?vault`)
)

func TestNothingIsLeftOfTheExemplar(t *testing.T) {
	t.Parallel()
	b := testBlueprint(t)
	for file, f := range mustService(t, b, birds, awkwardKinds(t)...) {
		for _, text := range []string{file, string(f.Data)} {
			for _, word := range []*regexp.Regexp{exemplarWord, serviceWord} {
				if at := word.FindStringIndex(text); at != nil {
					t.Errorf("%s:%d: %q is left: a wiring row or a spelling is missing", file, 1+strings.Count(text[:at[0]], "\n"), text[at[0]:at[1]])
				}
			}
			if i := strings.Index(text, "github.com/trexgen/trexgen"); i >= 0 {
				t.Errorf("%s:%d: the module of the tool is left", file, 1+strings.Count(text[:i], "\n"))
			}
		}
	}
}

func TestKindsOneByOneAreKindsAtOnce(t *testing.T) {
	t.Parallel()
	b := testBlueprint(t)
	kinds := awkwardKinds(t)
	oneByOne := mustService(t, b, birds)
	for _, k := range kinds {
		oneByOne = mustAdd(t, b, oneByOne, k)
	}
	sameTree(t, mustService(t, b, birds, kinds...), oneByOne)
}

func TestMadeGoIsFormatted(t *testing.T) {
	t.Parallel()
	b := testBlueprint(t)
	for file, f := range mustService(t, b, birds, awkwardKinds(t)...) {
		if !strings.HasSuffix(file, ".go") {
			continue
		}
		if out, err := format.Source(f.Data); err != nil {
			t.Errorf("%s: %v\n%s", file, err, f.Data)
		} else if !bytes.Equal(out, f.Data) {
			t.Errorf("%s is not formatted (-want +got):\n%s", file, cmp.Diff(string(out), string(f.Data)))
		}
	}
}

func TestPlansAreEqualOnEachRun(t *testing.T) {
	t.Parallel()
	b := testBlueprint(t)
	kinds := awkwardKinds(t)
	first, err := PlanService(b, birds, kinds)
	if err != nil {
		t.Fatal(err)
	}
	again, err := PlanService(testBlueprint(t), birds, kinds)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(first, again) { // far quicker than a difference
		t.Error(cmp.Diff(first, again))
	}
	for _, c := range first.Changes {
		if c.Why == "" {
			t.Errorf("%s has no reason", c.Path)
		}
	}
}

func TestEachWireRemovedIsAsBeforeItWasAdded(t *testing.T) {
	t.Parallel()
	b := testBlueprint(t)
	for _, others := range [][]Kind{nil, awkwardKinds(t)[:2]} {
		project := mustService(t, b, birds, others...)
		kind := mustKind(t, "Nest twigs:int", "", "202701010000")
		renamer := b.kindRenamer(birds, kind)
		wired := wiredKind{kind, renamer.Replace}
		for _, row := range wiring {
			file := renamer.Replace(row.file)
			before := project[file].Data
			added, err := row.op.add(file, before, []wiredKind{wired}, b.roster(birds, others))
			if err != nil {
				t.Fatal(err)
			}
			if bytes.Equal(before, added) {
				t.Errorf("%s: %s: adding changes nothing", file, row.why)
			}
			if found, err := row.op.has(file, added, wired); err != nil || !found {
				t.Errorf("%s: %s: not found after it was added (%v)", file, row.why, err)
			}
			removed, err := row.op.remove(file, added, wired)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(before), string(removed)); diff != "" {
				t.Errorf("%s: %s (-before +after):\n%s", file, row.why, diff)
			}
		}
	}
}
