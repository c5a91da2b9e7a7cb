package controllers

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
)

const (
	// storeTimeout bounds each call of the store.
	storeTimeout = 10 * time.Second

	// lastGrace is the time that handlers get once their ctx has ended.
	lastGrace = time.Second
)

// Run hands out events until ctx ends. Then it claims no more, gives back what
// nobody has begun, waits for the handlers at work and records how they ended.
// It returns an error if some did not end in time or that could not be recorded:
// their events will be handled again. That the database is away ends nothing;
// Run logs it and tries again. A Manager runs once.
func (m *Manager) Run(ctx context.Context) error {
	m.mu.Lock()
	again := m.started
	m.started = true
	m.mu.Unlock()
	if again {
		return errors.New("the manager has been run already")
	}
	lasting := context.WithoutCancel(ctx)
	handling, cancel := context.WithCancel(lasting)
	defer cancel()
	r := &run{Manager: m, lasting: lasting, handling: handling, ended: make(chan attempt, m.cfg.Workers), hungry: true}
	r.loop(ctx)
	return r.stop(cancel)
}

// run is the state of Run. It belongs to one goroutine, which alone calls the
// store. Handlers run in goroutines of their own and report
// to ended.
type run struct {
	*Manager
	lasting  context.Context // for the store: a claim that is cut off may have taken place
	handling context.Context // for handlers: ends some time after Run is told to stop

	queue   []claim      // claimed, not begun
	running int          // handlers at work
	ended   chan attempt // has room for all of them
	open    []attempt    // ended, not recorded

	hungry bool // there may be due events
	away   bool // the database has not answered: ask nothing before the next sweep
	lost   bool // it has not answered since
}

// claim is an event that is ours for the time of the lease.
type claim struct {
	event api.Event
	since time.Time
}

func (r *run) loop(ctx context.Context) {
	sweep := time.NewTicker(r.cfg.SweepEvery)
	defer sweep.Stop()
	for ctx.Err() == nil {
		r.begin()
		if len(r.queue) == 0 || len(r.open) >= r.cfg.Batch { // many at once cost as much as one
			r.record()
		}
		if r.hungry && !r.away && len(r.queue) == 0 && r.running < r.cfg.Workers {
			r.claim()
			continue
		}
		select {
		case <-ctx.Done():
		case a := <-r.ended:
			r.collect(a)
		case <-r.wake:
			r.hungry = true
		case <-sweep.C:
			r.hungry, r.away = true, false
			r.record()
		}
	}
}

// claim fills the queue.
func (r *run) claim() {
	since := time.Now() // before the database's own, so that ours ends first
	r.ask(func(ctx context.Context) error {
		events, err := r.events.Claim(ctx, r.cfg.Batch, r.cfg.Lease)
		for _, event := range events {
			r.queue = append(r.queue, claim{event, since})
		}
		return err
	})
	r.hungry = len(r.queue) == r.cfg.Batch
}

// begin starts handlers as long as there are events and workers. What has
// waited for too long is given back: another replica may have time for it.
func (r *run) begin() {
	patience := min(r.cfg.SweepEvery, r.cfg.Lease/4)
	var waiting []claim
	for _, next := range r.queue {
		handler, known := r.handler(next.event)
		switch {
		case !known:
			r.conclude(r.ignore(next))
		case time.Since(next.since) > patience:
			r.conclude(attempt{claim: next, outcome: released})
		case r.running == r.cfg.Workers:
			waiting = append(waiting, next)
		default:
			r.running++
			go r.handle(next, handler)
		}
	}
	r.queue = waiting
}

// collect takes the attempt that has ended, and those that ended meanwhile.
func (r *run) collect(a attempt) {
	for {
		r.running--
		r.conclude(a)
		select {
		case a = <-r.ended:
		default:
			return
		}
	}
}

// stop ends what has begun.
func (r *run) stop(cancelHandlers func()) error {
	for _, waiting := range r.queue {
		r.conclude(attempt{claim: waiting, outcome: released})
	}
	r.record()
	r.wait(r.cfg.StopTimeout)
	cancelHandlers()
	r.wait(lastGrace)
	r.away = false // a last attempt
	r.record()

	var errs []error
	if r.running > 0 {
		errs = append(errs, fmt.Errorf("%d event handlers have not ended", r.running))
	}
	if len(r.open) > 0 {
		errs = append(errs, fmt.Errorf("what became of %d events is not recorded", len(r.open)))
	}
	return errors.Join(errs...)
}

// wait collects the handlers at work, for some time.
func (r *run) wait(atMost time.Duration) {
	timeout := time.NewTimer(atMost)
	defer timeout.Stop()
	for r.running > 0 {
		select {
		case a := <-r.ended:
			r.collect(a)
		case <-timeout.C:
			return
		}
	}
}

// ask calls the store unless it is away, and reports whether it has answered.
func (r *run) ask(call func(ctx context.Context) error) bool {
	if r.away {
		return false
	}
	ctx, cancel := context.WithTimeout(r.lasting, storeTimeout)
	defer cancel()
	err := call(ctx)
	r.away = err != nil
	switch {
	case r.away && !r.lost:
		r.log.WarnContext(ctx, "events are out of reach, trying again", "error", err)
	case !r.away && r.lost:
		r.log.InfoContext(ctx, "events are within reach again")
	}
	r.lost = r.away
	return !r.away
}
