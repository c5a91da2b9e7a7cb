package scaffold

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

const sampleManifest = `# kept by people
service: rh-birds
module: github.com/acme/birds
blueprint: 1
kinds:
  - name: OrderItem
    plural: OrderItems
    migration: "202601010001"
    fields:
      - title:string:required
      - weight:float
  - name: Series
    plural: Series
    migration: "202601010002"
    fields: [on_air:bool]
`

func sampleProject(manifest string) fstest.MapFS {
	return fstest.MapFS{
		"go.mod":       {Data: []byte("module github.com/acme/birds\n\ngo 1.26\n")},
		"trexgen.yaml": {Data: []byte(manifest)},
		"pkg/db/migrations/202601010000_add_events.sql":        {},
		"pkg/db/migrations/20260501000000_add_order_items.sql": {},
		"pkg/db/migrations/migrations.go":                      {},
		"pkg/db/migrations/999999999999_not_a_migration.json":  {},
	}
}

func TestOpenProject(t *testing.T) {
	t.Parallel()
	for _, newline := range []string{"\n", "\r\n"} {
		p, err := OpenProject(sampleProject(strings.ReplaceAll(sampleManifest, "\n", newline)))
		if err != nil {
			t.Fatal(err)
		}
		if p.Service.Name.Kebab() != "rh-birds" || p.Service.Module != "github.com/acme/birds" || p.Blueprint != 1 {
			t.Errorf("got %+v", p.Service)
		}
		if len(p.Kinds) != 2 || p.Kinds[0].Name.Many().Snake() != "order_items" || p.Kinds[0].Fields[1].String() != "weight:float" ||
			p.Kinds[0].MigrationID != "202601010001" || p.Kinds[1].Name.Many().Pascal() != "Series" {
			t.Errorf("got kinds %+v", p.Kinds)
		}
	}
}

func TestOpenProjectReportsAllProblems(t *testing.T) {
	t.Parallel()
	manifest := strings.NewReplacer("acme/birds", "acme/bees", "weight:float", "weight:flaot", `"202601010002"`, "soon").Replace(sampleManifest)
	_, err := OpenProject(sampleProject(manifest))
	var blocked *BlockedError
	if !errors.As(err, &blocked) || len(blocked.Problems) != 3 {
		t.Fatalf("got %v, want a BlockedError with three problems", err)
	}
	for _, part := range []string{"acme/bees", "kind OrderItem: field", "kind Series: the migration"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q says nothing of %s", err, part)
		}
	}
}

func TestOpenProjectRefusesWhatIsNoProject(t *testing.T) {
	t.Parallel()
	noManifest, noModule, noModuleLine := sampleProject(sampleManifest), sampleProject(sampleManifest), sampleProject(sampleManifest)
	delete(noManifest, "trexgen.yaml")
	delete(noModule, "go.mod")
	noModuleLine["go.mod"] = &fstest.MapFile{Data: []byte("go 1.26\n")}
	marked := sampleProject(sampleManifest)
	marked["go.mod"] = &fstest.MapFile{Data: append([]byte("\uFEFF"), marked["go.mod"].Data...)}
	for want, fsys := range map[string]fstest.MapFS{
		"trexgen.yaml is not in UTF-8":         sampleProject("\xff\xfes\x00e\x00"),
		"go.mod begins with a byte order mark": marked,
		"no trexgen.yaml":                      noManifest,
		"no go.mod":                            noModule,
		"no module line":                       noModuleLine,
		"field kindz":                          sampleProject("kindz: []\n"),
		"cannot be read":                       sampleProject("service: [\n"),
		"name is empty":                        sampleProject(""),
		"services: rh-bir":                     sampleProject("services: rh-birds"),
	} {
		_, err := OpenProject(fsys)
		var blocked *BlockedError
		if !errors.As(err, &blocked) || !strings.Contains(err.Error(), strings.SplitN(want, ":", 2)[0]) {
			t.Errorf("got %v, want a BlockedError with %q", err, want)
		}
	}
}

func TestNextMigrationIDSortsAfterTheProjectsMigrations(t *testing.T) {
	t.Parallel()
	p, err := OpenProject(sampleProject(sampleManifest))
	if err != nil {
		t.Fatal(err)
	}
	for now, want := range map[time.Time]string{
		time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC): "20260501000001",
		time.Date(2026, 6, 1, 7, 8, 9, 0, time.UTC): "20260601070809",
	} {
		if got, err := p.NextMigrationID(now); err != nil || got != want {
			t.Errorf("at %v: got %s, %v, want %s", now, got, err, want)
		}
	}
}

// Two branches may have made one number each; until one of them gives way, no migration is added.
func TestMigrationsOfOneNumberAreRefused(t *testing.T) {
	t.Parallel()
	project := sampleProject(sampleManifest)
	project["pkg/db/migrations/020260501000000_add_eggs.sql"] = &fstest.MapFile{}
	id, err := must(OpenProject(project)).NextMigrationID(time.Date(2026, 6, 1, 7, 8, 9, 0, time.UTC))
	var blocked *BlockedError
	if !errors.As(err, &blocked) {
		t.Fatalf("got %q, %v, want a BlockedError", id, err)
	}
	wantProblem(t, blocked.Problems, "pkg/db/migrations/020260501000000_add_eggs.sql and pkg/db/migrations/20260501000000_add_order_items.sql", "higher number", "trexgen.yaml")
}
