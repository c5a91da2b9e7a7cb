package torture

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// execute runs statements on a connection of their own.
func execute(t testing.TB, url, statement string, args ...any) {
	t.Helper()
	with(t, url, func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, statement, args...)
		return err
	})
}

// number is the answer to a query for one number.
func number(t testing.TB, url, query string, args ...any) (n int) {
	t.Helper()
	with(t, url, func(ctx context.Context, conn *pgx.Conn) error {
		return conn.QueryRow(ctx, query, args...).Scan(&n)
	})
	return n
}

func with(t testing.TB, url string, call func(context.Context, *pgx.Conn) error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), patience)
	defer cancel()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }() // it has done what it was for
	if err := call(ctx, conn); err != nil {
		t.Fatal(err)
	}
}

// awaitNumber asks again and again until the answer is want: rows give no sign
// when they change.
func awaitNumber(t testing.TB, url string, want int, query string, args ...any) {
	t.Helper()
	var got int
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); <-again.C {
		if got = number(t, url, query, args...); got == want {
			return
		}
	}
	t.Fatalf("got %d, want %d, within %v: %s", got, want, patience, query)
}

// What there may be of in the end.
const (
	openEvents = `SELECT count(*) FROM "events" WHERE "source" = '` + Source + `' AND "handled_at" IS NULL AND "dead_at" IS NULL`
	deadEvents = `SELECT count(*) FROM "events" WHERE "source" = '` + Source + `' AND "dead_at" IS NOT NULL`
	advisory   = `SELECT count(*) FROM pg_locks WHERE "locktype" = 'advisory'
		AND "database" = (SELECT "oid" FROM pg_database WHERE "datname" = current_database())`
)
