package db

import (
	"context"
	"fmt"
	"log/slog"
	"time"
)

// flushTimeout bounds the last NOTIFY of a Notifier that stops.
const flushTimeout = 2 * time.Second

// Notifier wakes the Listeners of all replicas. However often Wake is called,
// one NOTIFY at most is under way and one waits; it carries no data, because it
// only says: look. It is sent outside of the transactions it tells about, since
// PostgreSQL lets one transaction with a NOTIFY commit at a time.
type Notifier struct {
	sessions *SessionFactory
	channel  string
	log      *slog.Logger
	wanted   chan struct{} // holds one
}

// NewNotifier makes a notifier for a channel, which is known within one
// database only. It sends nothing before Run. A nil logger discards.
func NewNotifier(sessions *SessionFactory, channel string, log *slog.Logger) *Notifier {
	return &Notifier{sessions: sessions, channel: channel, log: orDiscard(log), wanted: make(chan struct{}, 1)}
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
// returns nil. A notification that cannot be sent is logged and given up: those
// who wait for it also look from time to time.
func (n *Notifier) Run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return n.flush(context.WithoutCancel(ctx))
		case <-n.wanted:
			if err := n.notify(ctx); err != nil && ctx.Err() != nil {
				n.Wake() // interrupted by the end of ctx: for the flush
			} else if err != nil {
				n.log.WarnContext(ctx, "wake-up lost", "channel", n.channel, "error", err)
			}
		}
	}
}

func (n *Notifier) flush(ctx context.Context) error {
	select {
	case <-n.wanted:
	default:
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, flushTimeout)
	defer cancel()
	if err := n.notify(ctx); err != nil {
		n.log.WarnContext(ctx, "wake-up lost", "channel", n.channel, "error", err)
	}
	return nil
}

func (n *Notifier) notify(ctx context.Context) error {
	if _, err := n.sessions.pool.ExecContext(ctx, "select pg_notify($1, '')", n.channel); err != nil {
		return fmt.Errorf("notify: %w", Translate(err))
	}
	return nil
}
