package db_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/trexgen/trexgen/blueprints/service/pkg/db"
	"github.com/trexgen/trexgen/blueprints/service/test/devdb"
)

// observed are locks that give up soon, and what is told of them.
func observed(t *testing.T, url string) (sessions *db.SessionFactory, locks *db.LockFactory, waits <-chan db.LockWait) {
	t.Helper()
	told := make(chan db.LockWait, 100)
	sessions = open(t, db.Config{URL: url, LockTimeout: 50 * time.Millisecond})
	locks = db.NewLockFactory(sessions)
	locks.Observe = func(wait db.LockWait) { told <- wait }
	return sessions, locks, told
}

func TestLockGivesUpInTime(t *testing.T) {
	t.Parallel()
	url := devdb.Empty(t)
	unlock, err := db.NewLockFactory(open(t, db.Config{URL: url})).Lock(t.Context(), "things", "1")
	if err != nil {
		t.Fatal(err)
	}
	sessions, locks, _ := observed(t, url)
	err = sessions.InTx(t.Context(), func(ctx context.Context) error {
		_, err := locks.Lock(ctx, "things", "1")
		return err
	})
	checkGaveUp(t, "in a transaction", err)
	_, err = locks.Lock(t.Context(), "things", "1")
	checkGaveUp(t, "outside of one", err)
	unlock()
	checkFree(t, url)
}

func checkGaveUp(t *testing.T, what string, err error) {
	t.Helper()
	if !errors.Is(err, db.ErrLocked) || errors.Is(err, db.ErrConflict) || errors.Is(err, db.ErrCancelled) {
		t.Errorf("%s: error %v, want ErrLocked alone", what, err)
	}
}

