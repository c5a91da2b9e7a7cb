package db_test

import (
	"context"
	"errors"
	"testing"

	"github.com/trexgen/trexgen/blueprints/service/pkg/db"
	"github.com/trexgen/trexgen/blueprints/service/test/devdb"
)

// locks are two replicas' locks on one database; the second has one connection.
func locks(t *testing.T) (url string, one, other *db.LockFactory, otherSessions *db.SessionFactory) {
	t.Helper()
	url = devdb.Empty(t)
	otherSessions = open(t, db.Config{URL: url, MaxOpenConns: 1})
	return url, db.NewLockFactory(open(t, db.Config{URL: url})), db.NewLockFactory(otherSessions), otherSessions
}

func TestLockExcludesUntilUnlocked(t *testing.T) {
	t.Parallel()
	url, one, other, _ := locks(t)
	unlock, err := one.Lock(t.Context(), "things", "1")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.TryLock(t.Context(), "things", "1"); !errors.Is(err, db.ErrLocked) {
		t.Errorf("try while it is held: %v, want ErrLocked", err)
	}
	for _, free := range [][2]string{{"things", "2"}, {"others", "1"}, {"thing", "s1"}} {
		unlock, err := other.TryLock(t.Context(), free[0], free[1])
		if err != nil {
			t.Errorf("try another, %q: %v", free, err)
		}
		unlock()
	}

	locked := make(chan error, 1)
	go func() {
		unlock, err := other.Lock(t.Context(), "things", "1")
		unlock()
		locked <- err
	}()
	awaitWaiter(t, url)
	select {
	case err := <-locked:
		t.Fatalf("a second holder, error %v", err)
	default:
	}
	unlock()
	unlock() // twice is fine
	if err := receive(t, "the lock of the one who waits", locked); err != nil {
		t.Error(err)
	}
	checkFree(t, url)
}

func TestLockWaitsNoLongerThanItsContext(t *testing.T) {
	t.Parallel()
	url, one, other, sessions := locks(t)
	unlock, err := one.Lock(t.Context(), "things", "1")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	locked := make(chan error, 1)
	go func() {
		unlock, err := other.Lock(ctx, "things", "1")
		unlock()
		locked <- err
	}()
	awaitWaiter(t, url)
	cancel()
	if err := receive(t, "the end of the wait", locked); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want context.Canceled", err)
	}
	if err := sessions.DB().PingContext(t.Context()); err != nil { // its one connection is free again
		t.Error(err)
	}
	unlock()
	checkFree(t, url)
}

func TestLockOutlivesItsContext(t *testing.T) {
	t.Parallel()
	url, one, other, _ := locks(t)
	ctx, cancel := context.WithCancel(t.Context())
	unlock, err := one.Lock(ctx, "things", "1")
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if _, err := other.TryLock(t.Context(), "things", "1"); !errors.Is(err, db.ErrLocked) {
		t.Errorf("try: %v, want ErrLocked: the holder has not unlocked", err)
	}
	unlock()
	checkFree(t, url)

	if _, err := one.Lock(ctx, "things", "1"); !errors.Is(err, context.Canceled) {
		t.Errorf("lock with a context that has ended: %v, want context.Canceled", err)
	}
	checkFree(t, url)
}

func TestLockInTransactionTakesNoSecondConnection(t *testing.T) {
	t.Parallel()
	url, one, other, sessions := locks(t) // sessions, and other, have one connection
	err := sessions.InTx(t.Context(), func(ctx context.Context) error {
		unlock, err := other.Lock(ctx, "things", "1")
		if err != nil {
			return err
		}
		again, err := other.TryLock(ctx, "things", "1")
		if err != nil {
			t.Errorf("the same transaction again: %v", err)
		}
		again()
		unlock()
		if _, err := one.TryLock(t.Context(), "things", "1"); !errors.Is(err, db.ErrLocked) {
			t.Errorf("try before the commit: %v, want ErrLocked, unlock or not", err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	checkFree(t, url)
}

func TestErrLockedDoesNotPoisonTheTransaction(t *testing.T) {
	t.Parallel()
	_, one, other, sessions := locks(t)
	unlock, err := one.Lock(t.Context(), "things", "1")
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	err = sessions.InTx(t.Context(), func(ctx context.Context) error {
		if _, err := other.TryLock(ctx, "things", "1"); !errors.Is(err, db.ErrLocked) {
			t.Errorf("try: %v, want ErrLocked", err)
		}
		exec(t, ctx, sessions, "select 1")
		return nil
	})
	if err != nil {
		t.Errorf("commit: %v", err)
	}
}

func TestLostConnectionUnlocks(t *testing.T) {
	t.Parallel()
	url, one, other, _ := locks(t)
	unlock, err := one.Lock(t.Context(), "things", "1")
	if err != nil {
		t.Fatal(err)
	}
	admin := connect(t, url)
	var holder int
	if err := admin.QueryRow(t.Context(), "select pid from pg_locks where locktype = 'advisory' and database = "+here).Scan(&holder); err != nil {
		t.Fatal(err)
	}
	terminate(t, admin, holder)
	unlockOther, err := other.TryLock(t.Context(), "things", "1")
	if err != nil {
		t.Errorf("try after the holder's connection was lost: %v", err)
	}
	unlockOther()
	unlock() // has nothing left to do
	checkFree(t, url)
}

// here is the database, whose locks pg_locks shows among those of all.
const here = "(select oid from pg_database where datname = current_database())"

// awaitWaiter waits until somebody waits for an advisory lock. PostgreSQL gives
// no signal for that.
func awaitWaiter(t *testing.T, url string) {
	t.Helper()
	admin := connect(t, url)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for waits := false; !waits; {
		err := admin.QueryRow(ctx, "select exists (select from pg_locks where locktype = 'advisory' and not granted and database = "+here+")").Scan(&waits)
		if err != nil {
			t.Fatalf("nobody waits for the lock: %v", err)
		}
	}
}

// checkFree checks that no advisory lock is left.
func checkFree(t *testing.T, url string) {
	t.Helper()
	var left int
	err := connect(t, url).QueryRow(t.Context(), "select count(*) from pg_locks where locktype = 'advisory' and database = "+here).Scan(&left)
	if err != nil || left != 0 {
		t.Errorf("%d locks left, error %v; want none", left, err)
	}
}
