package db_test

import (
	"context"
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/trexgen/trexgen/blueprints/service/pkg/db"
	"github.com/trexgen/trexgen/blueprints/service/test/devdb"
)

func TestMain(m *testing.M) {
	if url, ok := os.LookupEnv(candidateURL); ok {
		os.Exit(beCandidate(url))
	}
	devdb.Main(m)
}

// patience bounds the wait for a signal that has to come.
const patience = 20 * time.Second

// open opens a pool; Config's other fields may be set.
func open(t *testing.T, cfg db.Config) *db.SessionFactory {
	t.Helper()
	sessions, err := db.NewSessionFactory(t.Context(), cfg, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := sessions.Close(); err != nil {
			t.Error(err)
		}
	})
	return sessions
}

// connect is a connection beside the pool.
func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := conn.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return conn
}

func exec(t *testing.T, ctx context.Context, sessions *db.SessionFactory, statement string, args ...any) {
	t.Helper()
	if err := sessions.New(ctx).Exec(statement, args...).Error; err != nil {
		t.Fatal(err)
	}
}

// count is how many things the database has, as others see it.
func count(t *testing.T, sessions *db.SessionFactory) int {
	t.Helper()
	var n int
	if err := sessions.DB().QueryRowContext(context.Background(), "select count(*) from things").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// things is a pool on a database with a table of that name.
func things(t *testing.T) *db.SessionFactory {
	t.Helper()
	sessions := open(t, db.Config{URL: devdb.Empty(t)})
	exec(t, t.Context(), sessions, `create table things (
		name text constraint things_name_key unique,
		weight smallint constraint things_weight_check check (weight > 0),
		owner int not null default 1)`)
	return sessions
}

// receive waits for a signal.
func receive[T any](t *testing.T, what string, signal <-chan T) T {
	t.Helper()
	select {
	case value := <-signal:
		return value
	case <-time.After(patience):
		t.Fatalf("no sign of: %s", what)
		panic("unreachable")
	}
}

// lineWriter is a log whose lines can be waited for.
type lineWriter chan string

func (w lineWriter) Write(line []byte) (int, error) {
	w <- string(line)
	return len(line), nil
}

func (w lineWriter) logger() *slog.Logger { return slog.New(slog.NewTextHandler(w, nil)) }
