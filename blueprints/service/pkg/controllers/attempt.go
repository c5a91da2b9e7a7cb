package controllers

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"time"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/logger"
	"github.com/trexgen/trexgen/blueprints/service/pkg/telemetry"
)

// released is the outcome of an event that is given back as if it had not been
// claimed.
const released Outcome = "released"

const (
	// patient is how many times MaxAttempts may be made at an event that has not
	// failed: because nobody knows its source, or because nothing is heard of the
	// attempts again. That a replica dies is seldom the fault of the event at hand;
	// but one that kills whoever begins it must not do so for ever.
	patient = 3

	// maxStrays is the number of handlers that may go on after they were given
	// up, for each worker.
	maxStrays = 4
)

var (
	errNobody = errors.New("nobody handles the events of this source here")
	errMute   = errors.New("nothing was heard of the last attempts: the replicas that made them have died")
	errHangs  = errors.New("the handler goes on though its time is up and its context has ended")
)

// attempt is a claim with what became of it.
type attempt struct {
	*claim
	outcome Outcome
	cause   error // of Retried and Dead
	took    time.Duration
	pause   time.Duration // the handler wants no event for so long
	wait    time.Duration // the next attempt is not before
}

// handler returns who handles event, which may be a nil Handler, and false if
// its source is unknown.
func (r *run) handler(event api.Event) (Handler, bool) {
	if r.all != nil {
		return r.all, true
	}
	registration, known := r.handlers[event.Source]
	if event.EventType == api.DeleteEvent {
		return registration.OnDelete, known
	}
	return registration.OnUpsert, known
}

// handle calls handler and reports how it ended, whatever it does. A handler
// that returns an error because Run is told to stop has not failed.
func (r *run) handle(c *claim, handler Handler) {
	ctx, cancel := context.WithDeadline(r.handling, c.since.Add(r.cfg.Lease*3/4))
	defer cancel()
	// The handler's lines in the log carry it, and so do the events that it writes.
	ctx = logger.WithOperationID(ctx, cmp.Or(c.event.OperationID, c.event.ID))
	end := func(error) {}
	if handler != nil {
		ctx, end = r.cfg.Tracing.StartEvent(ctx, r.cfg.Consumer, &c.event)
	}

	began := time.Now()
	cause, returned := errors.New("the handler ended its goroutine"), false
	defer func() {
		if v := recover(); v != nil {
			cause = fmt.Errorf("panic: %v", v)
			r.log.ErrorContext(ctx, "event handler panics", about(c.event), "panic", v, "stack", string(debug.Stack()))
		}
		end(cause)
		a := r.judge(c, cause, time.Since(began))
		if returned && cause != nil && errors.Is(context.Cause(ctx), errStopping) {
			a.outcome = released
		}
		select {
		case r.ended <- a:
		case <-r.over:
		}
	}()
	if handler == nil {
		cause = nil
		return
	}
	event := c.event // the handler's own, to do with as it likes
	cause = handler(ctx, &event)
	if cause != nil {
		_ = cause.Error() // of a nil pointer it panics: let it do so here, where that is a failure
	}
	returned = true
}

// judge says what becomes of an event after an attempt.
func (r *run) judge(c *claim, cause error, took time.Duration) attempt {
	a := attempt{claim: c, outcome: Handled, cause: cause, took: took}
	advice := adviceOf(cause)
	switch a.wait = max(advice.wait, advice.pause); {
	case cause == nil:
	case advice.pause > 0 && r.all != nil:
		a.outcome, a.pause = released, advice.pause
	case advice.park, int(c.event.Attempts) >= r.cfg.MaxAttempts:
		a.outcome = Dead
	default:
		a.outcome = Retried
	}
	return a
}

// putOff puts off an event that nobody here handles: while a new kind is being
// rolled out, replicas of the new version do. Chance has it which replica claims
// it next, so it gets more attempts than one that fails. Nor is it dropped then:
// that nobody handles it may be a mistake.
func (r *run) putOff(c *claim) attempt {
	if int(c.event.Attempts) < patient*r.cfg.MaxAttempts {
		return attempt{claim: c, outcome: Retried, cause: errNobody}
	}
	return attempt{claim: c, outcome: Dead, cause: errNobody}
}

// backoff is the time to wait after a failed attempt, counting from 1. Chance
// keeps events that failed together from coming back together.
func (r *run) backoff(attempts int32) time.Duration {
	wait := r.cfg.BackoffBase
	for i := int32(1); i < attempts && wait < r.cfg.BackoffMax; i++ {
		wait *= 2
	}
	wait = min(wait, r.cfg.BackoffMax)
	return wait - time.Duration(rand.Int64N(int64(wait)/2+1))
}

// conclude tells the world how an attempt ended, and keeps it to be recorded.
func (r *run) conclude(a attempt) {
	r.open = append(r.open, a)
	r.rest(a)
	ctx := telemetry.WithTraceParent(r.lasting, a.event.TraceParent)
	switch event := about(a.event); a.outcome {
	case released: // no attempt to tell of
		r.log.DebugContext(ctx, "event given back", event)
		return
	case Retried:
		r.log.WarnContext(ctx, "event failed, to be retried", event, "error", a.cause)
	case Dead:
		r.log.ErrorContext(ctx, "event failed for the last time", event, "error", a.cause)
	default:
		r.log.DebugContext(ctx, "event "+string(a.outcome), event, "took", a.took)
	}
	if r.cfg.Observe != nil {
		r.cfg.Observe(Observation{
			Consumer: r.cfg.Consumer, Source: a.event.Source, Outcome: a.outcome, Took: a.took,
			First: a.event.Attempts == 1 && !a.began.IsZero(), Latency: r.latency(a.claim),
		})
	}
}

// latency is the time from the writing of an event to the beginning of c, the
// attempt. Up to the claim it goes by the database's clock, which wrote both
// times, and from there by ours: it does not matter that they differ.
func (r *run) latency(c *claim) time.Duration {
	claimed := c.event.RunAt.Add(-r.cfg.Lease)
	return max(0, claimed.Sub(c.event.CreatedAt)+c.began.Sub(c.since))
}

// record writes the open attempts to the store; those that it does not take
// stay open. What is recorded may have made later events of its object due.
func (r *run) record() {
	before := len(r.open)
	r.recordAs(r.events.Done, Handled)
	r.recordAs(r.events.Release, released)
	var open []attempt
	for _, a := range r.open { // only failures, unless the store is away
		recorded := r.ask(func(ctx context.Context) error {
			return r.events.Fail(ctx, a.event, a.cause, max(r.backoff(a.event.Attempts), a.wait), a.outcome == Dead)
		})
		if !recorded && time.Since(a.since) < r.cfg.Lease { // from then on it is due anyway
			open = append(open, a)
		}
	}
	r.open = open
	r.hungry = r.hungry || len(r.open) < before
}

// recordAs records the attempts of an outcome with one call.
func (r *run) recordAs(call func(context.Context, ...api.Event) error, outcome Outcome) {
	of := func(a attempt) bool { return a.outcome == outcome }
	var events []api.Event
	for _, a := range r.open {
		if of(a) {
			events = append(events, a.event)
		}
	}
	if len(events) > 0 && r.ask(func(ctx context.Context) error { return call(ctx, events...) }) {
		r.open = slices.DeleteFunc(r.open, of)
	}
}

// about names event in the log.
func about(event api.Event) slog.Attr {
	return slog.Group("event", "id", event.ID, "type", event.EventType, "source", event.Source,
		"source_id", event.SourceID, "attempt", event.Attempts)
}
