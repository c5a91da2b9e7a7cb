package controllers

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
)

// storeTimeout bounds each call of the store, and stoppingTimeout each one that
// is made while stopping.
const (
	storeTimeout    = 10 * time.Second
	stoppingTimeout = 2 * time.Second
)

// firstBatch is the number of events that a claim takes for each worker as long
// as it is not known that the handlers are fast.
const firstBatch = 4

// Run hands out events until ctx ends. Then it claims no more, gives back what
// nobody has begun, waits for the handlers at work and records how they ended.
// The ctx of those that are still at it shortly before StopTimeout ends; what
// they have not done by then is given back too, at once and without counting as
// an attempt. It returns an error if some did not end even so, or if that could
// not be recorded: their events are handled again when their leases have lapsed.
// That the database is away ends nothing; Run logs it and tries again. A Manager
// runs once.
func (m *Manager) Run(ctx context.Context) error {
	m.mu.Lock()
	again := m.started
	m.started = true
	m.mu.Unlock()
	if again {
		return errors.New("the manager has been run already")
	}
	lasting := context.WithoutCancel(ctx)
	handling, interrupt := context.WithCancelCause(lasting)
	r := &run{
		Manager: m, lasting: lasting, handling: handling, hungry: true, patience: storeTimeout,
		limit:   min(firstBatch*m.cfg.Workers, m.cfg.Batch),
		working: map[*claim]bool{}, ended: make(chan attempt), over: make(chan struct{}),
	}
	defer close(r.over)
	r.loop(ctx)
	return r.stop(func() { interrupt(errStopping) })
}

// errStopping is why the ctx of handlers ends when Run has to.
var errStopping = errors.New("the service is stopping")

// run is the state of Run. It belongs to one goroutine, which alone calls the
// store. Handlers run in goroutines of their own and report to ended.
type run struct {
	*Manager
	lasting  context.Context // for the store: a claim that is cut off may have taken place
	handling context.Context // for handlers: ends some time after Run is told to stop

	queue   []*claim        // claimed, not begun
	working map[*claim]bool // begun; each has a worker
	strays  int             // handlers that go on though they were given up
	ended   chan attempt
	over    chan struct{} // closed when nobody listens to ended any more
	open    []attempt     // ended, not recorded

	patience time.Duration // with the store
	hungry   bool          // there may be due events
	away     bool          // the database has not answered: ask nothing before the next sweep
	lost     bool          // it has not answered since

	limit   int       // of the next claim
	resting time.Time // the handler wants no event until then, see Pause
}

// claim is an event that is ours for the time of the lease.
type claim struct {
	event api.Event
	since time.Time
	began time.Time // of the handler; zero if it has not
}

func (r *run) loop(ctx context.Context) {
	sweep := time.NewTicker(r.cfg.SweepEvery)
	defer sweep.Stop()
	for ctx.Err() == nil {
		r.begin()
		if len(r.queue) == 0 || len(r.open) >= r.cfg.Batch { // many at once cost as much as one
			r.record()
		}
		if r.hungry && !r.away && !r.rests() && !r.onTrial() && len(r.queue) == 0 && len(r.working) < r.cfg.Workers {
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
			r.giveUp()
			r.record()
		}
	}
}

// claim fills the queue.
func (r *run) claim() {
	since := time.Now() // before the database's own, so that ours ends first
	r.ask(func(ctx context.Context) error {
		events, err := r.events.Claim(ctx, r.limit, r.cfg.Lease)
		for _, event := range events {
			r.queue = append(r.queue, &claim{event: event, since: since})
		}
		return err
	})
	r.hungry = len(r.queue) == r.limit
	if r.hungry { // until the handlers prove too slow for so many
		r.limit = min(2*r.limit, r.cfg.Batch)
	}
	r.isolate()
}

// begin starts handlers as long as there are events and workers. What has
// waited for too long is given back: another replica may have time for it.
func (r *run) begin() {
	if len(r.queue) == 0 {
		return
	}
	longest := min(r.cfg.SweepEvery, r.cfg.Lease/4)
	if r.rests() || time.Since(r.queue[0].since) > longest { // all were claimed at once
		r.release(r.queue...)
		r.queue = nil
		r.limit = min(r.limit, firstBatch*r.cfg.Workers)
		return
	}
	for len(r.queue) > 0 && len(r.working) < r.cfg.Workers {
		next := r.queue[0]
		r.queue = r.queue[1:]
		handler, known := r.handler(next.event)
		switch {
		case !known:
			r.conclude(r.putOff(next))
		case int(next.event.Attempts) > patient*r.cfg.MaxAttempts:
			r.conclude(attempt{claim: next, outcome: Dead, cause: errMute})
		default:
			next.began = time.Now()
			r.working[next] = true
			go r.handle(next, handler)
		}
	}
}

// collect takes the attempt that has ended, and those that ended meanwhile.
func (r *run) collect(a attempt) {
	for {
		if r.working[a.claim] {
			delete(r.working, a.claim)
			r.conclude(a)
		} else {
			r.strays--
		}
		select {
		case a = <-r.ended:
		default:
			return
		}
	}
}

// giveUp takes the worker from handlers whose time has long been up, so that
// those that hang do not hold up all other events. What they do from now on is
// of no account. There is an end to it: no more than a number of them may go on.
func (r *run) giveUp() {
	for c := range r.working {
		if time.Since(c.since) > r.cfg.Lease*7/8 && r.strays < maxStrays*r.cfg.Workers {
			delete(r.working, c)
			r.strays++
			r.conclude(r.judge(c, errHangs, time.Since(c.since)))
		}
	}
}

// stop ends what has begun, within StopTimeout and what the store takes.
func (r *run) stop(interrupt func()) error {
	r.patience = stoppingTimeout
	grace := min(time.Second, r.cfg.StopTimeout/4) // that handlers get once their ctx has ended
	end := time.Now().Add(r.cfg.StopTimeout)
	r.release(r.queue...)
	r.record()
	r.wait(time.Until(end) - grace)
	interrupt()
	r.wait(time.Until(end))

	var errs []error
	if left := len(r.working); left > 0 {
		errs = append(errs, fmt.Errorf("%d event handlers have not ended", left))
	}
	for c := range r.working {
		r.release(c)
	}
	r.away = false // a last attempt
	r.record()
	if len(r.open) > 0 {
		errs = append(errs, fmt.Errorf("what became of %d events is not recorded", len(r.open)))
	}
	return errors.Join(errs...)
}

// release has claims given back.
func (r *run) release(claims ...*claim) {
	for _, c := range claims {
		r.conclude(attempt{claim: c, outcome: released})
	}
}

// wait collects the handlers at work, for some time. It records what became of
// them as long as there is time for a store that does not answer.
func (r *run) wait(atMost time.Duration) {
	end := time.Now().Add(atMost)
	timeout := time.NewTimer(atMost)
	defer timeout.Stop()
	for len(r.working) > 0 {
		select {
		case a := <-r.ended:
			r.collect(a)
			if time.Until(end) > r.patience {
				r.record()
			}
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
	ctx, cancel := context.WithTimeout(r.lasting, r.patience)
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
