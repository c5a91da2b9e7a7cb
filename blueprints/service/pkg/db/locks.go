package db

import (
	"context"
	"database/sql"
	"fmt"
	"sync"
)

// LockFactory makes locks that all replicas of the service share. A lock is a
// name, of a kind and an id; it needs no row and guards none by itself.
//
// Locks belong to a transaction of PostgreSQL (pg_advisory_xact_lock), so that
// none can leak: the server frees it when the transaction or the connection
// ends, through pgbouncer too. A name is hashed to 64 bits; that two names
// meet, and wait for each other without need, is possible and harmless.
type LockFactory struct {
	sessions *SessionFactory
}

// NewLockFactory makes locks on the connections of sessions.
func NewLockFactory(sessions *SessionFactory) *LockFactory {
	return &LockFactory{sessions: sessions}
}

// Lock waits until the lock is free, or ctx ends.
//
// Inside InTx the lock belongs to ctx's transaction, which may take it again:
// it is held until the commit or the roll-back, and unlock does nothing. Take
// several locks in one order everywhere; PostgreSQL ends a deadlock with
// ErrConflict for one of the two, but rolls its transaction back.
//
// Outside, the lock has a connection to itself until unlock is called, which
// must be, and may be twice. It outlives ctx, so that nobody else gets in while
// its holder is still busy stopping. If the connection is lost meanwhile the
// lock is too, and its holder is not told. To guard writes take it inside InTx.
func (l *LockFactory) Lock(ctx context.Context, kind, id string) (unlock func(), err error) {
	return l.with(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "select pg_advisory_xact_lock("+lockKey+")", kind, id); err != nil {
			return fmt.Errorf("lock %s %s: %w", kind, id, Translate(err))
		}
		return nil
	})
}

// TryLock is Lock, but answers ErrLocked at once when the lock is not free.
func (l *LockFactory) TryLock(ctx context.Context, kind, id string) (unlock func(), err error) {
	return l.with(ctx, func(tx *sql.Tx) error {
		var locked bool
		err := tx.QueryRowContext(ctx, "select pg_try_advisory_xact_lock("+lockKey+")", kind, id).Scan(&locked)
		if err == nil && !locked {
			err = ErrLocked
		}
		if err != nil {
			return fmt.Errorf("lock %s %s: %w", kind, id, Translate(err))
		}
		return nil
	})
}

// lockKey hashes kind and id. One is the other's seed, so that ("a", "bc") and
// ("ab", "c") are two locks.
const lockKey = "hashtextextended($1, hashtextextended($2, 0))"

// with locks in ctx's transaction, or in one of its own that unlock ends.
// Unlock is never nil.
func (l *LockFactory) with(ctx context.Context, lock func(*sql.Tx) error) (unlock func(), err error) {
	if t := l.sessions.transaction(ctx); t != nil {
		return func() {}, lock(t.tx)
	}
	// database/sql rolls back when the context of BeginTx ends. This one ends
	// with ctx only until the lock is held; then with unlock.
	held, release := context.WithCancel(context.WithoutCancel(ctx))
	unfollow := context.AfterFunc(ctx, release)
	tx, err := l.sessions.pool.BeginTx(held, nil)
	if err != nil {
		err = fmt.Errorf("begin: %w", Translate(err))
	} else {
		err = lock(tx)
	}
	if !unfollow() && err == nil {
		err = ctx.Err()
	}
	unlock = sync.OnceFunc(func() {
		if tx != nil {
			_ = tx.Rollback() // fails when the connection is lost, and with it the lock
		}
		release()
	})
	if err != nil {
		unlock()
		return func() {}, err
	}
	return unlock, nil
}
