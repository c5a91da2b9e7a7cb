package scaffold

import (
	"bytes"
	"errors"
	"go/build"
	"go/format"
	"io"
	"path"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/mod/module"

	"github.com/trexgen/trexgen/internal/scaffold/plan"
)

// names is the service that the tables of names speak of.
var names = Service{Name: Name{"Names", "Names"}, Module: "example.com/names"}

// rowKinds makes kinds of rows that are accepted. Each has a few of the fields of
// the table.
func rowKinds(t *testing.T, rows []nameRow) []Kind {
	t.Helper()
	specs := rowFields(t)
	kinds := make([]Kind, len(rows))
	for i, row := range rows {
		var err error
		at := 3 * i % (len(specs) - 2)
		if kinds[i], err = NewKind(row.name, row.plural, specs[at:at+3]...); err != nil {
			t.Fatalf("%s: %v", row.name, err)
		}
		kinds[i].MigrationID = strconv.Itoa(202602030000 + i)
	}
	return kinds
}

func TestKindNamesAreSpelledAsTheTableSays(t *testing.T) {
	t.Parallel()
	for _, row := range accepted(nameTable(t, "kinds.txt"), "*+ ") {
		n, err := ParseKindName(row.name, row.plural)
		if err != nil {
			t.Errorf("%s: %v", row.name, err)
			continue
		}
		many := n.Many()
		got := strings.Join([]string{n.Pascal(), many.Pascal(), many.Snake(), many.Flat(), "/" + many.Snake()}, " ")
		if got != row.spelled {
			t.Errorf("%s: got %s, want %s", row.name, got, row.spelled)
		}
	}
}

func TestKindsOfTheTableLiveTogether(t *testing.T) {
	t.Parallel()
	b := testBlueprint(t)
	rows := nameTable(t, "kinds.txt")
	together := []string{"* ", "+"}
	if testing.Short() {
		together = []string{"*"}
	}
	for _, marks := range together {
		p, err := PlanService(b, names, rowKinds(t, accepted(rows, marks)))
		if err != nil {
			t.Fatal(err)
		}
		checkPlanFiles(t, p)
	}
}

// checkPlanFiles reports files that no module can have, and files of Go that do not
// parse, that gofmt would touch, or that are built on some systems only.
func checkPlanFiles(t *testing.T, p *plan.Plan) {
	t.Helper()
	wrong := make([]error, len(p.Changes))
	err := parallel(len(p.Changes), func(i int) error {
		c := p.Changes[i]
		wrong[i] = module.CheckFilePath(c.Path)
		if path.Ext(c.Path) != ".go" || wrong[i] != nil {
			return nil
		}
		out, err := format.Source(c.After)
		if err == nil && !bytes.Equal(out, c.After) {
			err = errors.New("not as gofmt leaves it")
		}
		if err == nil && !systemFiles.MatchString(c.Path) && !builtEverywhere(c.Path) {
			err = errors.New("its name makes it a file for one system")
		}
		wrong[i] = err
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, err := range wrong {
		if err != nil {
			t.Errorf("%s: %v", p.Changes[i].Path, err)
		}
	}
}

// systemFiles are the service's own for one system.
var systemFiles = regexp.MustCompile(`^test/devdb/.*_(unix|windows)\.go$`)

// builtEverywhere reports whether the name of a file lets it be built on a system
// that nobody has heard of.
func builtEverywhere(file string) bool {
	none := build.Context{GOOS: "none", GOARCH: "none", Compiler: "gc", OpenFile: func(string) (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader("package p\n")), nil
	}}
	match, err := none.MatchFile(".", path.Base(file))
	return err == nil && match
}

// What is refused is refused for the reason that the table says, and what is
// suggested in its place is accepted.
func TestKindNamesAreRefusedAsTheTableSays(t *testing.T) {
	t.Parallel()
	b := testBlueprint(t)
	rows := nameTable(t, "kinds.txt")
	kinds := rowKinds(t, accepted(rows, "* "))
	// Their files are left out: what other kinds declare follows from their names.
	project := &Project{FS: mustService(t, b, names), Service: names, Kinds: kinds}
	search, err := b.newClashSearch(newWorkspace(project.FS), names, kinds)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		if row.reason == "" {
			continue
		}
		k, err := NewKind(row.name, row.plural, "number:int")
		if err == nil {
			k.MigrationID = "202702030000"
			_, err = PlanKind(b, project, k)
		}
		if !errors.As(err, new(*InvalidError)) && !errors.As(err, new(*BlockedError)) {
			t.Errorf("%s: got %v, want a refusal", row.name, err)
			continue
		}
		if !strings.Contains(err.Error(), row.reason) {
			t.Errorf("%s: got %v, want %q", row.name, err, row.reason)
		}
		checkSuggestions(t, row, err.Error(), search)
	}
}

var (
	otherNames     = regexp.MustCompile(`(add it with --plural|call it) (\w+)`)
	otherSpellings = regexp.MustCompile(`did you mean "([^"]+)"|such as (\w+)`)
)

// checkSuggestions reports what a refusal suggests but would be refused too, and
// that it suggests nothing. Of other spellings, it wants only that they make a
// name.
func checkSuggestions(t *testing.T, row nameRow, refusal string, search *clashSearch) {
	t.Helper()
	tried := 0
	for _, m := range otherNames.FindAllStringSubmatch(refusal, -1) {
		tried++
		name, plural := m[2], ""
		if m[1] != "call it" {
			name, plural = row.name, m[2]
		}
		n, err := ParseKindName(name, plural)
		if err != nil {
			t.Errorf("%s: %q is suggested, but %v", row.name, m[0], err)
		} else if found, err := search.of(n); err != nil || !found.none() {
			t.Errorf("%s: %q is suggested, but that is taken by %v, %v", row.name, m[0], found, err)
		}
	}
	for _, m := range otherSpellings.FindAllStringSubmatch(refusal, -1) {
		tried++
		if _, err := ParseKindName(m[1]+m[2], ""); err != nil {
			t.Errorf("%s: %q is suggested, but %v", row.name, m[0], err)
		}
	}
	if tried == 0 {
		t.Errorf("%s: nothing is suggested by %s", row.name, refusal)
	}
}

func TestKindsOfOneNameAreOrderedAndThenRefused(t *testing.T) {
	t.Parallel()
	kinds := []Kind{mustKind(t, "HTTPServer", "", ""), mustKind(t, "Owl", "", ""), mustKind(t, "http-server", "", "")}
	ordered, err := OrderKinds(kinds)
	if err != nil || len(ordered) != len(kinds) {
		t.Fatalf("got %v, %v, want all kinds", ordered, err)
	}
	for i := range ordered {
		ordered[i].MigrationID = strconv.Itoa(202602030000 + i)
	}
	_, err = PlanService(testBlueprint(t), names, ordered)
	if !errors.As(err, new(*BlockedError)) || !strings.Contains(err.Error(), "HTTPServer exists already, of which http-server") {
		t.Errorf("got %v, want a BlockedError with both spellings", err)
	}
}
