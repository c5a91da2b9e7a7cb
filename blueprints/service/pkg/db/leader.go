package db

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
)

// How a Leader keeps its term. The order matters: a leader that is cut off
// gives up after leaderLimit, the server ends its session, and with it the
// lock, no sooner, and a successor begins leaderLimit after it got the lock.
const (
	// candidatePoll is how often the others ask for the lock. They do not wait
	// inside pg_advisory_lock, since a statement that waits keeps a snapshot,
	// and vacuum from cleaning up what was deleted after it.
	candidatePoll = time.Second
	// leaderCheck is how often the leader asks the server for a sign of life.
	leaderCheck = time.Second
	// leaderLimit is how old the last one may be, counted from the question.
	leaderLimit = 3 * time.Second
)

// errLeadershipLost is why the context of work ends early.
var errLeadershipLost = errors.New("leadership lost")

// Leader lets one replica at a time do what the others must not do as well.
//
// Who leads holds an advisory lock of a session. The session is on a connection
// of the Leader's own, to the server itself if there is a way, so that the server frees the lock
// when the connection ends: at once when the process is killed, after seconds
// when the network has swallowed it. The connection is watched meanwhile. A
// successor waits a little before it begins, so that one who is cut off has
// noticed by then. Work that goes on for long after its ctx has ended, and a
// process that was stopped and continues, can still meet their successor: what
// must not happen even then belongs into a transaction with LockFactory.Lock.
type Leader struct {
	// Observe is told when this replica begins and ceases to lead; nil is
	// fine. Set it before Run.
	Observe func(leads bool)

	cfg  Config
	name string
	log  *slog.Logger

	poll, check, limit time.Duration
}

// NewLeader makes a candidate for the leadership of a name, which is known
// within one database and service. It connects in Run, to cfg's DirectURL. A nil
// logger discards.
func NewLeader(cfg Config, name string, log *slog.Logger) *Leader {
	return &Leader{
		cfg: cfg, name: name, log: orDiscard(log),
		poll: candidatePoll, check: leaderCheck, limit: leaderLimit,
	}
}

// workError is a failure of work, as against one of the connection.
type workError struct{ cause error }

func (e *workError) Error() string { return e.cause.Error() }
func (e *workError) Unwrap() error { return e.cause }

// Run runs work whenever this replica leads, until ctx ends or work returns nil
// of its own accord; then it gives the lock away at once and returns nil.
//
// Work's ctx ends with ctx, and when the leadership is lost; Run then waits for
// it to return, and in the latter case is a candidate again. Work that fails is
// logged, and run again after a growing pause, by whoever leads then. So it may
// be run any number of times, and has to bear that; work that lasts should
// return when its ctx ends, and at no other time.
//
// A server that is away is no error, it is tried again. A URL that cannot be
// read is one, and so is what work returns when ctx has ended, unless that is
// context.Canceled. A panic of work goes on; the lock is given away first.
func (l *Leader) Run(ctx context.Context, work func(ctx context.Context) error) error {
	config, err := l.cfg.parseDirect()
	if err != nil {
		return fmt.Errorf("lead %s: %w", l.name, err)
	}
	pause := minReconnect
	for {
		began := time.Now()
		err := l.term(ctx, config, work)
		if err == nil || ctx.Err() != nil {
			return l.last(err)
		}
		if time.Since(began) > maxReconnect {
			pause = minReconnect
		}
		l.log.WarnContext(ctx, "leadership interrupted", "leader", l.name, "error", err, "again_in", pause)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(jitter(pause)):
		}
		pause = min(2*pause, maxReconnect)
	}
}

// last is what of the last term's error is of interest to the caller of Run.
func (l *Leader) last(err error) error {
	var failed *workError
	if errors.As(err, &failed) && !errors.Is(failed, context.Canceled) {
		return fmt.Errorf("lead %s: %w", l.name, failed.cause)
	}
	return nil
}

