package db

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	// flushTimeout bounds the last NOTIFY of a Notifier that stops.
	flushTimeout = 2 * time.Second
	// maxResend is the longest pause before a NOTIFY that failed is tried again.
	maxResend = time.Second
)

// Notifier wakes the Listeners of all replicas. However often Wake is called,
// one NOTIFY at most is under way and one waits; it carries no data, because it
// only says: look. It is sent outside of the transactions it tells about, since
// PostgreSQL lets one transaction with a NOTIFY commit at a time.
//
// It has a connection of its own, so that a wake-up need not wait for the pool,
// all of whose connections may be in use. A connection that is lost is replaced.
type Notifier struct {
	cfg     Config
	channel string
	log     *slog.Logger
	silence time.Duration
	wanted  chan struct{} // holds one
	conn    *pgx.Conn     // of the goroutine in Run; nil while there is none
}

// NewNotifier makes a notifier for a channel, which is known within one
// database only. It connects in Run, to cfg's URL: NOTIFY goes through pgbouncer.
// A nil logger discards.
func NewNotifier(cfg Config, channel string, log *slog.Logger) *Notifier {
	return &Notifier{cfg: cfg, channel: channel, log: orDiscard(log), silence: silence, wanted: make(chan struct{}, 1)}
}

// Wake asks for a notification and returns at once. Call it after the commit:
//
//	db.AfterCommit(ctx, notifier.Wake)
func (n *Notifier) Wake() {
	select {
	case n.wanted <- struct{}{}:
	default: // one waits already, and will be sent after this commit too
	}
}

// Run sends what Wake asks for until ctx ends, then what is still open, and
// returns nil. A notification that cannot be sent is logged and tried again,
// after a pause. What cannot be sent at the end is given up: those who wait for
// it also look from time to time. A URL that cannot be read is an error.
func (n *Notifier) Run(ctx context.Context) error {
	config, err := n.cfg.parse()
	if err != nil {
		return fmt.Errorf("notify: %w", err)
	}
	defer n.drop(ctx)
	n.Wake() // connects, so that the first one who is in earnest does not wait for that
	for pause := minReconnect; ; {
		select {
		case <-ctx.Done():
			return n.flush(context.WithoutCancel(ctx), config)
		case <-time.After(n.silence):
			n.check(ctx)
			continue
		case <-n.wanted:
		}
		err := n.notify(ctx, config)
		if err == nil {
			pause = minReconnect
			continue
		}
		n.Wake() // it is still wanted
		if ctx.Err() != nil {
			continue // it was interrupted
		}
		n.log.WarnContext(ctx, "wake-up delayed", "channel", n.channel, "error", err, "again_in", pause)
		select {
		case <-ctx.Done():
		case <-time.After(jitter(pause)):
		}
		pause = min(2*pause, maxResend)
	}
}

func (n *Notifier) flush(ctx context.Context, config *pgx.ConnConfig) error {
	select {
	case <-n.wanted:
	default:
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, flushTimeout)
	defer cancel()
	if err := n.notify(ctx, config); err != nil {
		n.log.WarnContext(ctx, "wake-up lost", "channel", n.channel, "error", err)
	}
	return nil
}

// notify sends one notification, on a new connection if the old one is lost:
// nobody says so before it is used.
func (n *Notifier) notify(ctx context.Context, config *pgx.ConnConfig) error {
	if n.conn != nil {
		err := n.send(ctx)
		if err == nil || ctx.Err() != nil {
			return err
		}
	}
	conn, err := pgx.ConnectConfig(ctx, config.Copy())
	if err != nil {
		return fmt.Errorf("notify: %w", Translate(err))
	}
	n.conn = conn
	return n.send(ctx)
}

// send drops the connection if it fails.
func (n *Notifier) send(ctx context.Context) error {
	if err := execSoon(ctx, n.conn, "select pg_notify($1, '')", n.channel); err != nil {
		n.drop(ctx)
		return fmt.Errorf("notify: %w", err)
	}
	return nil
}

// check keeps a firewall from forgetting a connection that is idle, and drops one
// that it has forgotten.
func (n *Notifier) check(ctx context.Context) {
	if n.conn != nil && execSoon(ctx, n.conn, "-- ping") != nil {
		n.drop(ctx)
	}
}

func (n *Notifier) drop(ctx context.Context) {
	if n.conn != nil {
		_ = closeSoon(ctx, n.conn) // the session holds nothing that could be lost
		n.conn = nil
	}
}
