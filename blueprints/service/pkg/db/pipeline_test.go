package db_test

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/trexgen/trexgen/blueprints/service/pkg/db"
	"github.com/trexgen/trexgen/blueprints/service/test/devdb"
)

const sent = "insert into things (name) values ($1)"

// execModes are all ways to send statements.
var execModes = []string{"cache_statement", "cache_describe", "describe_exec", "exec", "simple_protocol"}

func TestSentStatementsKeepTheirOrder(t *testing.T) {
	t.Parallel()
	url := devdb.Empty(t)
	exec(t, t.Context(), open(t, db.Config{URL: url}), "create table things (nth serial, name text)")
	for _, mode := range execModes {
		sessions := open(t, db.Config{URL: url, QueryExecMode: mode})
		exec(t, t.Context(), sessions, "truncate things restart identity")
		err := sessions.InTx(t.Context(), func(ctx context.Context) error {
			send := func(name string) error { return sessions.Send(ctx, "name it", sent, name) }
			var seen int
			err := errors.Join(send("a"), send("b"))
			exec(t, ctx, sessions, insert, "c")
			err = errors.Join(err, send("d"), sessions.New(ctx).Raw("select count(*) from things").Scan(&seen).Error, send("e"))
			if seen != 4 {
				t.Errorf("%s: a query sees %d things, want those sent before", mode, seen)
			}
			return err
		})
		var names []string
		err = errors.Join(err, sessions.New(t.Context()).Raw("select name from things order by nth").Scan(&names).Error)
		if err != nil || !slices.Equal(names, []string{"a", "b", "c", "d", "e"}) {
			t.Errorf("%s: %q, error %v; want a to e", mode, names, err)
		}
	}
}

func TestSendOutsideATransactionRunsAtOnce(t *testing.T) {
	t.Parallel()
	sessions := things(t)
	if err := sessions.Send(t.Context(), "name it", sent, "a"); err != nil || count(t, sessions) != 1 {
		t.Errorf("error %v and %d rows, want 1", err, count(t, sessions))
	}
	if err := sessions.Send(t.Context(), "name it", sent, "a"); !isA[*db.UniqueError](err) {
		t.Errorf("error %v, want that the name exists", err)
	}
}

func TestSentStatementThatFailsUndoesTheTransaction(t *testing.T) {
	t.Parallel()
	for name, next := range map[string]func(ctx context.Context, sessions *db.SessionFactory) error{
		"with the commit": func(context.Context, *db.SessionFactory) error { return nil },
		"with a statement": func(ctx context.Context, sessions *db.SessionFactory) error {
			return sessions.New(ctx).Exec(insert, "c").Error
		},
		"with a query": func(ctx context.Context, sessions *db.SessionFactory) error {
			return sessions.New(ctx).Raw("select 1").Scan(new(int)).Error
		},
		"with one whose error is swallowed": func(ctx context.Context, sessions *db.SessionFactory) error {
			if err := sessions.New(ctx).Exec(insert, "c").Error; err == nil {
				t.Error("the next statement has no error")
			}
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sessions := open(t, db.Config{URL: devdb.Empty(t), MaxOpenConns: 1})
			exec(t, t.Context(), sessions, "create table things (name text unique)")
			err := sessions.InTx(t.Context(), func(ctx context.Context) error {
				db.AfterCommit(ctx, func() { t.Error("told that it was committed") })
				exec(t, ctx, sessions, insert, "a")
				if err := sessions.Send(ctx, "name it once more", sent, "a"); err != nil {
					t.Errorf("sent with %v", err)
				}
				return next(ctx, sessions)
			})
			swallowed := strings.Contains(name, "swallowed")
			told := isA[*db.UniqueError](db.Translate(err)) && strings.Contains(err.Error(), "name it once more")
			if err == nil || told == swallowed || count(t, sessions) != 0 {
				t.Errorf("error %v and %d rows, want what failed and 0", err, count(t, sessions))
			}
		})
	}
}

// A statement that cannot even be prepared is not sent, and BEGIN with it. What
// follows must not be committed on its own.
func TestNothingFollowsOnATransactionThatHasNotBegun(t *testing.T) {
	t.Parallel()
	for _, mode := range execModes {
		sessions := open(t, db.Config{URL: devdb.Empty(t), QueryExecMode: mode, MaxOpenConns: 1})
		exec(t, t.Context(), sessions, "create table things (name text)")
		err := sessions.InTx(t.Context(), func(ctx context.Context) error {
			for _, statement := range []string{"insert into nowhere values (1)", "insert into things values ('a')"} {
				if err := sessions.New(ctx).Exec(statement).Error; err == nil {
					t.Errorf("%s: no error of %q", mode, statement)
				}
			}
			return nil // swallows both
		})
		if err == nil || count(t, sessions) != 0 {
			t.Errorf("%s: error %v and %d rows, want an error and 0", mode, err, count(t, sessions))
		}
	}
}

func TestNobodyWaitsForWhatIsSent(t *testing.T) {
	t.Parallel()
	network := newProxy(t, devdb.Empty(t))
	sessions := open(t, db.Config{URL: network.url})
	exec(t, t.Context(), sessions, "create table things (name text)")
	network.hush()
	err := sessions.InTx(t.Context(), func(ctx context.Context) error {
		if err := sessions.Send(ctx, "name it", sent, "a"); err != nil {
			return err
		}
		network.resume() // it was not needed so far
		return nil
	})
	if err != nil || count(t, sessions) != 1 {
		t.Errorf("error %v and %d rows, want 1", err, count(t, sessions))
	}
	network.hush()
	if err := sessions.InTx(t.Context(), func(context.Context) error { return nil }); err != nil {
		t.Errorf("a transaction without statements: %v", err)
	}
	network.resume()
}

func TestTransactionsByHand(t *testing.T) {
	t.Parallel()
	pool := things(t).DB()
	t.Run("with prepared statements", func(t *testing.T) {
		tx, err := pool.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		statement, err := tx.PrepareContext(t.Context(), sent)
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := statement.Close(); err != nil {
				t.Error(err)
			}
		}()
		for _, name := range []string{"a", "b"} {
			if _, err := statement.ExecContext(t.Context(), name); err != nil {
				t.Fatal(err)
			}
		}
		var left int
		err = errors.Join(tx.Rollback(), pool.QueryRowContext(t.Context(), "select count(*) from things").Scan(&left))
		if err != nil || left != 0 {
			t.Errorf("rolled back: %d things, error %v; want 0", left, err)
		}
	})
	t.Run("with options", func(t *testing.T) {
		tx, err := pool.BeginTx(t.Context(), &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
		if err != nil {
			t.Fatal(err)
		}
		var got string
		err = tx.QueryRowContext(t.Context(),
			"select current_setting('transaction_isolation') || ', ' || current_setting('transaction_read_only')").Scan(&got)
		if err = errors.Join(err, tx.Commit()); err != nil || got != "repeatable read, on" {
			t.Errorf("transaction is %q, error %v; want repeatable read, on", got, err)
		}
	})
}
