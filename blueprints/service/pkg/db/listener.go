package db

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
)

// Listener calls back when a Notifier of any replica wakes it. It has a
// connection of its own, outside of the pool, and gets a new one when that is
// lost. Notifications are not kept for those who are away, so it also calls
// back each time that it has begun to listen: look, you may have missed one.
type Listener struct {
	cfg     Config
	channel string
	wake    func()
	log     *slog.Logger
	silence time.Duration
}

// NewListener makes a listener at cfg's DirectURL; it connects in Run. Wake
// must return soon: it is called from the loop that listens. A nil logger
// discards.
func NewListener(cfg Config, channel string, wake func(), log *slog.Logger) *Listener {
	return &Listener{cfg: cfg, channel: channel, wake: wake, log: orDiscard(log), silence: silence}
}

// Run listens until ctx ends and then returns nil. A server that is away is no
// error, it is tried again with growing pauses; a URL that cannot be read is.
func (l *Listener) Run(ctx context.Context) error {
	config, err := l.cfg.parseDirect()
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	for pause := minReconnect; ; pause = min(2*pause, maxReconnect) {
		listened, err := l.listen(ctx, config)
		if ctx.Err() != nil {
			return nil
		}
		if listened {
			pause = minReconnect
		}
		l.log.WarnContext(ctx, "listening interrupted", "channel", l.channel, "error", err, "again_in", pause)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(jitter(pause)):
		}
	}
}

// listen connects and listens until something fails. It reports whether it got
// as far as listening.
func (l *Listener) listen(ctx context.Context, config *pgx.ConnConfig) (listened bool, err error) {
	conn, err := pgx.ConnectConfig(ctx, config.Copy())
	if err != nil {
		return false, Translate(err)
	}
	defer func() { err = errors.Join(err, closeSoon(ctx, conn)) }()
	if err := execSoon(ctx, conn, "listen "+pgx.Identifier{l.channel}.Sanitize()); err != nil {
		return false, err
	}
	for {
		l.wake()
		if err := l.await(ctx, conn); err != nil {
			return true, err
		}
	}
}

// await returns nil when a notification came. It has made sure that the
// connection lives for as long as none did.
func (l *Listener) await(ctx context.Context, conn *pgx.Conn) error {
	for {
		quiet, cancel := context.WithTimeout(ctx, l.silence)
		_, err := conn.WaitForNotification(quiet)
		cancel()
		if err == nil || ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded) {
			return Translate(err)
		}
		if err := execSoon(ctx, conn, "-- ping"); err != nil {
			return err
		}
	}
}
