package dao_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/dao"
	"github.com/trexgen/trexgen/blueprints/service/pkg/db"
	"github.com/trexgen/trexgen/blueprints/service/test/devdb"
)

// logBench is a database in which transactions overlap as the test says.
type logBench struct {
	sessions *db.SessionFactory
	events   dao.EventDao
	log      *dao.EventLog
}

func newLogBench(t *testing.T) logBench {
	t.Helper()
	sessions := open(t, devdb.New(t))
	return logBench{sessions, dao.NewEventDao(sessions), dao.NewEventLog(sessions)}
}

// writer is a transaction that goes on while others do.
type writer struct {
	t   *testing.T
	do  chan func(ctx context.Context) error
	end chan error
}

var errUndo = errors.New("undo")

// begin starts a transaction. It ends with the test at the latest.
func (b logBench) begin(t *testing.T) writer {
	t.Helper()
	w := writer{t, make(chan func(context.Context) error), make(chan error, 1)}
	go func() {
		w.end <- b.sessions.InTx(t.Context(), func(ctx context.Context) error {
			for {
				select {
				case <-ctx.Done():
					return ctx.Err()
				case step, more := <-w.do:
					if !more {
						return nil
					}
					if err := step(ctx); err != nil {
						return err
					}
				}
			}
		})
	}()
	return w
}

// step runs fn in the transaction.
func (w writer) step(fn func(ctx context.Context) error) {
	w.t.Helper()
	done := make(chan error, 1)
	w.do <- func(ctx context.Context) error {
		err := fn(ctx)
		done <- err
		return err
	}
	must(w.t, <-done)
}

// write writes an event about the object in the transaction.
func (w writer) write(b logBench, object string) (id string) {
	w.t.Helper()
	event := &api.Event{Source: "Owls", SourceID: uuidOf(object), EventType: api.UpdateEvent}
	w.step(func(ctx context.Context) error {
		if err := b.events.Create(ctx, event); err != nil {
			return err
		}
		return b.sessions.New(ctx).Exec(`SELECT`).Error // along with which the event is sent
	})
	return event.ID
}

// number makes the transaction one that writes.
func (w writer) number(b logBench) {
	w.t.Helper()
	w.step(func(ctx context.Context) error { return b.sessions.New(ctx).Exec(`SELECT pg_current_xact_id()`).Error })
}

func (w writer) commit() {
	w.t.Helper()
	close(w.do)
	must(w.t, <-w.end)
}

func (w writer) rollBack() {
	w.t.Helper()
	w.do <- func(context.Context) error { return errUndo }
	if err := <-w.end; !errors.Is(err, errUndo) {
		w.t.Fatal(err)
	}
}

func TestLogWaitsForALowerSequence(t *testing.T) {
	t.Parallel()
	b := newLogBench(t)
	start := wantRead(t, b.log, 0, publish(t, b.events, "c")...)
	slow := b.begin(t)
	first := slow.write(b, "a")
	second := publish(t, b.events, "b")[0]
	at := wantRead(t, b.log, start)
	slow.commit()
	wantRead(t, b.log, at, first, second)
	wantRead(t, b.log, start, first, second)
	wantRead(t, dao.NewEventLog(b.sessions), start, first, second)
}

func TestLogPassesWhatWasRolledBack(t *testing.T) {
	t.Parallel()
	b := newLogBench(t)
	undone, open, other := b.begin(t), b.begin(t), b.begin(t)
	other.number(b) // writes, but no events
	undone.write(b, "a")
	second := publish(t, b.events, "b")[0]
	third := open.write(b, "c")
	wantRead(t, b.log, 0)
	undone.rollBack()
	// That the first is gone shows when all have ended that were open when the
	// second was seen; who writes later does not count.
	later := b.begin(t)
	last := later.write(b, "d")
	wantRead(t, b.log, 0)
	open.commit()
	at := wantRead(t, b.log, 0, second, third)
	later.commit()
	wantRead(t, b.log, at, last)
	wantRead(t, dao.NewEventLog(b.sessions), 0, second, third, last)
	other.commit()
}

// The first to get its id is the last to change the object, while a third is
// open. In the order of the transactions' ids the changes would be swapped.
func TestLogIsInTheOrderOfChangesNotOfTransactions(t *testing.T) {
	t.Parallel()
	for _, gap := range []bool{false, true} {
		t.Run(fmt.Sprintf("gap %t", gap), func(t *testing.T) {
			t.Parallel()
			b := newLogBench(t)
			if gap {
				undone := b.begin(t)
				undone.write(b, "c")
				undone.rollBack()
			}
			early, third, late := b.begin(t), b.begin(t), b.begin(t)
			early.number(b)
			third.number(b)
			first := late.write(b, "a")
			late.commit()
			at := wantRead(t, b.log, 0, first)
			second := early.write(b, "a") // as if it had waited for the object's row
			wantRead(t, b.log, at)
			early.commit()
			wantRead(t, b.log, at, second)
			wantRead(t, dao.NewEventLog(b.sessions), 0, first, second)
			third.commit()
		})
	}
}

func TestEndIsBeforeWhatIsYetToBeCommitted(t *testing.T) {
	t.Parallel()
	b := newLogBench(t)
	slow := b.begin(t)
	first := slow.write(b, "a")
	second := publish(t, b.events, "b")[0]
	type answer struct {
		end dao.EventPosition
		err error
	}
	asked := make(chan answer, 1)
	go func() {
		end, err := b.log.End(t.Context())
		asked <- answer{end, err}
	}()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := dao.NewEventLog(b.sessions).End(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("the end with a context that is over: %v", err)
	}
	slow.commit()
	got := <-asked
	must(t, got.err)
	third := publish(t, b.events, "c")[0]
	ids, _ := readAll(t, b.log, got.end, 10)
	// What was committed before the end was found may come or not.
	if want := []string{first, second, third}; len(ids) == 0 || cmp.Diff(want[3-len(ids):], ids) != "" {
		t.Errorf("after the end come %v of %v", ids, want)
	}
}

