package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"
)

// LockFactory makes locks that all replicas of the service share. A lock is a
// name, of a kind and an id; it needs no row and guards none by itself.
//
// Locks belong to a transaction of PostgreSQL (pg_advisory_xact_lock), so that
// none can leak: the server frees it when the transaction or the connection
// ends, through pgbouncer too. A name is hashed to 64 bits; that two names
// meet, and wait for each other without need, is possible and harmless.
type LockFactory struct {
	// Observe is told of every Lock and TryLock; nil is fine. Set it before
	// the first.
	Observe func(LockWait)

	sessions *SessionFactory
}

// LockWait is how it went to get a lock.
type LockWait struct {
	Outcome LockOutcome
	Took    time.Duration // with the wait for a connection, outside a transaction
}

// LockOutcome is what became of a wait.
type LockOutcome string

// The outcomes.
const (
	LockHeld      LockOutcome = "held"
	LockBusy      LockOutcome = "busy"      // ErrLocked: not free, or not free in time
	LockConflict  LockOutcome = "conflict"  // ErrConflict: a deadlock
	LockCancelled LockOutcome = "cancelled" // ctx ended
	LockFailed    LockOutcome = "failed"
)

// NewLockFactory makes locks on the connections of sessions. The wait for one
// is bounded by the sessions' Config.LockTimeout.
func NewLockFactory(sessions *SessionFactory) *LockFactory {
	return &LockFactory{sessions: sessions}
}

// Lock waits until the lock is free. If it is not free in time the error is
// ErrLocked; if ctx ends first it is ctx's.
//
// Inside InTx the lock belongs to ctx's transaction, which may take it again:
// it is held until the commit or the roll-back, and unlock does nothing. Take
// several locks in one order everywhere; PostgreSQL ends a deadlock with
// ErrConflict for one of the two. Like every statement that fails, a Lock that
// does has poisoned the transaction; TryLock's ErrLocked has not.
//
// Outside, the lock has a connection of the pool to itself, from the begin of
// the wait until unlock is called, which must be, and may be twice. It outlives
// ctx, so that nobody else gets in while its holder is still busy stopping. If
// the connection is lost meanwhile the lock is too, and its holder is not told.
// The wait for a connection ends with ctx only; and who holds such a lock and
// needs another connection waits for those who hold the others, who may be
// waiting for the lock. So: to guard writes take it inside InTx.
func (l *LockFactory) Lock(ctx context.Context, kind, id string) (unlock func(), err error) {
	return l.with(ctx, kind, id, func(tx *sql.Tx) error {
		timeout := l.sessions.lockTimeout
		if timeout <= 0 {
			_, err := tx.ExecContext(ctx, "select pg_advisory_xact_lock("+lockKey+")", kind, id)
			return err
		}
		_, err := tx.ExecContext(ctx, lockInTime, kind, id, milliseconds(timeout))
		return err
	})
}

// TryLock is Lock, but answers ErrLocked at once when the lock is not free.
func (l *LockFactory) TryLock(ctx context.Context, kind, id string) (unlock func(), err error) {
	return l.with(ctx, kind, id, func(tx *sql.Tx) error {
		var locked bool
		err := tx.QueryRowContext(ctx, "select pg_try_advisory_xact_lock("+lockKey+")", kind, id).Scan(&locked)
		if err == nil && !locked {
			err = ErrLocked
		}
		return err
	})
}

// lockKey hashes kind and id. One is the other's seed, so that ("a", "bc") and
// ("ab", "c") are two locks.
const lockKey = "hashtextextended($1, hashtextextended($2, 0))"

// lockInTime waits so long and no longer, and leaves lock_timeout as it was: the
// statements after it are not its business. If it fails, the roll-back does that.
// It is one statement as it would be three round trips otherwise, with the
// transaction open; case says in which order its parts are run.
const lockInTime = `with before as materialized (select current_setting('lock_timeout') as timeout)
	select case when set_config('lock_timeout', $3::text, true) is not null then
		case when pg_advisory_xact_lock(` + lockKey + `) is not null then
			set_config('lock_timeout', before.timeout, true) end end
	from before`

// with locks in ctx's transaction, or in one of its own that unlock ends.
// Unlock is never nil.
func (l *LockFactory) with(ctx context.Context, kind, id string, lock func(*sql.Tx) error) (unlock func(), err error) {
	began := time.Now()
	if t := l.sessions.transaction(ctx); t != nil {
		unlock, err = func() {}, lock(t.tx)
	} else {
		unlock, err = l.hold(ctx, lock)
	}
	if err != nil {
		err = fmt.Errorf("lock %s %s: %w", kind, id, Translate(err))
	}
	if l.Observe != nil {
		l.Observe(LockWait{Outcome: lockOutcome(ctx, err), Took: time.Since(began)})
	}
	return unlock, err
}

// hold locks in a transaction that unlock ends.
func (l *LockFactory) hold(ctx context.Context, lock func(*sql.Tx) error) (unlock func(), err error) {
	// database/sql rolls back when the context of BeginTx ends. This one ends
	// with ctx only until the lock is held; then with unlock.
	held, release := context.WithCancel(context.WithoutCancel(ctx))
	unfollow := context.AfterFunc(ctx, release)
	tx, err := l.sessions.pool.BeginTx(held, nil)
	if err == nil {
		err = lock(tx)
	}
	if !unfollow() && (err == nil || errors.Is(err, context.Canceled)) {
		err = ctx.Err() // not held's, which is cancelled when ctx runs out of time
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

func lockOutcome(ctx context.Context, err error) LockOutcome {
	switch {
	case err == nil:
		return LockHeld
	case errors.Is(err, ErrLocked):
		return LockBusy
	case errors.Is(err, ErrConflict):
		return LockConflict
	case ctx.Err() != nil:
		return LockCancelled
	}
	return LockFailed
}

// milliseconds is d as a setting. It is at least one, as 0 would be no limit.
func milliseconds(d time.Duration) string {
	return strconv.FormatInt(max(1, d.Milliseconds()), 10)
}
