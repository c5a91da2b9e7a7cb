package migrations_test

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/trexgen/trexgen/blueprints/service/pkg/db"
	"github.com/trexgen/trexgen/blueprints/service/pkg/db/migrations"
	"github.com/trexgen/trexgen/blueprints/service/test/devdb"
)

func TestMain(m *testing.M) {
	if url, ok := os.LookupEnv(replicaURL); ok {
		os.Exit(beReplica(url))
	}
	devdb.Main(m)
}

func TestUpIsSafeWithManyReplicas(t *testing.T) {
	t.Parallel()
	url := devdb.Empty(t)
	errs := make([]error, 8)
	var replicas sync.WaitGroup
	for i := range errs {
		replicas.Go(func() { errs[i] = migrations.Up(t.Context(), url) })
	}
	replicas.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	checkApplied(t, url, len(files(t)))
}

func TestDownStepsBackOneByOne(t *testing.T) {
	t.Parallel()
	url := devdb.New(t)
	for left := len(files(t)) - 1; left >= 0; left-- {
		if err := migrations.Down(t.Context(), url); err != nil {
			t.Fatal(err)
		}
		checkApplied(t, url, left)
	}
	if err := migrations.Down(t.Context(), url); !errors.Is(err, migrations.ErrNothingApplied) {
		t.Errorf("once more: %v, want ErrNothingApplied", err)
	}
	var left []string
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := conn.Query(t.Context(), "select tablename from pg_tables where schemaname = 'public' and tablename <> 'goose_db_version'")
	if err == nil {
		left, err = pgx.CollectRows(rows, pgx.RowTo[string])
	}
	if err := errors.Join(err, conn.Close(t.Context())); err != nil || len(left) > 0 {
		t.Errorf("the way down leaves tables %q, error %v", left, err)
	}
	if err := migrations.Up(t.Context(), url); err != nil {
		t.Errorf("up again: %v", err)
	}
	checkApplied(t, url, len(files(t)))
}

func TestUpTwiceChangesNothing(t *testing.T) {
	t.Parallel()
	url := devdb.New(t)
	before := status(t, url)
	if err := migrations.Up(t.Context(), url); err != nil {
		t.Fatal(err)
	}
	if after := status(t, url); !slices.Equal(after, before) {
		t.Errorf("status %v, was %v", after, before)
	}
}

// TestFilesAreMigrations finds what goose passes over: a file that is not called
// like a migration never runs. Two branches may have made one number each.
func TestFilesAreMigrations(t *testing.T) {
	t.Parallel()
	numbers := map[int64]string{}
	for _, name := range files(t) {
		if !fileName.MatchString(name) {
			t.Errorf("%s is not called like 20060102150405_name.sql, so that it would never run: rename it", name)
			continue
		}
		number := numberOf(t, name)
		if other, taken := numbers[number]; taken {
			t.Errorf("%s and %s have the same number: rename the one that no database has run yet; numbers have to grow", other, name)
		}
		numbers[number] = name
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(text), "-- +goose Up\n") || !strings.Contains(string(text), "-- +goose Down\n") {
			t.Errorf("%s lacks the way up or the way down", name)
		}
	}
}

func TestUnreachableServerIsUnavailable(t *testing.T) {
	t.Parallel()
	err := migrations.Up(t.Context(), "postgres://user:hidden@127.0.0.1:1/name")
	if !errors.Is(err, db.ErrUnavailable) || strings.Contains(err.Error(), "hidden") {
		t.Errorf("error %v, want ErrUnavailable without the password", err)
	}
	if err := migrations.Up(t.Context(), "nonsense"); err == nil {
		t.Error("no error for a URL that cannot be read")
	}
}

var fileName = regexp.MustCompile(`^[0-9]+_\w+\.sql$`)

// numberOf is the number that a migration's name begins with; 0 if there is none.
func numberOf(t *testing.T, name string) int64 {
	t.Helper()
	digits, _, _ := strings.Cut(name, "_")
	number, err := strconv.ParseInt(digits, 10, 64)
	if err != nil && fileName.MatchString(name) {
		t.Errorf("%s: %v", name, err)
	}
	return number
}

// files are the SQL files beside this test, in the order of their numbers.
func files(t *testing.T) []string {
	t.Helper()
	names, err := fs.Glob(os.DirFS("."), "*.sql")
	if err != nil || len(names) == 0 {
		t.Fatalf("files %q, error %v", names, err)
	}
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(numberOf(t, a), numberOf(t, b)) })
	return names
}

func status(t *testing.T, url string) []migrations.State {
	t.Helper()
	states, err := migrations.Status(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	return states
}

// checkApplied checks that the first files are applied, the others pending.
func checkApplied(t *testing.T, url string, applied int) {
	t.Helper()
	states, names := status(t, url), files(t)
	if len(states) != len(names) {
		t.Fatalf("%d migrations, want the %d files", len(states), len(names))
	}
	for i, state := range states {
		if state.Name != names[i] || state.AppliedAt.IsZero() != (i >= applied) {
			t.Errorf("migration %d is %+v, want %s, with %d applied", i, state, names[i], applied)
		}
	}
}