func TestLockLeavesTheTimeoutOfOthersAlone(t *testing.T) {
	t.Parallel()
	url := devdb.Empty(t)
	for _, mode := range []string{"cache_statement", "cache_describe", "describe_exec", "exec", "simple_protocol"} {
		sessions := open(t, db.Config{URL: url, MaxOpenConns: 1, QueryExecMode: mode, LockTimeout: time.Minute})
		locks := db.NewLockFactory(sessions)
		timeout := func(ctx context.Context) (timeout string) {
			if err := sessions.New(ctx).Raw("show lock_timeout").Scan(&timeout).Error; err != nil {
				t.Error(err)
			}
			return timeout
		}
		before := timeout(t.Context())
		err := sessions.InTx(t.Context(), func(ctx context.Context) error {
			exec(t, ctx, sessions, "set local lock_timeout = '7s'")
			_, err := locks.Lock(ctx, "things", "1")
			if got := timeout(ctx); got != "7s" {
				t.Errorf("%s: lock_timeout %s after the lock, want 7s as before", mode, got)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if after := timeout(t.Context()); after != before {
			t.Errorf("%s: lock_timeout %s after the transaction, want %s as before", mode, after, before)
		}
	}
}

// A timeout for rows bounds no wait in LockFactory.Lock.
func TestBoundLocksBoundsRowsOnly(t *testing.T) {
	t.Parallel()
	url := devdb.Empty(t)
	sessions := open(t, db.Config{URL: url, LockTimeout: time.Minute})
	err := sessions.InTx(t.Context(), func(ctx context.Context) error {
		exec(t, ctx, sessions, "set local lock_timeout = '1ms'")
		holder, err := db.NewLockFactory(open(t, db.Config{URL: url})).Lock(t.Context(), "things", "1")
		if err != nil {
			return err
		}
		locked := make(chan error, 1)
		go func() {
			_, err := db.NewLockFactory(sessions).Lock(ctx, "things", "1")
			locked <- err
		}()
		awaitWaiter(t, url)
		holder()
		return receive(t, "the lock", locked)
	})
	if err != nil {
		t.Error(err)
	}
}

func TestLockEndsWithTheDeadlineOfItsContext(t *testing.T) {
	t.Parallel()
	url := devdb.Empty(t)
	sessions := open(t, db.Config{URL: url, MaxOpenConns: 1})
	locks := db.NewLockFactory(sessions)
	unlock, err := locks.Lock(t.Context(), "things", "1") // and with it the whole pool
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := locks.Lock(ctx, "things", "2"); !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, db.ErrLocked) {
		t.Errorf("lock without a connection: %v, want context.DeadlineExceeded", err)
	}
	unlock()

	unlock, err = db.NewLockFactory(open(t, db.Config{URL: url})).Lock(t.Context(), "things", "1")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel = context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := locks.Lock(ctx, "things", "1"); !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, db.ErrLocked) {
		t.Errorf("lock that is held: %v, want context.DeadlineExceeded", err)
	}
	unlock()
	awaitFree(t, url)
}

func TestDeadlockIsAConflict(t *testing.T) {
	t.Parallel()
	url := devdb.Empty(t)
	sessions := open(t, db.Config{URL: url, LockTimeout: patience})
	locks := db.NewLockFactory(sessions)
	var both, ended sync.WaitGroup
	both.Add(2)
	errs := make([]error, 2)
	for i, order := range [][]string{{"1", "2"}, {"2", "1"}} {
		ended.Go(func() {
			errs[i] = sessions.InTx(t.Context(), func(ctx context.Context) error {
				_, err := locks.Lock(ctx, "things", order[0])
				both.Done()
				both.Wait()
				if err == nil {
					_, err = locks.Lock(ctx, "things", order[1])
				}
				return err
			})
		})
	}
	ended.Wait()
	err := errors.Join(errs...)
	if !errors.Is(err, db.ErrConflict) || errors.Is(err, db.ErrLocked) || (errs[0] != nil) == (errs[1] != nil) {
		t.Errorf("errors %v, want ErrConflict for one of the two", errs)
	}
	checkFree(t, url)
}

func TestLocksAreObserved(t *testing.T) {
	t.Parallel()
	url := devdb.Empty(t)
	_, locks, waits := observed(t, url)
	unlock, err := locks.Lock(t.Context(), "things", "1")
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	lost := open(t, db.Config{URL: url})
	broken := db.NewLockFactory(lost)
	broken.Observe = locks.Observe
	tests := []struct {
		want db.LockOutcome
		try  func() error
	}{
		{db.LockBusy, func() error { _, err := locks.TryLock(t.Context(), "things", "1"); return err }},
		{db.LockBusy, func() error { _, err := locks.Lock(t.Context(), "things", "1"); return err }},
		{db.LockCancelled, func() error { _, err := locks.Lock(ended, "things", "2"); return err }},
		{db.LockFailed, func() error {
			return lost.InTx(t.Context(), func(ctx context.Context) error {
				terminate(t, connect(t, url), backend(t, ctx, lost))
				_, err := broken.Lock(ctx, "things", "2")
				return err
			})
		}},
	}
	if wait := receive(t, "the first lock", waits); wait.Outcome != db.LockHeld || wait.Took <= 0 {
		t.Errorf("told %+v of a lock that was free", wait)
	}
	for _, test := range tests {
		err := test.try()
		wait := receive(t, "what is told", waits)
		if err == nil || wait.Outcome != test.want {
			t.Errorf("told %+v with error %v, want %s", wait, err, test.want)
		}
	}
}

// Nothing is left however the transaction ends. Since locks belong to the
// transaction, that is all that a pool, or pgbouncer, asks for.
func TestNoLockOutlivesItsTransaction(t *testing.T) {
	t.Parallel()
	url := devdb.Empty(t)
	network := newProxy(t, url)
	sessions := open(t, db.Config{URL: network.url, MaxOpenConns: 2, LockTimeout: time.Minute})
	locks := db.NewLockFactory(sessions)
	locking := func(then func(ctx context.Context) error) error {
		return sessions.InTx(t.Context(), func(ctx context.Context) error {
			if _, err := locks.Lock(ctx, "things", "1"); err != nil {
				return err
			}
			if _, err := locks.TryLock(ctx, "things", "2"); err != nil {
				return err
			}
			return then(ctx)
		})
	}
	ends := map[string]func(context.Context) error{
		"commit":    func(context.Context) error { return nil },
		"roll-back": func(context.Context) error { return errRefused },
		"panic":     func(context.Context) error { panic("lost") },
		"failure": func(ctx context.Context) error {
			return sessions.New(ctx).Exec("select 1/0").Error
		},
		"cut": func(context.Context) error {
			network.cut()
			return nil
		},
	}
	for name, end := range ends {
		func() {
			defer func() { _ = recover() }()
			if err := locking(end); (err == nil) != (name == "commit") {
				t.Errorf("%s: error %v", name, err)
			}
		}()
		awaitFree(t, url)
	}
}

// Lockers inside of transactions need one connection each, however many more
// there are than connections.
func TestManyLockersOnASmallPool(t *testing.T) {
	t.Parallel()
	url := devdb.Empty(t)
	sessions := open(t, db.Config{URL: url, MaxOpenConns: 5})
	locks := db.NewLockFactory(sessions)
	exec(t, t.Context(), sessions, "create table sums (id text primary key, n int); insert into sums values ('0', 0), ('1', 0), ('2', 0)")
	const lockers = 200
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	defer cancel()
	errs := make([]error, lockers)
	var all sync.WaitGroup
	for i := range lockers {
		all.Go(func() {
			errs[i] = sessions.InTx(ctx, func(ctx context.Context) error {
				id := fmt.Sprint(i % 3)
				if _, err := locks.Lock(ctx, "sums", id); err != nil {
					return err
				}
				var n int // read and written apart, so that two at a time would lose one
				if err := sessions.New(ctx).Raw("select n from sums where id = ?", id).Scan(&n).Error; err != nil {
					return err
				}
				return sessions.New(ctx).Exec("update sums set n = ? where id = ?", n+1, id).Error
			})
		})
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	var sum int
	if err := sessions.DB().QueryRowContext(t.Context(), "select sum(n) from sums").Scan(&sum); err != nil || sum != lockers {
		t.Errorf("sum %d, error %v; want %d", sum, err, lockers)
	}
	checkFree(t, url)
}

// awaitFree waits until no advisory lock is left: a server that was cut off says
// nothing when it has noticed.
func awaitFree(t *testing.T, url string) {
	t.Helper()
	admin := connect(t, url)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for left := -1; left != 0; {
		err := admin.QueryRow(ctx, "select count(*) from pg_locks where locktype = 'advisory' and database = "+here).Scan(&left)
		if err != nil {
			t.Fatalf("%d locks left: %v", left, err)
		}
	}
}
