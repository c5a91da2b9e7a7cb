package ocm

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/sony/gobreaker/v2"
	"golang.org/x/sync/singleflight"
)

const (
	// DefaultTimeout bounds the wait for one answer, with all that it takes.
	DefaultTimeout = 5 * time.Second

	// maxKept is how many answers are kept: some megabytes.
	maxKept = 20_000

	// tripAfter failures in a row open the circuit, and trialAfter is when one
	// question tries whether it can be closed again.
	tripAfter  = 5
	trialAfter = 10 * time.Second
)

// Options say how reviews are asked for. The zero value keeps no answers.
type Options struct {
	// Timeout bounds the wait for an answer; DefaultTimeout if zero.
	Timeout time.Duration

	// Keep is how long an answer counts, yes and no alike. It is how long
	// somebody can go on whose rights were withdrawn.
	Keep time.Duration

	// Observe, unless nil, is told of every review, for metrics. It may be
	// called many times at once.
	Observe func(Observation)
}

// An Observation is what became of a review.
type Observation struct {
	Result string // allowed, denied, or error

	// Kept tells that the answer was there already. Took is zero then.
	Kept bool
	Took time.Duration
}

// Reviews is a Reviewer that spares another one: it keeps answers for a short
// while, asks one question once at a time, and leaves the other in peace while
// nothing useful comes back.
type Reviews struct {
	next    Reviewer
	options Options
	kept    *cache
	flight  singleflight.Group
	breaker *gobreaker.CircuitBreaker[bool]
}

// NewReviews returns reviews by next.
func NewReviews(next Reviewer, options Options) *Reviews {
	options.Timeout = cmp.Or(options.Timeout, DefaultTimeout)
	if options.Observe == nil {
		options.Observe = func(Observation) {}
	}
	return &Reviews{
		next:    next,
		options: options,
		kept:    newCache(options.Keep, maxKept),
		breaker: gobreaker.NewCircuitBreaker[bool](gobreaker.Settings{
			Name:         "access review",
			Timeout:      trialAfter,
			ReadyToTrip:  func(counts gobreaker.Counts) bool { return counts.ConsecutiveFailures >= tripAfter },
			IsSuccessful: useful,
		}),
	}
}

// Open tells whether nobody is asked because nothing useful comes back.
func (r *Reviews) Open() bool { return r.breaker.State() == gobreaker.StateOpen }

// Allowed returns a kept answer, or asks. Who asks the same at the same time
// gets the same answer; it is waited for until ctx ends.
func (r *Reviews) Allowed(ctx context.Context, review Review) (bool, error) {
	if allowed, found := r.kept.get(review); found {
		r.options.Observe(Observation{Result: resultOf(allowed, nil), Kept: true})
		return allowed, nil
	}
	// \x00 is in no name: no two reviews share a key.
	key := review.Username + "\x00" + review.Action + "\x00" + review.ResourceType
	// The answer is for all who wait: it outlives the request that began it.
	asked := r.flight.DoChan(key, func() (any, error) { return r.ask(context.WithoutCancel(ctx), review) })
	select {
	case <-ctx.Done():
		return false, fmt.Errorf("access review: %w", context.Cause(ctx))
	case result := <-asked:
		allowed, _ := result.Val.(bool)
		return allowed && result.Err == nil, result.Err
	}
}

func (r *Reviews) ask(ctx context.Context, review Review) (bool, error) {
	began := time.Now()
	ctx, cancel := context.WithTimeoutCause(ctx, r.options.Timeout, fmt.Errorf("no answer within %s", r.options.Timeout))
	defer cancel()
	allowed, err := r.breaker.Execute(func() (bool, error) { return r.next.Allowed(ctx, review) })
	r.options.Observe(Observation{Result: resultOf(allowed, err), Took: time.Since(began)})
	if err != nil {
		return false, err
	}
	r.kept.put(review, allowed, began)
	return allowed, nil
}

// useful tells whether the service is at work, whatever it thinks of the
// question: a few that it cannot answer must not keep it from all others. That
// it refuses us, or has enough of us, is about all of them.
func useful(err error) bool {
	var status *StatusError
	if err == nil || !errors.As(err, &status) {
		return err == nil
	}
	switch status.Status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests:
		return false
	}
	return status.Status >= 400 && status.Status < 500
}

func resultOf(allowed bool, err error) string {
	switch {
	case err != nil:
		return "error"
	case allowed:
		return "allowed"
	}
	return "denied"
}
