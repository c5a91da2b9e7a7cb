package migrations

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// lockKey is the advisory lock that whoever migrates holds.
const lockKey = "hashtextextended('migrations', 0)"

// lockPoll is how often the others ask for it.
const lockPoll = 50 * time.Millisecond

// locker lets one replica migrate at a time. It asks again and again instead of
// waiting inside pg_advisory_lock: a statement that waits holds a snapshot, for
// whose end CREATE INDEX CONCURRENTLY in the holder would wait, for ever. The
// server frees the lock when the connection ends, however it does.
type locker struct{}

// SessionLock implements goose's lock.SessionLocker.
func (locker) SessionLock(ctx context.Context, conn *sql.Conn) error {
	for {
		var locked bool
		if err := conn.QueryRowContext(ctx, "select pg_try_advisory_lock("+lockKey+")").Scan(&locked); err != nil {
			return fmt.Errorf("lock the migrations: %w", err)
		}
		if locked {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for another replica to migrate: %w", ctx.Err())
		case <-time.After(lockPoll):
		}
	}
}

// SessionUnlock implements goose's lock.SessionLocker.
func (locker) SessionUnlock(ctx context.Context, conn *sql.Conn) error {
	if _, err := conn.ExecContext(ctx, "select pg_advisory_unlock("+lockKey+")"); err != nil {
		return fmt.Errorf("unlock the migrations: %w", err)
	}
	return nil
}
