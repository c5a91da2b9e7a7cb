package db_test

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"testing"

	"github.com/trexgen/trexgen/blueprints/service/pkg/db"
	"github.com/trexgen/trexgen/blueprints/service/test/devdb"
)

const insert = "insert into things (name) values (?)"

var errRefused = errors.New("refused")

func TestInTxCommits(t *testing.T) {
	t.Parallel()
	sessions := things(t)
	err := sessions.InTx(t.Context(), func(ctx context.Context) error {
		exec(t, ctx, sessions, insert, "a")
		if n := count(t, sessions); n != 0 {
			t.Errorf("others see %d rows before the commit, want 0", n)
		}
		var n int
		if err := sessions.New(ctx).Raw("select count(*) from things").Scan(&n).Error; err != nil || n != 1 {
			t.Errorf("the transaction sees %d rows, error %v; want its own", n, err)
		}
		return nil
	})
	if err != nil || count(t, sessions) != 1 {
		t.Errorf("error %v and %d rows, want nil and 1", err, count(t, sessions))
	}
}

func TestInTxRollsBack(t *testing.T) {
	t.Parallel()
	sessions := things(t)
	t.Run("on an error", func(t *testing.T) {
		err := sessions.InTx(t.Context(), func(ctx context.Context) error {
			exec(t, ctx, sessions, insert, "a")
			return errRefused
		})
		if !errors.Is(err, errRefused) || count(t, sessions) != 0 {
			t.Errorf("error %v and %d rows, want the function's own error and 0", err, count(t, sessions))
		}
	})
	t.Run("on a panic, which goes on", func(t *testing.T) {
		defer func() {
			if value := recover(); value != "lost" || count(t, sessions) != 0 {
				t.Errorf("recovered %v and %d rows, want the panic's value and 0", value, count(t, sessions))
			}
		}()
		_ = sessions.InTx(t.Context(), func(ctx context.Context) error {
			exec(t, ctx, sessions, insert, "a")
			panic("lost")
		})
	})
	t.Run("when the goroutine ends", func(t *testing.T) {
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			_ = sessions.InTx(t.Context(), func(ctx context.Context) error {
				if err := sessions.New(ctx).Exec(insert, "a").Error; err != nil {
					t.Error(err)
				}
				runtime.Goexit()
				return nil
			})
		}()
		receive(t, "the end of the goroutine", ended)
		if n := count(t, sessions); n != 0 {
			t.Errorf("%d rows, want 0", n)
		}
	})
	t.Run("when ctx ends", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		err := sessions.InTx(ctx, func(ctx context.Context) error {
			exec(t, ctx, sessions, insert, "a")
			cancel()
			return nil
		})
		if !errors.Is(err, context.Canceled) || count(t, sessions) != 0 {
			t.Errorf("error %v and %d rows, want context.Canceled and 0", err, count(t, sessions))
		}
	})
	if n := sessions.DB().Stats().InUse; n != 0 {
		t.Errorf("%d connections in use after all, want 0", n)
	}
}

func TestFailedStatementPoisonsTheTransaction(t *testing.T) {
	t.Parallel()
	sessions := things(t)
	err := sessions.InTx(t.Context(), func(ctx context.Context) error {
		exec(t, ctx, sessions, insert, "a")
		if err := sessions.New(ctx).Exec(insert, "a").Error; err == nil {
			t.Error("the same name twice: no error")
		}
		return nil // swallows it
	})
	if err == nil || count(t, sessions) != 0 {
		t.Errorf("error %v and %d rows, want an error and 0", err, count(t, sessions))
	}
}

func TestNestedInTxJoinsTheOuter(t *testing.T) {
	t.Parallel()
	// One connection: a second transaction would wait for ever.
	sessions := open(t, db.Config{URL: devdb.Empty(t), MaxOpenConns: 1})
	exec(t, t.Context(), sessions, "create table things (name text)")
	err := sessions.InTx(t.Context(), func(ctx context.Context) error {
		err := sessions.InTx(ctx, func(ctx context.Context) error {
			exec(t, ctx, sessions, insert, "inner")
			return nil
		})
		if err != nil {
			return err
		}
		return errRefused
	})
	if !errors.Is(err, errRefused) || count(t, sessions) != 0 {
		t.Errorf("error %v and %d rows, want the outer's error and 0", err, count(t, sessions))
	}
}

