// Package ratelimit counts what clients do and says who does too much. It knows
// nothing of HTTP, and keeps no more than it needs to know: a client that has
// done nothing for a window is forgotten.
package ratelimit

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// maxClients bounds the memory: of this many clients at most in a window the
// counts are kept, twice.
const maxClients = 100_000

// Limiter lets each client do a number of things in a window: all at once, and
// then evenly. It is safe for use by several goroutines.
type Limiter struct {
	limit  int
	window time.Duration
	most   int

	mu sync.Mutex
	// A bucket that nobody took from for a window is full again, and so as good
	// as none: it is dropped with the generation that it is in.
	young, old map[string]*rate.Limiter
	turn       time.Time // when young becomes old
}

// New returns a limiter that lets each client do limit things in a window.
func New(limit int, window time.Duration) *Limiter {
	return &Limiter{limit: limit, window: window, most: maxClients, young: map[string]*rate.Limiter{}}
}

// State is what a client has left.
type State struct {
	// Allowed tells whether it may do what it asked for.
	Allowed bool

	// Limit and Remaining are numbers of things; Reset is the time until all are
	// there again.
	Limit, Remaining int
	Reset            time.Duration

	// RetryAfter is the time until the next thing is allowed.
	RetryAfter time.Duration
}

// Take counts one thing that client wants to do at now, if it may do it. What is
// refused does not count.
func (l *Limiter) Take(client string, now time.Time) State {
	l.mu.Lock()
	defer l.mu.Unlock()
	bucket := l.bucket(client, now)
	state := State{Allowed: bucket.AllowN(now, 1), Limit: l.limit}
	tokens := bucket.TokensAt(now)
	state.Remaining = max(0, int(tokens))
	each := l.window / time.Duration(l.limit)
	state.Reset = time.Duration((float64(l.limit) - tokens) * float64(each))
	if tokens < 1 {
		state.RetryAfter = time.Duration((1 - tokens) * float64(each))
	}
	return state
}

// bucket finds the bucket of client, or makes a full one.
func (l *Limiter) bucket(client string, now time.Time) *rate.Limiter {
	// With more clients than there is room for, some are forgotten too soon: that
	// is better than to refuse everybody, or to run out of memory.
	if !now.Before(l.turn) || len(l.young) >= l.most {
		if now.Sub(l.turn) >= l.window { // nobody came for a whole window
			l.young = nil
		}
		l.old, l.young, l.turn = l.young, map[string]*rate.Limiter{}, now.Add(l.window)
	}
	if bucket, ok := l.young[client]; ok {
		return bucket
	}
	bucket, ok := l.old[client]
	if !ok {
		bucket = rate.NewLimiter(rate.Every(l.window/time.Duration(l.limit)), l.limit)
	}
	l.young[client] = bucket
	return bucket
}
