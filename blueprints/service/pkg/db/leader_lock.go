package db

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
)

// tryLock asks for the lock.
type tryLock func(ctx context.Context, conn *pgx.Conn) (locked bool, err error)

// means prepares conn, and says how to ask for the lock on it: for the session,
// or through a pooler, which may give the session to others, for a transaction.
func (l *Leader) means(ctx context.Context, conn *pgx.Conn) (tryLock, error) {
	pooled, err := throughPooler(ctx, conn)
	switch {
	case err != nil:
		return nil, err
	case pooled:
		l.log.WarnContext(ctx, "the database is reached through a pooler: who leads keeps one of its connections,"+
			" and events may wake nobody; give the URL of the server itself by --database-listen-url", "leader", l.name)
		return l.lockTransaction, nil
	}
	silence := l.limit + l.check
	return l.lockSession, configure(ctx, conn, idleFor(silence, peerLost(silence)), false)
}

// leaderKey is no key of a LockFactory: those have another seed.
const leaderKey = "hashtextextended($1, hashtextextended($2, 1))"

func (l *Leader) lockSession(ctx context.Context, conn *pgx.Conn) (locked bool, err error) {
	err = conn.QueryRow(ctx, "select pg_try_advisory_lock("+leaderKey+")", l.name, api.ServiceName).Scan(&locked)
	return locked, err
}

// lockTransaction leaves a transaction open if it gets the lock. It holds up no
// vacuum, since it keeps no snapshot.
func (l *Leader) lockTransaction(ctx context.Context, conn *pgx.Conn) (locked bool, err error) {
	if _, err := conn.Exec(ctx, "begin isolation level read committed"); err != nil {
		return false, err
	}
	limits := map[string]string{
		"idle_in_transaction_session_timeout": milliseconds(l.limit + l.check), "transaction_timeout": "0",
	}
	if err := configure(ctx, conn, limits, true); err != nil {
		return false, err
	}
	err = conn.QueryRow(ctx, "select pg_try_advisory_xact_lock("+leaderKey+")", l.name, api.ServiceName).Scan(&locked)
	if err == nil && !locked {
		_, err = conn.Exec(ctx, "rollback")
	}
	return locked, err
}