func TestFactoriesDoNotJoinEachOther(t *testing.T) {
	t.Parallel()
	one, other := things(t), things(t)
	err := one.InTx(t.Context(), func(ctx context.Context) error {
		exec(t, ctx, one, insert, "a")
		err := other.InTx(ctx, func(ctx context.Context) error {
			exec(t, ctx, other, insert, "a")
			exec(t, ctx, one, insert, "b") // finds its own through the other's
			return nil
		})
		return errors.Join(err, errRefused)
	})
	if !errors.Is(err, errRefused) || count(t, one) != 0 || count(t, other) != 1 {
		t.Errorf("error %v, %d and %d rows; want refused, 0 and 1", err, count(t, one), count(t, other))
	}
}

func TestAfterCommit(t *testing.T) {
	t.Parallel()
	sessions := things(t)
	var done []string
	hook := func(ctx context.Context, name string) {
		db.AfterCommit(ctx, func() { done = append(done, name) })
	}
	check := func(when string, want ...string) {
		t.Helper()
		if !slices.Equal(done, want) {
			t.Errorf("%s: hooks %q have run, want %q", when, done, want)
		}
		done = nil
	}

	hook(t.Context(), "none")
	check("outside of a transaction", "none")

	var after context.Context
	err := sessions.InTx(t.Context(), func(ctx context.Context) error {
		after = ctx
		hook(ctx, "first")
		db.AfterCommit(ctx, func() { hook(ctx, "from a hook") })
		db.AfterCommit(ctx, func() {
			if n := count(t, sessions); n != 1 {
				t.Errorf("a hook sees %d rows, want the committed one", n)
			}
		})
		exec(t, ctx, sessions, insert, "a")
		err := sessions.InTx(ctx, func(ctx context.Context) error { hook(ctx, "nested"); return nil })
		check("after the nested one", []string{}...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	check("after the commit", "first", "from a hook", "nested")
	hook(after, "late")
	check("with the context of a past transaction", "late")

	err = sessions.InTx(t.Context(), func(ctx context.Context) error {
		hook(ctx, "never")
		return errRefused
	})
	if !errors.Is(err, errRefused) {
		t.Fatal(err)
	}
	check("after the roll-back", []string{}...)
}

func TestInTransaction(t *testing.T) {
	t.Parallel()
	sessions := things(t)
	if db.InTransaction(t.Context()) {
		t.Error("true outside")
	}
	err := sessions.InTx(t.Context(), func(ctx context.Context) error {
		if !db.InTransaction(ctx) {
			t.Error("false inside")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestLostConnectionIsUnavailable(t *testing.T) {
	t.Parallel()
	url := devdb.Empty(t)
	sessions, admin := open(t, db.Config{URL: url}), connect(t, url)
	err := sessions.InTx(t.Context(), func(ctx context.Context) error {
		terminate(t, admin, backend(t, ctx, sessions))
		return db.Translate(sessions.New(ctx).Exec("select 1").Error)
	})
	if !errors.Is(err, db.ErrUnavailable) {
		t.Errorf("error %v, want ErrUnavailable", err)
	}
	err = sessions.InTx(t.Context(), func(ctx context.Context) error {
		terminate(t, admin, backend(t, ctx, sessions))
		return nil
	})
	if !errors.Is(err, db.ErrUnavailable) {
		t.Errorf("error of the commit %v, want ErrUnavailable", err)
	}
	err = sessions.InTx(t.Context(), func(ctx context.Context) error {
		terminate(t, admin, backend(t, ctx, sessions))
		_ = sessions.New(ctx).Exec("select 1").Error // the driver closes its end
		return nil
	})
	if !errors.Is(err, db.ErrUnavailable) {
		t.Errorf("error of the commit after a failed statement %v, want ErrUnavailable", err)
	}
	if err := sessions.DB().PingContext(t.Context()); err != nil {
		t.Errorf("the pool does not recover: %v", err)
	}
}