// term is one connection's life: it waits for the lock and does the work. It
// returns nil if work did.
func (l *Leader) term(ctx context.Context, config *pgx.ConnConfig, work func(context.Context) error) error {
	conn, err := pgx.ConnectConfig(ctx, config.Copy())
	if err != nil {
		return Translate(err)
	}
	defer l.release(ctx, conn)
	tryLock, err := l.means(ctx, conn)
	if err != nil {
		return err
	}
	asked, err := l.await(ctx, conn, tryLock)
	if err != nil {
		return err
	}
	return l.lead(ctx, conn, asked, work)
}

// await returns when this replica has the lock, and when it asked for it.
func (l *Leader) await(ctx context.Context, conn *pgx.Conn, lock tryLock) (asked time.Time, err error) {
	for {
		asked = time.Now()
		locked, err := l.try(ctx, conn, lock)
		if err != nil || locked {
			return asked, err
		}
		select {
		case <-ctx.Done():
			return asked, ctx.Err()
		case <-time.After(jitter(l.poll)):
		}
	}
}

func (l *Leader) try(ctx context.Context, conn *pgx.Conn, lock tryLock) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, l.limit)
	defer cancel()
	locked, err := lock(ctx, conn)
	return locked, Translate(err)
}

// lead does the work for as long as the connection lives.
func (l *Leader) lead(ctx context.Context, conn *pgx.Conn, asked time.Time, work func(context.Context) error) error {
	working, end := context.WithCancelCause(ctx)
	defer end(nil)
	// The lock has to be held while work stops, too.
	watching, unwatch := context.WithCancel(context.WithoutCancel(ctx))
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		if err := l.watch(watching, conn, asked); err != nil {
			end(fmt.Errorf("%w: %w", errLeadershipLost, err))
		}
	}()
	defer func() {
		unwatch()
		<-watched
	}()
	select {
	case <-working.Done():
		return context.Cause(working)
	case <-time.After(l.limit): // whoever led before has noticed by now that it does no more
	}
	return l.do(working, work)
}

func (l *Leader) do(ctx context.Context, work func(context.Context) error) (err error) {
	l.log.InfoContext(ctx, "leading", "leader", l.name)
	l.observe(true)
	defer func() {
		l.observe(false)
		l.log.InfoContext(ctx, "leading no more", "leader", l.name)
	}()
	if err = work(ctx); err != nil {
		err = &workError{err}
	}
	if lost := context.Cause(ctx); errors.Is(lost, errLeadershipLost) {
		if errors.Is(err, context.Canceled) {
			err = nil
		}
		return errors.Join(lost, err)
	}
	return err
}

// watch returns an error when the connection is lost, or silent for too long,
// and nil when ctx ends, leaving the connection in order.
func (l *Leader) watch(ctx context.Context, conn *pgx.Conn, asked time.Time) error {
	for {
		quiet, cancel := context.WithTimeout(ctx, l.check)
		_, err := conn.WaitForNotification(quiet) // there is none; but a connection that ends is noticed at once
		cancel()
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil && !errors.Is(err, context.DeadlineExceeded):
			return Translate(err)
		}
		before := asked.Add(l.limit)
		asked = time.Now()
		answer, cancel := context.WithDeadline(context.WithoutCancel(ctx), before)
		_, err = conn.Exec(answer, "-- ping")
		cancel()
		if err != nil {
			return Translate(err)
		}
	}
}

// release gives the lock away and closes the connection. If it fails the end
// of the session frees the lock.
func (l *Leader) release(ctx context.Context, conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), l.limit)
	defer cancel()
	switch {
	case conn.IsClosed():
	case conn.PgConn().TxStatus() != 'I':
		_, _ = conn.Exec(ctx, "rollback")
	default:
		// The server ends the session some time after Close; others need not wait.
		_, _ = conn.Exec(ctx, "select pg_advisory_unlock_all()")
	}
	_ = conn.Close(ctx)
}

func (l *Leader) observe(leads bool) {
	if l.Observe != nil {
		l.Observe(leads)
	}
}
