package idempotency_test

import (
	"context"
	"errors"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/trexgen/trexgen/blueprints/service/pkg/db"
	"github.com/trexgen/trexgen/blueprints/service/pkg/idempotency"
)

// More requests than there are connections come at once.
func TestManyAtOnceAreDoneOnce(t *testing.T) {
	t.Parallel()
	d := newDesk(t, idempotency.Settings{LockTimeout: time.Minute})
	const many = 64
	var sent sync.WaitGroup
	for range many {
		sent.Go(func() {
			got, _, err := d.Once(t.Context(), order, d.write)
			if err != nil || !reflect.DeepEqual(got, answer) {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
	sent.Wait()
	d.wantRows(1, 1)
	if d.outcomes[idempotency.Done] != 1 || d.outcomes[idempotency.Replayed] != many-1 {
		t.Errorf("got the outcomes %v", d.outcomes)
	}
}

// hold begins order and stops in the middle of it. It ends with what end returns.
func (d *desk) hold(end func() error) (done chan error) {
	d.t.Helper()
	begun, done := make(chan struct{}), make(chan error, 1)
	go func() {
		_, _, err := d.Once(d.t.Context(), order, func(ctx context.Context) (idempotency.Answer, error) {
			_, err := d.write(ctx)
			close(begun)
			return answer, errors.Join(err, end())
		})
		done <- err
	}()
	<-begun
	return done
}

func TestRepeatDoesNotWaitForEver(t *testing.T) {
	t.Parallel()
	d := newDesk(t, idempotency.Settings{LockTimeout: time.Millisecond})
	finish := make(chan struct{})
	done := d.hold(func() error { <-finish; return nil })
	if _, _, err := d.Once(t.Context(), order, d.write); !errors.Is(err, db.ErrLocked) {
		t.Errorf("got %v, want ErrLocked", err)
	}
	close(finish)
	if err := <-done; err != nil {
		t.Error(err)
	}
	d.want(order, true)
	d.wantRows(1, 1)
	if d.outcomes[idempotency.Busy] != 1 {
		t.Errorf("got the outcomes %v", d.outcomes)
	}
}

// The repeat that waited for a request which fails in the end is the first.
func TestRepeatTakesOverFromAFailure(t *testing.T) {
	t.Parallel()
	d := newDesk(t, idempotency.Settings{LockTimeout: time.Minute})
	waits := make(chan struct{})
	done := d.hold(func() error { <-waits; return errRefused })
	repeated := make(chan struct{})
	go func() {
		defer close(repeated)
		d.want(order, false)
	}()
	d.awaitWaiter()
	close(waits)
	if err := <-done; !errors.Is(err, errRefused) {
		t.Errorf("got %v, want %v", err, errRefused)
	}
	<-repeated
	d.wantRows(1, 1)
}

// awaitWaiter returns when a statement of this database waits for a transaction.
func (d *desk) awaitWaiter() {
	d.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; {
		var waiting int
		err := d.sessions.New(d.t.Context()).Raw(`SELECT count(*) FROM pg_stat_activity
			WHERE datname = current_database() AND wait_event_type = 'Lock'`).Scan(&waiting).Error
		if err != nil {
			d.t.Fatal(err)
		}
		if waiting > 0 {
			return
		}
		if time.Now().After(deadline) {
			d.t.Fatal("nobody waits")
		}
	}
}

// Whoever claims a key that has expired, others at the same time are its repeats.
func TestExpiredKeyIsTakenOverOnce(t *testing.T) {
	t.Parallel()
	d := newDesk(t, idempotency.Settings{LockTimeout: time.Minute, Retention: time.Hour})
	d.want(order, false)
	d.exec(`UPDATE "idempotency_keys" SET "created_at" = now() - interval '2 hours'`)
	var sent sync.WaitGroup
	for range 16 {
		sent.Go(func() {
			if _, _, err := d.Once(t.Context(), order, d.write); err != nil {
				t.Error(err)
			}
		})
	}
	sent.Wait()
	d.wantRows(2, 1)
}
