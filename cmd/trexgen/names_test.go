package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/trexgen/trexgen/blueprints"
	"github.com/trexgen/trexgen/internal/scaffold"
)

// TestNamesBuild builds, vets and tests services of the kinds in testdata/names that are accepted, with the fields
// there. Every run takes the few rows that stand for their categories; with TREXGEN_FULL it takes all of them, and lets
// those that are words of SQL pass their tests on PostgreSQL.
func TestNamesBuild(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds services")
	}
	if os.Getenv("TREXGEN_FULL") == "" {
		s := newNameService(t)
		s.write(t, acceptedNames(t, "*", ""))
		s.check(t, "./pkg/services", "./pkg/db/migrations", "./openapi")
		return
	}
	t.Run("all", func(t *testing.T) {
		s := newNameService(t)
		s.write(t, acceptedNames(t, "* ", ""))
		s.check(t, "./...")
		s.run(t, "test", "./openapi/generate")
	})
	t.Run("apart", func(t *testing.T) {
		s := newNameService(t)
		s.write(t, acceptedNames(t, "+", ""))
		s.check(t, "./...")
		s.run(t, "test", "./openapi/generate")
	})
	t.Run("SQL words", func(t *testing.T) {
		s := newNameService(t)
		s.write(t, acceptedNames(t, "* ", "SQL words"))
		s.run(t, "test", "-timeout", "1h", "./test/integration")
	})
}

// A nameService is a service made of rows of the table of names.
type nameService struct {
	dir string
	env []string
}

func newNameService(t *testing.T) *nameService {
	t.Helper()
	s := &nameService{dir: t.TempDir(), env: append(os.Environ(), goCaches(t)...)}
	s.env = append(s.env, "GOFLAGS=-mod=readonly -trimpath") // what is built again is in the cache, wherever it lies
	return s
}

// A givenName is a row that is accepted.
type givenName struct{ name, plural string }

var acceptedRow = regexp.MustCompile(`^([*+ ]) (\S+)(?: --plural (\S+))? +-> `)

// acceptedNames returns the rows of kinds that have one of the marks, in one category or ("") in all.
func acceptedNames(t *testing.T, marks, category string) []givenName {
	t.Helper()
	var rows []givenName
	current := ""
	for _, line := range tableLines(t, "kinds.txt") {
		if title, ok := strings.CutPrefix(line, "## "); ok {
			current = title
		}
		m := acceptedRow.FindStringSubmatch(line)
		if m != nil && strings.Contains(marks, m[1]) && (category == "" || category == current) {
			rows = append(rows, givenName{m[2], m[3]})
		}
	}
	if len(rows) < 30 {
		t.Fatalf("only %d rows of kinds have the mark %q in category %q", len(rows), marks, category)
	}
	return rows
}

// acceptedFields returns the specifications of the fields that are accepted, of all types in turn.
func acceptedFields(t *testing.T) []string {
	t.Helper()
	types := []string{"string", "int:required", "int64", "float:required", "bool", "time:required", "string:required", "int", "time"}
	var specs []string
	for _, line := range tableLines(t, "fields.txt") {
		if name, _, ok := strings.Cut(line, " -> "); ok && line[0] != '#' {
			specs = append(specs, strings.TrimSpace(name)+":"+types[len(specs)%len(types)])
		}
	}
	return specs
}

func tableLines(t *testing.T, file string) []string {
	t.Helper()
	src, err := os.ReadFile(filepath.Join("../../testdata/names", file))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(src)), "\n")
}

// fieldsEach is how many of the fields a kind has: so many that few kinds have them all.
const fieldsEach = 6

// write writes a service with kinds of these names, and with fields of the table in turn.
func (s *nameService) write(t *testing.T, names []givenName) {
	t.Helper()
	fields := acceptedFields(t)
	if len(names)*fieldsEach < len(fields) {
		t.Errorf("%d kinds with %d fields each leave some of the %d fields out", len(names), fieldsEach, len(fields))
	}
	given := make([]givenKind, len(names))
	for i, n := range names {
		specs := make([]string, fieldsEach)
		for j := range specs {
			specs[j] = fields[(i*fieldsEach+j)%len(fields)]
		}
		given[i] = givenKind{n, strings.Join(specs, ",")}
	}
	s.writeKinds(t, given)
}

// A givenKind is a name with the fields of its kind.
type givenKind struct {
	givenName
	fields string
}

// writeKinds writes a service with these kinds.
func (s *nameService) writeKinds(t *testing.T, given []givenKind) {
	t.Helper()
	var kinds []scaffold.Kind
	var ids []string
	for _, g := range given {
		kind, err := scaffold.NewKind(g.name, g.plural, g.fields)
		if err != nil {
			t.Fatal(err)
		}
		kind.MigrationID = scaffold.MigrationID(time.Date(2026, time.March, 1, 0, 0, 0, 0, time.UTC), ids...)
		ids = append(ids, kind.MigrationID)
		kinds = append(kinds, kind)
	}
	blueprint, err := scaffold.OpenBlueprint(blueprints.Service())
	if err != nil {
		t.Fatal(err)
	}
	service, err := scaffold.NewService("names", "example.com/names")
	if err != nil {
		t.Fatal(err)
	}
	p, err := scaffold.PlanService(blueprint, service, kinds)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range p.Changes {
		path := filepath.Join(s.dir, filepath.FromSlash(c.Path))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, c.After, c.Mode); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d kinds, %d files", len(kinds), len(p.Changes))
}

// check builds and vets the service, and runs those tests of some packages that need no database.
func (s *nameService) check(t *testing.T, packages ...string) {
	t.Helper()
	s.run(t, "build", "./...")
	s.run(t, "vet", "./...")
	s.run(t, append([]string{"test", "-short"}, packages...)...)
}

// run runs the go command in the service.
func (s *nameService) run(t *testing.T, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir, cmd.Env = s.dir, s.env
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}
