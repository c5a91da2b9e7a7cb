package devdb

import (
	"context"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

func TestWithName(t *testing.T) {
	t.Parallel()
	tests := []struct{ url, want string }{
		{"postgres://u:p@h:1/old", "postgres://u:p@h:1/new"},
		{"postgresql://u:p@h", "postgresql://u:p@h/new"},
		{"postgres://u:p%2F@h:1/old?sslmode=disable", "postgres://u:p%2F@h:1/new?sslmode=disable"},
		{"postgres://h/old?dbname=other&sslmode=disable", "postgres://h/new?sslmode=disable"},
		{"postgres:///old?host=/run/pg", "postgres:///new?host=%2Frun%2Fpg"},
		{"postgres://u:p@h1:1,h2:2/old", "postgres://u:p@h1:1,h2:2/new"},
		{"host=h dbname=old", "host=h dbname=old dbname=new"},
	}
	for _, test := range tests {
		got := withName(test.url, "new")
		if got != test.want {
			t.Errorf("withName(%q) = %q, want %q", test.url, got, test.want)
		}
		if config, err := pgx.ParseConfig(got); err != nil || config.Database != "new" {
			t.Errorf("%q leads to %v, error %v; want the database new", got, config, err)
		}
	}
}

func TestVersion(t *testing.T) {
	t.Parallel()
	tests := map[string]float64{
		"/usr/lib/postgresql/15/bin":                      15,
		"/usr/lib/postgresql/9.6/bin":                     9.6,
		"/Applications/Postgres.app/Contents/Versions/17": 17,
		"/opt/homebrew/opt/postgresql@16/bin":             16,
		"/usr/libexec/postgresql":                         0,
	}
	for path, want := range tests {
		if got := version(path); got != want {
			t.Errorf("version(%q) = %v, want %v", path, got, want)
		}
	}
}

func TestSweepTakesTheDeadAndLeavesTheLiving(t *testing.T) {
	t.Parallel()
	parent := t.TempDir()
	for _, name := range []string{"devdb-dead/data", "devdb-living/data", "other/data"} {
		if err := os.MkdirAll(filepath.Join(parent, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	alive, err := hold(filepath.Join(parent, "devdb-living", "alive"))
	if err != nil {
		t.Fatal(err)
	}
	sweep(parent)
	for name, want := range map[string]bool{"devdb-dead": false, "devdb-living": true, "other": true} {
		if _, err := os.Stat(filepath.Join(parent, name)); (err == nil) != want {
			t.Errorf("%s is there: %v, want %v", name, err == nil, want)
		}
	}
	if err := alive.Close(); err != nil {
		t.Fatal(err)
	}
	sweep(parent)
	if _, err := os.Stat(filepath.Join(parent, "devdb-living")); err == nil {
		t.Error("devdb-living is there after its process has gone")
	}
}

func TestEngineSaysWhyNot(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	if _, err := engine("docker")(t.Context(), Options{}); err == nil || !strings.Contains(err.Error(), "PATH") {
		t.Errorf("without docker: %v, want that it is not on PATH", err)
	}
}

func TestContainerIsPrivate(t *testing.T) {
	t.Parallel()
	h := &home{dir: "/kept", keep: true, password: "hidden"}
	cmd := container{client: "docker"}.command(h, 4321).cmd
	line := strings.Join(cmd.Args, " ")
	for _, want := range []string{"--rm", "--publish 127.0.0.1:4321:5432", "/kept/container:/kept", image} {
		if !strings.Contains(filepath.ToSlash(line), want) {
			t.Errorf("%s: lacks %s", line, want)
		}
	}
	if strings.Contains(line, "hidden") {
		t.Errorf("%s: shows the password to all users", line)
	}
}

func TestMakerDropsWhatKilledProcessesLeft(t *testing.T) {
	maintenance := Empty(t)
	ctx := context.Background()
	living, killed := &maker{url: maintenance}, &maker{url: maintenance}
	kept, left := mustCreate(t, living), mustCreate(t, killed)
	stale := killed.prefix + "template_of_another_state"
	if err := killed.createDatabase(ctx, stale, "is_template true"); err != nil {
		t.Fatal(err)
	}
	if err := killed.close(ctx); err != nil { // as the end of its process would
		t.Fatal(err)
	}
	// The server ends a connection in its own time: when its lock is free.
	for _, call := range []string{"pg_advisory_lock", "pg_advisory_unlock"} {
		if _, err := living.conn.Exec(ctx, "select "+call+"(hashtextextended($1, 0))", killed.prefix+killed.run); err != nil {
			t.Fatal(err)
		}
	}

	next := &maker{url: maintenance}
	mustCreate(t, next)
	for name, want := range map[string]bool{kept: true, left: false, stale: false, next.template: true} {
		var got bool
		if err := next.conn.QueryRow(ctx, "select exists (select from pg_database where datname = $1)", name).Scan(&got); err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Errorf("database %s is there: %v, want %v", name, got, want)
		}
	}
	for _, m := range []*maker{living, next} {
		if err := m.close(ctx); err != nil {
			t.Fatal(err)
		}
	}
	dropAll(t, maintenance, next.prefix)
}

func TestMakerNeedsTheRightToCreate(t *testing.T) {
	maintenance := Empty(t)
	ctx := t.Context()
	admin, err := connect(ctx, maintenance)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = admin.Close(ctx) }()
	role := admin.Config().Database // a name that nobody else has
	if _, err := admin.Exec(ctx, "create role "+role+" login password 'humble'"); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if _, err := admin.Exec(ctx, "drop role "+role); err != nil {
			t.Error(err)
		}
	}()
	server, err := url.Parse(maintenance)
	if err != nil {
		t.Fatal(err)
	}
	server.User = url.UserPassword(role, "humble")
	humble := &maker{url: server.String()}
	_, err = humble.empty(ctx)
	if err == nil || !strings.Contains(err.Error(), "alter role "+quote(role)+" createdb") {
		t.Errorf("error %v, want the next step", err)
	}
	if err := humble.close(ctx); err != nil {
		t.Fatal(err)
	}
}

func mustCreate(t *testing.T, m *maker) string {
	t.Helper()
	name, err := m.migrated(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return name
}

// dropAll drops what a test's own maintenance database has made.
func dropAll(t *testing.T, maintenance, prefix string) {
	t.Helper()
	last := &maker{url: maintenance}
	if err := last.open(t.Context()); err != nil { // sweeps all but the template
		t.Fatal(err)
	}
	rows, err := last.conn.Query(t.Context(), "select datname from pg_database where starts_with(datname, $1)", prefix)
	if err != nil {
		t.Fatal(err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if _, err := last.conn.Exec(t.Context(), "alter database "+quote(name)+" with is_template false"); err != nil {
			t.Fatal(err)
		}
		if err := last.drop(t.Context(), name); err != nil {
			t.Fatal(err)
		}
	}
	if err := last.close(t.Context()); err != nil {
		t.Fatal(err)
	}
}
