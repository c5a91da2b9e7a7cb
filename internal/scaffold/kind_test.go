package scaffold

import (
	"errors"
	"go/build"
	"io"
	"strings"
	"testing"
	"time"
)

// mustKind returns the kind of a specification; where that has no fields, the
// test does not care which there are.
func mustKind(t testing.TB, spec, plural, migration string) Kind {
	t.Helper()
	name, fields, ok := strings.Cut(spec, " ")
	if !ok {
		fields = "number:int"
	}
	k, err := NewKind(name, plural, fields)
	if err != nil {
		t.Fatal(err)
	}
	k.MigrationID = migration
	return k
}

func TestKindIsReadFromOneString(t *testing.T) {
	t.Parallel()
	k, err := ParseKind(" order-item  a:string:required, b:int c:bool")
	if err != nil || k.Name.Pascal() != "OrderItem" || len(k.Fields) != 3 || k.Fields[2].Column() != "c" {
		t.Errorf("got %v with fields %v, %v", k.Name, k.Fields, err)
	}
}

func TestKindWithoutFieldsIsRefused(t *testing.T) {
	t.Parallel()
	_, parsed := ParseKind("Widget")
	_, made := NewKind("Widget", "", "", " , ")
	_, planned := PlanService(testBlueprint(t), birds, []Kind{{Name: mustName(t, "Widget", ""), MigrationID: "1"}})
	for _, err := range []error{parsed, made, planned} {
		if !errors.As(err, new(*InvalidError)) || !strings.Contains(err.Error(), "kind Widget: there are no fields") {
			t.Errorf("got %v, want an InvalidError that names the kind", err)
		}
	}
}

func TestKindNamesThatAreKeywordsAreFineSinceThePluralIsNone(t *testing.T) {
	t.Parallel()
	for _, name := range strings.Fields("Type Map Func Range Select Go Import String Error User Order Group Table") {
		if _, err := ParseKindName(name, ""); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestKindRefusals(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, plural, want string }{
		{"", "", "empty"},
		{"Range", "range", "keyword of Go"},
		{"TestDatum", "", "passes over"},
		{"Secret", "internal", "meaning of its own"},
		{"pg_stat", "", "PostgreSQL's own"},
		{strings.Repeat("w", 63), "", "64 bytes"},
		{strings.Repeat("x", 201), "y", "files take"},
	} {
		_, err := NewKind(c.name, c.plural, "a:int")
		var invalid *InvalidError
		if !errors.As(err, &invalid) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("NewKind(%q, %q): got %v, want an InvalidError with %q", c.name, c.plural, err, c.want)
		}
	}
	_, err := ParseKind("2fa a:strng")
	var invalid *InvalidError
	if !errors.As(err, &invalid) || len(invalid.Problems) != 2 {
		t.Errorf("got %v, want the problems of name and field", err)
	}
}

func TestMigrationIDs(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, time.March, 4, 5, 6, 7, 0, time.FixedZone("", 3600))
	for _, c := range []struct {
		taken []string
		want  string
	}{
		{nil, "20260304040607"},
		{[]string{"20260101000000"}, "20260304040607"},
		{[]string{"20260304040607", "20260304040608"}, "20260304040609"},
		{[]string{"20260304040699"}, "20260304040700"},
		{[]string{"202603040406", "999999999999"}, "20260304040607"}, // of minutes, as ids once were
		{[]string{"202603040406070"}, "202603040406071"},
		{[]string{"000000000000001"}, "20260304040607"},
		{[]string{"99999999999999"}, "100000000000000"},
	} {
		if got := MigrationID(now, c.taken...); got != c.want {
			t.Errorf("MigrationID(%v) = %s, want %s", c.taken, got, c.want)
		}
	}
}

// The table of suffixes is the go command's own, which go/build knows but does
// not export.
func TestBuildSuffixesAreThoseOfTheGoCommand(t *testing.T) {
	t.Parallel()
	ctx := build.Context{GOOS: "none", GOARCH: "none", Compiler: "gc", OpenFile: func(string) (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader("package p\n")), nil
	}}
	for suffix := range buildSuffixes {
		if suffix == "test" {
			continue // built, but for tests only
		}
		if match, err := ctx.MatchFile(".", "a_"+suffix+".go"); err != nil || match {
			t.Errorf("a_%s.go is built everywhere (%v)", suffix, err)
		}
	}
}
