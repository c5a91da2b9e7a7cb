package dao

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"time"

	"gorm.io/gorm"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/db"
)

// EventLog reads committed events in the order of their Sequence, each exactly
// once, and never leaves one out that is committed later. It is for readers that
// follow the log on their own: they keep their position, nothing is claimed.
//
// Sequences are given out before transactions commit, so they become visible
// out of order, and some never do. The log reads no further than up to where
// it is settled: each sequence up to there is visible or will never be. That is
// so in two cases.
//
//   - No sequence is missing up to there.
//   - All transactions that were open, or could be, when that sequence was seen
//     have ended. That takes an id of a transaction, got after that sequence was
//     seen: the ones to wait for have lower ids, because whoever takes a
//     sequence has its id before (see the column's default), and once the oldest
//     running transaction is not older than it they have ended.
//
// So a transaction that is open for long delays readers only if a sequence
// before the next event is missing; then any in the cluster that writes does.
//
// The order of the sequences is that of the changes for each object, because a
// writer holds the object's row from before it takes a sequence until it commits.
//
// It belongs to the primary server: a replica of PostgreSQL can neither name
// transactions nor tell which are open.
type EventLog struct {
	sessions *db.SessionFactory
	selected string

	mu      sync.Mutex
	settled EventPosition // all before it is
	fence   *fence
}

// fence makes the log settled up to a position, once all transactions older
// than the one with the id have ended.
type fence struct {
	UpTo EventPosition
	ID   int64
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
				if _, target, err = horizon(session); err != nil {
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
	return l.sessions.InTx(ctx, func(ctx context.Context) error {
		session := l.sessions.New(ctx)
		if err := session.Exec(onlyByOrder).Error; err != nil {
			return err
		}
		return fn(session, settled)
	})
}

// settle finds how far the log is settled, if it is up to a position already.
func (l *EventLog) settle(session *gorm.DB, settled EventPosition) (EventPosition, error) {
	l.mu.Lock()
	set := l.fence
	l.mu.Unlock()

	oldest, top, err := horizon(session)
	if err != nil {
		return 0, err
	}
	settled, set = set.pass(oldest, settled)
	if settled, err = withoutGap(session, settled, top, 1); err != nil {
		return 0, err
	}
	if settled < top && set == nil {
		if set, err = newFence(session); err != nil {
			return 0, err
		}
		if oldest, _, err = horizon(session); err != nil {
			return 0, err
		}
		settled, set = set.pass(oldest, settled)
	}
	if settled, err = withoutGap(session, settled, top, math.MaxInt); err != nil {
		return 0, err
	}

	l.mu.Lock()
	defer l.mu.Unlock()
	l.settled, l.fence = max(l.settled, settled), set
	return settled, nil
}

// pass returns how far the log is settled when oldest is the id of the oldest
// transaction that is open, and what is left of the fence.
func (f *fence) pass(oldest int64, settled EventPosition) (EventPosition, *fence) {
	if f == nil || oldest < f.ID {
		return settled, f
	}
	return max(settled, f.UpTo), nil
}

// horizon returns the id of the oldest transaction that is open, or the one that
// comes next, and the position of the last event that is visible.
func horizon(session *gorm.DB) (oldest int64, top EventPosition, err error) {
	err = session.Raw(`SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint, coalesce(max("sequence"), 0) FROM "events"`).
		Row().Scan(&oldest, &top)
	return oldest, top, err
}

// gapWindow is the number of events that withoutGap looks at, at a time.
const gapWindow = 5000

// withoutGap returns how far no sequence is missing after settled. It looks at
// so many windows at most.
func withoutGap(session *gorm.DB, settled, top EventPosition, windows int) (EventPosition, error) {
	for range windows {
		if settled >= top {
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

// newFence sees the last event and then gets the id of a transaction, in this
// order: all that have taken a lower sequence have lower ids.
func newFence(session *gorm.DB) (*fence, error) {
	var set fence
	err := session.Raw(`
		WITH "last" AS MATERIALIZED (SELECT coalesce(max("sequence"), 0) AS "sequence" FROM "events")
		SELECT "sequence", CASE WHEN "sequence" IS NOT NULL THEN pg_current_xact_id()::text::bigint END FROM "last"`).
		Row().Scan(&set.UpTo, &set.ID)
	return &set, err
}
