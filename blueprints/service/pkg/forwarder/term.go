package forwarder

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/trexgen/trexgen/blueprints/service/pkg/dao"
)

// term is the time for which a replica forwards.
type term struct {
	*Forwarder

	// position is that of the cursor, once it has been loaded.
	position dao.EventPosition
	loaded   bool

	// idle is when there was nothing to forward, last.
	idle time.Time

	open *batch // read, and the cursor is still before it
}

// batch is a part of the log on its way.
type batch struct {
	messages  []Message
	next      dao.EventPosition // after it
	published bool
	last      bool // there are no more events at present
}

// run forwards until ctx ends.
func (t *term) run(ctx context.Context) {
	t.idle = time.Now()
	wait := t.cfg.BackoffBase
	for ctx.Err() == nil {
		more, err := t.step(ctx)
		if ctx.Err() != nil {
			return
		}
		t.report(ctx, err)
		switch {
		case err != nil:
			// Events that come meanwhile are no reason to try sooner.
			sleep(ctx, nil, wait-rand.N(wait/2+1))
			wait = min(2*wait, t.cfg.BackoffMax)
			continue
		case !more:
			sleep(ctx, t.wake, t.cfg.PollEvery)
		}
		wait = t.cfg.BackoffBase
	}
}

// step takes the next batch as far as it gets; after an error it goes on from
// there the next time. It reports whether there may be more.
func (t *term) step(ctx context.Context) (more bool, err error) {
	if t.open == nil {
		if err := t.read(ctx); err != nil {
			return false, err
		}
	}
	if err := t.publish(ctx); err != nil {
		return false, err
	}
	if err := t.save(ctx); err != nil {
		return false, err
	}
	more = !t.open.last
	t.open = nil
	return more, nil
}

func (t *term) read(ctx context.Context) (err error) {
	began := time.Now()
	defer func() {
		if err != nil && t.Lag() == 0 { // who knows what has been written since
			t.setBehind(t.idle)
		}
	}()
	if !t.loaded {
		if t.position, err = t.events.Cursor(ctx, Reader); err != nil {
			return err
		}
		t.loaded = true
	}
	events, next, err := t.events.Read(ctx, t.position, nil, t.cfg.Batch)
	if err != nil {
		return err
	}
	if len(events) == 0 {
		t.idle = began
		t.setBehind(time.Time{})
	} else if err := t.date(ctx, events[0]); err != nil {
		return err
	}
	open := &batch{next: next, last: len(events) < t.cfg.Batch}
	for _, at := range events {
		m, err := message(&at.Event)
		if err != nil { // would hold up all others for ever
			t.log.ErrorContext(ctx, "an event cannot be forwarded, left out", "error", err)
			continue
		}
		open.messages = append(open.messages, m)
	}
	t.open = open
	return nil
}

// date notes when the oldest event that is to be forwarded was written, by this
// machine's clock: the clocks may differ.
func (t *term) date(ctx context.Context, oldest dao.EventAt) error {
	now, err := t.cfg.Clock(ctx)
	if err != nil {
		return fmt.Errorf("ask for the time: %w", err)
	}
	t.setBehind(time.Now().Add(-max(0, now.Sub(oldest.Event.CreatedAt))))
	return nil
}

func (t *term) publish(ctx context.Context) error {
	if t.open.published {
		return nil
	}
	if len(t.open.messages) > 0 {
		if err := t.publisher.Publish(ctx, t.open.messages); err != nil {
			return err
		}
		t.cfg.Observe(len(t.open.messages))
	}
	t.open.published = true
	if t.open.last {
		t.setBehind(time.Time{})
	}
	return nil
}

// save moves the cursor behind the open batch. If another replica has moved it
// meanwhile, this one goes on from there: what it has published is the same, and
// in the same order.
func (t *term) save(ctx context.Context) error {
	if t.open.next == t.position {
		return nil
	}
	err := t.events.SaveCursor(ctx, Reader, t.position, t.open.next)
	if errors.Is(err, dao.ErrStale) {
		t.log.WarnContext(ctx, "somebody else has forwarded events, going on from there", "error", err)
		t.loaded = false
		return nil
	}
	if err == nil {
		t.position = t.open.next
	}
	return err
}

// sleep waits for some time, or until wake or ctx says that it is enough.
func sleep(ctx context.Context, wake <-chan struct{}, atMost time.Duration) {
	timer := time.NewTimer(atMost)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-wake:
	case <-timer.C:
	}
}
