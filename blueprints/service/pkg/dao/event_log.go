package dao

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"gorm.io/gorm"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/db"
)

// EventLog reads committed events in the order of their Sequence, each exactly
// once, and never leaves one out that is committed later. It is for readers that
// follow the log on their own: they keep their position, nothing is claimed.
// The order of the sequences is that of the changes for each object, because a
// writer holds the object's row from before it takes a sequence until it commits.
//
// Sequences are given out before transactions commit, so they become visible
// out of order, and those of transactions that are rolled back never do. So the
// log is read no further than it is settled: each sequence up to there either is
// visible or will never be. That is known in two cases.
//
//   - No sequence is missing up to there.
//   - A higher one was seen, and then who had the lock on the table that one needs
//     to write events; and all these transactions have ended. Who takes a sequence
//     has the lock before, and until its changes are visible or undone.
//
// So a transaction that has written an event, and stays open, holds up the
// readers for as long. All others hold up nobody, however long they last.
//
// It is for the primary server: a replica of PostgreSQL knows of no locks. And
// what was read has to last: after a crash with synchronous_commit off, or when an
// older state of the database is restored, sequences are given out once more.
type EventLog struct {
	sessions *db.SessionFactory
	selected string

	mu      sync.Mutex
	settled EventPosition // all up to there is
	fence   *fence
}

// fence makes the log settled up to a position, once all these writers, by the
// names of their transactions in pg_locks, have ended.
type fence struct {
	upTo    EventPosition
	writers []string
}

// EventAt is an event with the position after it.
type EventAt struct {
	Event    api.Event `gorm:"embedded"`
	Position EventPosition
}

// NewEventLog returns a log for any number of readers.
func NewEventLog(sessions *db.SessionFactory) *EventLog {
	return &EventLog{sessions: sessions, selected: NewEventDao(sessions).selected}
}

// errOpen says that a transaction of the caller is in the way: the log would
// wait for itself.
var errOpen = errors.New("cannot be done inside a transaction")

// Read returns up to limit events after the position, of these sources or of
// all if there are none, and the position to go on from. Fewer events than limit
// mean that there are no more at present; the position may have moved on all
// the same, past events of other sources.
func (l *EventLog) Read(ctx context.Context, after EventPosition, sources []string, limit int) ([]EventAt, EventPosition, error) {
	var events []EventAt
	next := after
	err := l.inTx(ctx, func(session *gorm.DB, settled EventPosition) error {
		settled, err := l.settle(session, settled)
		if err != nil || settled <= after {
			return err
		}
		of, args := "", []any{after, settled}
		if len(sources) > 0 {
			of, args = ` AND "source" IN ?`, append(args, sources)
		}
		err = session.Raw(`SELECT `+l.selected+`, "sequence" AS "position" FROM "events"
			WHERE "sequence" > ? AND "sequence" <= ?`+of+` ORDER BY "sequence" LIMIT ?`, append(args, limit)...).Scan(&events).Error
		if err != nil {
			return err
		}
		if next = settled; len(events) == limit {
			next = events[limit-1].Position
		}
		return nil
	})
	if err != nil {
		return nil, after, fmt.Errorf("read the log of events: %w", db.Translate(err))
	}
	return events, next, nil
}

// endPoll is the time between two looks whether the log has settled.
const endPoll = 20 * time.Millisecond

// End returns a position before all events that will be committed from now on.
// It is the end of the log, unless writers are at it: then some events that are
// committed already may come after it. If need be it waits for the transactions
// that are open to end.
func (l *EventLog) End(ctx context.Context) (EventPosition, error) {
	var target EventPosition
	for first := true; ; first = false {
		var settled EventPosition
		err := l.inTx(ctx, func(session *gorm.DB, known EventPosition) (err error) {
			if first {
				if target, err = lastVisible(session); err != nil {
					return err
				}
			}
			settled, err = l.settle(session, known)
			return err
		})
		switch {
		case err != nil:
			return 0, fmt.Errorf("find the end of the log of events: %w", db.Translate(err))
		case settled >= target:
			return settled, nil
		}
		select {
		case <-ctx.Done():
			return 0, fmt.Errorf("find the end of the log of events: %w", db.Translate(ctx.Err()))
		case <-time.After(endPoll):
		}
	}
}

