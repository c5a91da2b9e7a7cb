package devdb_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/trexgen/trexgen/blueprints/service/test/devdb"
)

func TestMain(m *testing.M) {
	if os.Getenv(helperVariable) == "" {
		devdb.Main(m)
	}
	if err := help(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func TestNewIsMigratedAndOnesOwn(t *testing.T) {
	first, second := connect(t, devdb.New(t)), connect(t, devdb.New(t))
	if _, err := first.Exec(t.Context(), `alter table "events" rename to "mine"`); err != nil {
		t.Fatal(err)
	}
	var count int
	if err := second.QueryRow(t.Context(), `select count(*) from "events"`).Scan(&count); err != nil || count != 0 {
		t.Errorf("the other database has %d events, error %v; want it untouched", count, err)
	}
}

func TestEmptyHasNoTables(t *testing.T) {
	var tables int
	err := connect(t, devdb.Empty(t)).QueryRow(t.Context(),
		"select count(*) from information_schema.tables where table_schema = 'public'").Scan(&tables)
	if err != nil || tables != 0 {
		t.Errorf("%d tables, error %v; want none", tables, err)
	}
}

func TestDatabaseIsDroppedWithTheTest(t *testing.T) {
	var left string
	t.Run("test", func(t *testing.T) {
		conn := connect(t, devdb.New(t)) // still open when the database goes
		left = conn.Config().Database
	})
	var there bool
	err := connect(t, devdb.Empty(t)).QueryRow(t.Context(),
		"select exists (select from pg_database where datname = $1)", left).Scan(&there)
	if err != nil || there {
		t.Errorf("database %s is still there: %v, error %v", left, there, err)
	}
}

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(t.Context()) }) // the test may have dropped the database under it
	return conn
}
