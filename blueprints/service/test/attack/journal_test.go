package attack

import (
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/trexgen/trexgen/blueprints/service/pkg/logger/logtest"
)

// watched is a test whose output is kept too: the log of the service.
type watched struct {
	testing.TB
	log *journal
}

// Output implements testing.TB.
func (w watched) Output() io.Writer { return w.log }

// journal keeps what the service logs.
type journal struct{ logtest.Buffer }

// check reports what nobody outside should be able to cause: errors, and panics
// above all.
func (j *journal) check(t testing.TB) {
	const most = 5
	found := 0
	for line := range strings.Lines(j.String()) {
		if !strings.Contains(line, "level=ERROR") && !strings.Contains(line, "panic") && !strings.Contains(line, "superfluous") {
			continue
		}
		if found++; found <= most {
			t.Errorf("the log has: %.1000s", line)
		}
	}
	if found > most {
		t.Errorf("the log has %d more such lines", found-most)
	}
}

// tally counts answers by their status.
type tally struct {
	mu       sync.Mutex
	statuses map[int]int
}

func (c *tally) count(status int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.statuses == nil {
		c.statuses = map[int]int{}
	}
	c.statuses[status]++
}

// of returns the number of answers with one of the statuses from least to most.
func (c *tally) of(least, most int) (sum int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for status, n := range c.statuses {
		if least <= status && status <= most {
			sum += n
		}
	}
	return sum
}

const highest = 999

// report logs how many requests were made, and what they were answered.
func (c *tally) report(t testing.TB) {
	var parts []string
	c.mu.Lock()
	for _, status := range slices.Sorted(maps.Keys(c.statuses)) {
		name := fmt.Sprint(status)
		if status == 0 {
			name = "no answer"
		}
		parts = append(parts, fmt.Sprintf("%d × %s", c.statuses[status], name))
	}
	c.mu.Unlock()
	// Package net/http says itself what it cannot read: no fault of the service.
	faults := c.of(http.StatusInternalServerError, highest)
	for _, status := range []int{http.StatusNotImplemented, http.StatusHTTPVersionNotSupported} {
		faults -= c.of(status, status)
	}
	t.Logf("%d requests (%s), %d faults of the service", c.of(0, highest), strings.Join(parts, ", "), faults)
}
