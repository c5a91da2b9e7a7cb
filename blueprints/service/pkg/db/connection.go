package db

import (
	"context"
	"math/rand/v2"
	"strconv"
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

// throughPooler tells whether the other end of conn is no server but a pooler: it
// cannot know which process of the server will run the next statement.
func throughPooler(ctx context.Context, conn *pgx.Conn) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	var pid uint32
	err := conn.QueryRow(ctx, "select pg_backend_pid()").Scan(&pid)
	return pid != conn.PgConn().PID(), Translate(err)
}

// configure changes settings of the session, or only of the transaction that is
// open. Those that the server does not know, being old, are left out.
func configure(ctx context.Context, conn *pgx.Conn, settings map[string]string, local bool) error {
	var names, values []string
	for name, value := range settings {
		names, values = append(names, name), append(values, value)
	}
	return execSoon(ctx, conn, `select set_config(name, wanted.value, $3)
		from unnest($1::text[], $2::text[]) as wanted(name, value) join pg_settings using (name)`, names, values, local)
}

// peerLost has the server end a session, and free its locks, when its other end
// has not answered for that time: the machine is off, or the network broken. By
// default that takes hours.
func peerLost(after time.Duration) map[string]string {
	const probes = 4
	between := strconv.Itoa(max(1, int(after.Seconds())/(probes+1)))
	return map[string]string{
		"tcp_user_timeout":        milliseconds(after),
		"tcp_keepalives_idle":     between,
		"tcp_keepalives_interval": between,
		"tcp_keepalives_count":    strconv.Itoa(probes),
	}
}

// idleFor has the server end a session that was not used for that time, as well:
// what is between the two may answer for an end that is gone.
func idleFor(after time.Duration, settings map[string]string) map[string]string {
	settings["idle_session_timeout"] = milliseconds(after)
	return settings
}
