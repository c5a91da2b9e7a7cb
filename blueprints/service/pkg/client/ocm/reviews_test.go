package ocm_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/trexgen/trexgen/blueprints/service/pkg/client/ocm"
)

// remote is the service, as the test plays it. Its clock is that of the bubble.
type remote struct {
	mu      sync.Mutex
	asked   int
	allowed bool
	err     error
	takes   time.Duration
}

func (r *remote) Allowed(ctx context.Context, _ ocm.Review) (bool, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked++
	select {
	case <-time.After(r.takes):
		return r.allowed, r.err
	case <-ctx.Done():
		return false, context.Cause(ctx)
	}
}

// want asks and reports another answer; after that the service has been asked
// so often.
func want(t *testing.T, reviews *ocm.Reviews, next *remote, review ocm.Review, allowed bool, asked int) {
	t.Helper()
	if got, err := reviews.Allowed(t.Context(), review); err != nil || got != allowed {
		t.Errorf("got %t, %v, want %t", got, err, allowed)
	}
	if next.asked != asked {
		t.Errorf("the service was asked %d times, want %d", next.asked, asked)
	}
}

func TestAnAnswerCountsForAWhile(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		next := &remote{allowed: true, takes: time.Second}
		reviews := ocm.NewReviews(next, ocm.Options{Keep: 10 * time.Second})
		want(t, reviews, next, aliceReads, true, 1)
		next.allowed = false // and nobody tells
		time.Sleep(8 * time.Second)
		want(t, reviews, next, aliceReads, true, 1)
		other := aliceReads
		other.Action = "delete"
		want(t, reviews, next, other, false, 2)
		// It is as old as the question, not as the answer: 9 s now.
		time.Sleep(time.Second)
		want(t, reviews, next, aliceReads, false, 3)
		next.allowed = true // a no counts as long
		want(t, reviews, next, aliceReads, false, 3)
	})
}

func TestNoErrorIsKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		next := &remote{err: errors.New("no answer"), allowed: true}
		reviews := ocm.NewReviews(next, ocm.Options{Keep: time.Minute})
		if allowed, err := reviews.Allowed(t.Context(), aliceReads); allowed || !errors.Is(err, next.err) {
			t.Errorf("got %t, %v, want the error", allowed, err)
		}
		next.err = nil
		want(t, reviews, next, aliceReads, true, 2)
	})
}

func TestKeptAnswersAreBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const many = 100_000
		next := &remote{allowed: true}
		reviews := ocm.NewReviews(next, ocm.Options{Keep: time.Hour})
		for i := range many {
			want(t, reviews, next, ocm.Review{Username: fmt.Sprint(i)}, true, i+1)
		}
		want(t, reviews, next, ocm.Review{Username: fmt.Sprint(many - 1)}, true, many)
		want(t, reviews, next, ocm.Review{Username: "0"}, true, many+1)
	})
}

func TestTheSameIsAskedOnceAtATime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		next := &remote{allowed: true, takes: time.Second}
		reviews := ocm.NewReviews(next, ocm.Options{})
		var all sync.WaitGroup
		// The first one gives up. The answer is for the others too.
		all.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			defer cancel()
			if allowed, err := reviews.Allowed(ctx, aliceReads); allowed || !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %t, %v, want the deadline", allowed, err)
			}
		})
		synctest.Wait()
		for range 32 {
			all.Go(func() {
				if allowed, err := reviews.Allowed(t.Context(), aliceReads); !allowed || err != nil {
					t.Errorf("got %t, %v, want true", allowed, err)
				}
			})
		}
		all.Wait()
		if next.asked != 1 {
			t.Errorf("asked %d times, want once", next.asked)
		}
	})
}

func TestAnAnswerIsNotWaitedForLongerThanSaid(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		next := &remote{allowed: true, takes: time.Hour}
		reviews := ocm.NewReviews(next, ocm.Options{Timeout: 2 * time.Second})
		began := time.Now()
		allowed, err := reviews.Allowed(t.Context(), aliceReads)
		if took := time.Since(began); allowed || err == nil || took != 2*time.Second {
			t.Errorf("got %t, %v after %s, want an error after 2s", allowed, err, took)
		}
	})
}

func TestTheCircuitOpensWhileNothingUsefulComesBack(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		err   error
		opens bool
	}{
		"no answer":              {errors.New("connection refused"), true},
		"out of order":           {&ocm.StatusError{Status: http.StatusBadGateway}, true},
		"we are refused":         {fmt.Errorf("access review: %w", &ocm.StatusError{Status: http.StatusUnauthorized}), true},
		"we may not ask":         {&ocm.StatusError{Status: http.StatusForbidden}, true},
		"too many":               {&ocm.StatusError{Status: http.StatusTooManyRequests}, true},
		"an unknown account":     {&ocm.StatusError{Status: http.StatusNotFound}, false},
		"a type that it has not": {&ocm.StatusError{Status: http.StatusBadRequest}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				next := &remote{err: tt.err}
				reviews := ocm.NewReviews(next, ocm.Options{Keep: time.Minute})
				for range 10 {
					if allowed, err := reviews.Allowed(t.Context(), aliceReads); allowed || err == nil {
						t.Fatalf("got %t, %v, want an error", allowed, err)
					}
				}
				if asked := map[bool]int{true: 5, false: 10}[tt.opens]; next.asked != asked || reviews.Open() != tt.opens {
					t.Errorf("asked %d times, open %t; want %d, %t", next.asked, reviews.Open(), asked, tt.opens)
				}
				if !tt.opens {
					return
				}
				// One trial decides, in either way.
				time.Sleep(10*time.Second + time.Millisecond)
				for range 3 {
					_, _ = reviews.Allowed(t.Context(), aliceReads)
				}
				if next.asked != 6 || !reviews.Open() {
					t.Errorf("asked %d times, open %t; want 6, true", next.asked, reviews.Open())
				}
				next.err, next.allowed = nil, true
				time.Sleep(10*time.Second + time.Millisecond)
				want(t, reviews, next, aliceReads, true, 7)
				if reviews.Open() {
					t.Error("still open after an answer")
				}
			})
		})
	}
}

func TestEveryReviewIsObserved(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		next := &remote{allowed: true, takes: time.Second}
		var got []ocm.Observation
		reviews := ocm.NewReviews(next, ocm.Options{Keep: time.Minute, Observe: func(o ocm.Observation) { got = append(got, o) }})
		other := aliceReads
		other.Action = "delete"
		for _, review := range []ocm.Review{aliceReads, aliceReads, other, other} {
			_, _ = reviews.Allowed(t.Context(), review)
			next.allowed = false
		}
		next.err = errors.New("no answer")
		_, _ = reviews.Allowed(t.Context(), ocm.Review{})
		wanted := []ocm.Observation{
			{Result: "allowed", Took: time.Second}, {Result: "allowed", Kept: true},
			{Result: "denied", Took: time.Second}, {Result: "denied", Kept: true},
			{Result: "error", Took: time.Second},
		}
		if diff := cmp.Diff(wanted, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}
