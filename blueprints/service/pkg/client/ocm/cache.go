package ocm

import (
	"sync"
	"time"
)

// cache keeps the answers of the last seconds, and not many: when half of what
// it may hold is new, it drops the older half.
type cache struct {
	ttl  time.Duration
	half int

	mu       sync.Mutex
	new, old map[Review]answer
}

type answer struct {
	allowed bool
	asked   time.Time
}

func newCache(ttl time.Duration, size int) *cache {
	return &cache{ttl: ttl, half: max(size/2, 1), new: map[Review]answer{}}
}

// get returns the answer if there is one that is young enough.
func (c *cache) get(review Review) (allowed, found bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	a, found := c.new[review]
	if !found {
		a, found = c.old[review]
	}
	if !found || time.Since(a.asked) >= c.ttl {
		return false, false
	}
	return a.allowed, true
}

// put keeps the answer to a question that was asked at that time: what was
// true then may have been withdrawn while the answer was on its way.
func (c *cache) put(review Review, allowed bool, asked time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.new) >= c.half {
		c.new, c.old = map[Review]answer{}, c.new
	}
	c.new[review] = answer{allowed, asked}
}
