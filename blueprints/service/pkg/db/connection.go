package db

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"
)

// How a connection of its own is opened again when it is lost.
const (
	minReconnect = 100 * time.Millisecond
	maxReconnect = 10 * time.Second

	// silence is the time without a word after which the connection is asked
	// whether it is alive; nobody tells us when a firewall forgets it.
	silence = 30 * time.Second

	// answerTimeout bounds that question, and other short ones.
	answerTimeout = 5 * time.Second
)

// jitter spreads the replicas, which all lose the server at the same time.
func jitter(pause time.Duration) time.Duration {
	return pause/2 + rand.N(pause/2)
}

func execSoon(ctx context.Context, conn *pgx.Conn, statement string, args ...any) error {
	ctx, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	_, err := conn.Exec(ctx, statement, args...)
	return Translate(err)
}

// closeSoon closes a connection, also when ctx has ended.
func closeSoon(ctx context.Context, conn *pgx.Conn) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), answerTimeout)
	defer cancel()
	return conn.Close(ctx)
}

// noticeLoss has the server end the session, and free its locks, when nothing
// was heard of the other end for that time: because the machine is off, the
// network is broken, or what is between the two keeps a connection that nobody
// uses any more. So the session has to be used more often than that.
func noticeLoss(ctx context.Context, conn *pgx.Conn, after time.Duration) error {
	limit, seconds := fmt.Sprint(after.Milliseconds()), max(1, int(after.Seconds()))
	// The join leaves out what an old server does not know.
	return execSoon(ctx, conn, `select set_config(name, wanted.value, false)
		from unnest($1::text[], $2::text[]) as wanted(name, value) join pg_settings using (name)`,
		[]string{"idle_session_timeout", "tcp_user_timeout", "tcp_keepalives_idle", "tcp_keepalives_interval", "tcp_keepalives_count"},
		[]string{limit, limit, "1", "1", fmt.Sprint(seconds)})
}
