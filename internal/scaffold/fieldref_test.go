package scaffold

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"
)

// parseKinds reads kinds without ids of migrations.
func parseKinds(t *testing.T, specs ...string) []Kind {
	t.Helper()
	var kinds []Kind
	for _, spec := range specs {
		k, err := ParseKind(spec)
		if err != nil {
			t.Fatal(err)
		}
		kinds = append(kinds, k)
	}
	return kinds
}

func TestKindsAreOrderedByWhatTheyReferTo(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		specs []string
		want  string
	}{
		{[]string{"A x:int", "B x:int"}, "A B"},
		{[]string{"A b:ref(b)", "B c:ref(C)", "C x:int", "D x:int"}, "C B A D"},
		{[]string{"A a:ref(A),b:ref(B)", "B b:ref(B)"}, "B A"},
		{[]string{"A x:int", "A x:int"}, "A A"}, // refused later, with its reason
	} {
		ordered, err := OrderKinds(parseKinds(t, c.specs...))
		if err != nil {
			t.Errorf("%v: %v", c.specs, err)
			continue
		}
		var got []string
		for _, k := range ordered {
			got = append(got, k.Name.Pascal())
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%v: got %v, want %s", c.specs, got, c.want)
		}
	}
}

func TestKindsThatReferToEachOtherAreRefusedWithTheWayOut(t *testing.T) {
	t.Parallel()
	for want, specs := range map[string][]string{
		"A → B → A":                      {"A b:ref(B),x:int", "B a:ref(A)"},
		"B → C → B":                      {"A b:ref(B),x:int", "B c:ref(C)", "C b:ref(B)"},
		"trexgen add field A 'b:ref(B)'": {"A b:ref(B),x:int", "B a:ref(A)"},
		"refers to the kind X, which is not there: add that first; there are A": {"A b:ref(X),x:int"},
	} {
		_, err := OrderKinds(parseKinds(t, specs...))
		if !errors.As(err, new(*InvalidError)) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: got %v, want an InvalidError with %q", specs, err, want)
		}
	}
}

func TestKindAsAWholeIsRefused(t *testing.T) {
	t.Parallel()
	for spec, want := range map[string]string{
		"A a:ref(A):required":                  "leave required out",
		"A x:int:immutable,y:string:immutable": "leave immutable out of one",
		"A x:enum(2x|y),x_2x:enum(a)":          "would be called AX2x in Go",
		"A x:enum(a|b),x_a:[]enum(c)":          "would be called AXA in Go",
	} {
		_, err := ParseKind(spec)
		if !errors.As(err, new(*InvalidError)) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want an InvalidError with %q", spec, err, want)
		}
	}
}

func TestRefsKnowThePluralOfTheirKind(t *testing.T) {
	t.Parallel()
	b := testBlueprint(t)
	project := mustService(t, b, birds, mustKind(t, "Datum a:int", "data_points", "202602030000"))
	project = mustAdd(t, b, project, mustKind(t, "Widget datum:ref(datum),self:ref(Widget)", "", "202602030001"))
	for file, parts := range map[string][]string{
		"pkg/db/migrations/202602030001_add_widgets.sql": {
			`"datum_id"    uuid        REFERENCES "data_points" ("id") ON DELETE RESTRICT`, `REFERENCES "widgets"`, `("datum_id");`, `("self_id");`},
		"test/factories/widgets.go": {`Ref("datum_id", "data_points", DatumFields)`, `Ref("self_id", "widgets", WidgetFields)`},
		"pkg/dao/widget.go":         {`WithJoin[api.Datum]("datum", "datum_id"),`, `WithJoin[api.Widget]("self", "self_id"),`},
		"trexgen.yaml":              {"- datum:ref(Datum)\n"},
	} {
		for _, part := range parts {
			if src := string(project[file].Data); !strings.Contains(src, part) {
				t.Errorf("%s has no %s:\n%s", file, part, src)
			}
		}
	}
	wantProblem(t, blockedBy(t, project, mustKind(t, "Nest owner:ref(Persn)", "", "202602030002")), "kind Persn, which is not there", "Datum, Widget, Nest")
	edit(t, project, "trexgen.yaml", "ref(Datum)", "ref(Data)")
	if _, err := OpenProject(project); !errors.As(err, new(*BlockedError)) || !strings.Contains(err.Error(), "trexgen.yaml: kind Widget") {
		t.Errorf("a kind that is not there: got %v", err)
	}
}

func TestEnumsThatMeetOtherNamesAreRefused(t *testing.T) {
	t.Parallel()
	b := testBlueprint(t)
	project := mustService(t, b, birds, mustKind(t, "Nest state:enum(empty|full)", "", "202602030000"))
	project["pkg/api/mine.go"] = &fstest.MapFile{Data: []byte("package api\n\ntype BirdColorRed int\n")}
	wantProblem(t, blockedBy(t, project, mustKind(t, "NestState a:int", "", "202602030001")), "NestState in pkg/api/nest.go:")
	wantProblem(t, blockedBy(t, project, mustKind(t, "Bird color:enum(red)", "", "202602030001")), "rename an enum or a value", "BirdColorRed in pkg/api/mine.go:3")
	mustAdd(t, b, project, mustKind(t, "NestStates a:int", "nest_states_all", "202602030001"))

	kinds := []Kind{mustKind(t, "Nest state:enum(empty|full)", "", "202602030000"), mustKind(t, "NestState a:int", "", "202602030001")}
	for range 2 {
		_, err := PlanService(b, birds, kinds)
		if !errors.As(err, new(*BlockedError)) || !strings.Contains(err.Error(), "NestState") {
			t.Errorf("in one command: got %v, want a BlockedError", err)
		}
		kinds[0], kinds[1] = kinds[1], kinds[0]
	}
}