// Purged tells whether events after the position may have been purged: who reads
// on from there may miss some.
func (l *EventLog) Purged(ctx context.Context, after EventPosition) (bool, error) {
	purged, err := l.Cursor(ctx, purgedReader)
	return after < purged, err
}

// inTx runs fn in a transaction of its own, in which PostgreSQL has no choice of
// plans: see onlyByOrder. It tells fn how far the log was settled before the
// transaction began, so that fn sees all up to there.
func (l *EventLog) inTx(ctx context.Context, fn func(session *gorm.DB, settled EventPosition) error) error {
	if db.InTransaction(ctx) {
		return errOpen
	}
	l.mu.Lock()
	settled := l.settled
	l.mu.Unlock()
	return l.sessions.New(ctx).Transaction(func(session *gorm.DB) error {
		if err := session.Exec(onlyByOrder).Error; err != nil {
			return err
		}
		return fn(session, settled)
	}, &sql.TxOptions{Isolation: sql.LevelReadCommitted}) // each statement sees what was committed before it
}

// settle finds how far the log is settled, if it is up to a position already.
func (l *EventLog) settle(session *gorm.DB, settled EventPosition) (EventPosition, error) {
	last, err := lastVisible(session)
	if err != nil {
		return 0, err
	}
	if settled, err = withoutGap(session, settled, last, 1); err != nil {
		return 0, err
	}
	if settled < last {
		if settled, err = l.fenced(session, settled, last); err != nil {
			return 0, err
		}
		if settled, err = withoutGap(session, settled, last, math.MaxInt); err != nil {
			return 0, err
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.settled = max(l.settled, settled)
	return settled, nil
}

// fenced finds out whether the fence can be passed, and erects one at last, which
// has been seen, if there is none.
func (l *EventLog) fenced(session *gorm.DB, settled, last EventPosition) (EventPosition, error) {
	l.mu.Lock()
	set := l.fence
	l.mu.Unlock()
	writers, err := openWriters(session)
	if err != nil {
		return 0, err
	}
	if set != nil && set.passable(writers) {
		settled, set = max(settled, set.upTo), nil
	}
	if set == nil && settled < last {
		set = &fence{last, writers}
		if len(writers) == 0 {
			settled, set = last, nil
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fence = set
	return settled, nil
}

// passable tells whether none of those at the fence is open. A prepared
// transaction has changed its name, and could be any.
func (f *fence) passable(open []string) bool {
	return !slices.ContainsFunc(open, func(writer string) bool {
		return slices.Contains(f.writers, writer) || strings.HasPrefix(writer, "-1/")
	})
}

// lastVisible returns the position of the last event that is visible.
func lastVisible(session *gorm.DB) (last EventPosition, err error) {
	err = session.Raw(`SELECT coalesce(max("sequence"), 0) FROM "events"`).Row().Scan(&last)
	return last, err
}

// openWriters returns the transactions that may have written events.
func openWriters(session *gorm.DB) (writers []string, err error) {
	err = session.Raw(`
		SELECT "virtualtransaction" FROM "pg_locks" WHERE "locktype" = 'relation' AND "relation" = '"events"'::regclass
			AND "database" = (SELECT "oid" FROM "pg_database" WHERE "datname" = current_database())
			AND "mode" = 'RowExclusiveLock' AND "granted"`).Scan(&writers).Error
	return writers, err
}

// gapWindow is the number of events that withoutGap looks at, at a time.
const gapWindow = 5000

// withoutGap returns how far no sequence is missing after settled. It looks at
// so many windows at most.
func withoutGap(session *gorm.DB, settled, last EventPosition, windows int) (EventPosition, error) {
	for range windows {
		if settled >= last {
			break
		}
		before := settled
		err := session.Raw(`
			SELECT coalesce(max("sequence"), ?) FROM (
				SELECT "sequence", row_number() OVER (ORDER BY "sequence") AS "nth" FROM (
					SELECT "sequence" FROM "events" WHERE "sequence" > ? ORDER BY "sequence" LIMIT ?) AS "window") AS "numbered"
			WHERE "sequence" = "nth" + ?`, before, before, gapWindow, before).Row().Scan(&settled)
		if err != nil || settled < before+gapWindow {
			return settled, err
		}
	}
	return settled, nil
}