func TestLogIsNotReadInsideATransaction(t *testing.T) {
	t.Parallel()
	b := newLogBench(t)
	must(t, b.sessions.InTx(t.Context(), func(ctx context.Context) error {
		if _, _, err := b.log.Read(ctx, 0, nil, 1); err == nil {
			t.Error("read inside a transaction")
		}
		return nil
	}))
}

// Objects are changed at random by transactions that overlap in every way, and
// read by one reader that goes on from where it is and by one that begins anew
// each time.
func TestLogUnderLoad(t *testing.T) {
	t.Parallel()
	b := newLogBench(t)
	must(t, b.sessions.New(t.Context()).Exec(`
		CREATE TABLE "objects" ("id" int PRIMARY KEY, "version" int NOT NULL);
		INSERT INTO "objects" SELECT generate_series(0, 5), 0`).Error)

	var committed atomic.Int64
	var writers, readers sync.WaitGroup
	for seed := range uint64(8) {
		writers.Go(func() { committed.Add(b.scribble(t, rand.New(rand.NewPCG(seed, 1)), 30)) })
	}
	written := make(chan struct{})
	go func() {
		writers.Wait()
		close(written)
	}()
	var follower, beginner reading
	readers.Go(func() { follower.follow(t, func() *dao.EventLog { return b.log }, written) })
	readers.Go(func() { beginner.follow(t, func() *dao.EventLog { return dao.NewEventLog(b.sessions) }, written) })
	readers.Wait()

	for name, got := range map[string]*reading{"follower": &follower, "beginner": &beginner} {
		got.check(t, name, committed.Load())
		for _, at := range got.positions {
			events, _, err := b.log.Read(t.Context(), at.position, nil, 1)
			must(t, err)
			if len(events) != min(1, len(got.events)-at.read) || len(events) > 0 && events[0].Event.ID != got.events[at.read].ID {
				t.Fatalf("%s: from position %v, after %d events of %d, it reads %+v", name, at.position, at.read, len(got.events), events)
			}
		}
	}
}

// scribble runs transactions and returns the number of events that they have
// committed. The events' operation is the object's version.
func (b logBench) scribble(t *testing.T, random *rand.Rand, transactions int) (committed int64) {
	for range transactions {
		var events int64
		err := b.sessions.InTx(t.Context(), func(ctx context.Context) error {
			if random.IntN(2) == 0 {
				if err := b.sessions.New(ctx).Exec(`SELECT pg_current_xact_id()`).Error; err != nil {
					return err
				}
			}
			for object := random.IntN(3); object < 6; object += 1 + random.IntN(4) { // upwards: no deadlock
				if err := b.change(ctx, object); err != nil {
					return err
				}
				events++
			}
			if random.IntN(5) == 0 {
				return errUndo
			}
			return nil
		})
		switch {
		case err == nil:
			committed += events
		case !errors.Is(err, errUndo):
			t.Error(err)
		}
	}
	return committed
}

func (b logBench) change(ctx context.Context, object int) error {
	var version int
	err := b.sessions.New(ctx).Raw(`UPDATE "objects" SET "version" = "version" + 1 WHERE "id" = ? RETURNING "version"`, object).
		Row().Scan(&version)
	if err != nil {
		return err
	}
	return b.events.Create(ctx, &api.Event{
		Source: "Owls", SourceID: uuidOf(fmt.Sprint(object)), EventType: api.UpdateEvent, OperationID: fmt.Sprint(version),
	})
}

// reading is what a reader has read, and the positions that it was at.
type reading struct {
	events    []api.Event
	positions []seen
}

type seen struct {
	position dao.EventPosition
	read     int // events before it
}

// follow reads until there is nothing left after all was written.
func (r *reading) follow(t *testing.T, log func() *dao.EventLog, written <-chan struct{}) {
	var position dao.EventPosition
	for limit := 1; !t.Failed(); limit = limit%7 + 1 {
		last := false
		select {
		case <-written:
			last = true
		default:
		}
		events, next, err := log().Read(t.Context(), position, nil, limit)
		if err != nil {
			t.Error(err)
			return
		}
		for _, event := range events {
			r.events = append(r.events, event.Event)
			r.positions = append(r.positions, seen{event.Position, len(r.events)})
		}
		if next < position || len(events) > 0 && next < events[len(events)-1].Position {
			t.Errorf("from %v to %v", position, next)
		}
		if next != position {
			r.positions = append(r.positions, seen{next, len(r.events)})
		}
		if position = next; last && len(events) < limit {
			return
		}
	}
}

// check that all events are there, once, each object's in the order of changes.
func (r *reading) check(t *testing.T, name string, want int64) {
	t.Helper()
	if int64(len(r.events)) != want {
		t.Errorf("%s has read %d events of %d", name, len(r.events), want)
	}
	versions := map[string]int{}
	for _, event := range r.events {
		versions[event.SourceID]++
		if event.OperationID != fmt.Sprint(versions[event.SourceID]) {
			t.Fatalf("%s: object %s: version %s is read as number %d", name, event.SourceID, event.OperationID, versions[event.SourceID])
		}
	}
}
