package devdb_test

import (
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/trexgen/trexgen/blueprints/service/test/devdb"
)

func TestClusterKeepsWhatWasCommitted(t *testing.T) {
	if testing.Short() {
		t.Skip("needs PostgreSQL, which -short leaves out")
	}
	t.Setenv("TMPDIR", temporary(t))
	cluster, err := devdb.NewCluster(t.Context())
	if errors.Is(err, devdb.ErrNoPrograms) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	url := cluster.URL()
	execute(t, url, "create table kept (how text)")
	for how, end := range map[string]func() error{"stop": cluster.Stop, "crash": cluster.Crash} {
		conn := connect(t, url)
		if _, err := conn.Exec(t.Context(), "insert into kept values ($1)", how); err != nil {
			t.Fatal(err)
		}
		if err := end(); err != nil {
			t.Fatalf("%s: %v", how, err)
		}
		if _, err := pgx.Connect(t.Context(), url); err == nil {
			t.Errorf("after %s: it still answers", how)
		}
		if err := cluster.Start(t.Context()); err != nil {
			t.Fatalf("after %s: %v", how, err)
		}
		var kept int
		err := connect(t, url).QueryRow(t.Context(), "select count(*) from kept where how = $1", how).Scan(&kept)
		if err != nil || kept != 1 {
			t.Errorf("after %s: %d rows, error %v; want the one that was committed", how, kept, err)
		}
	}
	if err := cluster.Close(); err != nil {
		t.Fatal(err)
	}
	if homes := homes(t); len(homes) != 0 {
		t.Errorf("left behind: %q", homes)
	}
}

func execute(t *testing.T, url, statement string) {
	t.Helper()
	if _, err := connect(t, url).Exec(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
}
