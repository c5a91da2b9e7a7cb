package errorreport

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

const (
	// pause is the least time between two reports that are alike. When the
	// database is away each request fails, and each in the same way.
	pause = time.Minute

	// maxAlike bounds the number of reports that are remembered.
	maxAlike = 1000
)

// Limited is a Reporter that hands on one report of those that are alike in a
// minute, and counts the others.
type Limited struct {
	next Reporter
	now  func() time.Time

	mu   sync.Mutex
	seen map[alike]*count
}

// alike is what reports of the same trouble have in common. The text of the
// error is not: it may name the object.
type alike struct {
	kind        Kind
	where, root string
}

type count struct {
	next   time.Time
	unsaid int
}

// NewLimited returns a Limited that hands on to next.
func NewLimited(next Reporter) *Limited {
	return &Limited{next: next, now: time.Now, seen: map[alike]*count{}}
}

// Report hands the report on if it is time.
func (l *Limited) Report(ctx context.Context, report Report) {
	if due, unsaid := l.due(alike{report.Kind, report.Where, typeOf(report.Err)}); due {
		report.Unsaid = unsaid
		l.next.Report(ctx, report)
	}
}

func (l *Limited) due(what alike) (due bool, unsaid int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	c := l.seen[what]
	switch {
	case c == nil:
		if len(l.seen) >= maxAlike {
			clear(l.seen)
		}
		l.seen[what] = &count{next: now.Add(pause)}
		return true, 0
	case now.Before(c.next):
		c.unsaid++
		return false, 0
	}
	unsaid = c.unsaid
	*c = count{next: now.Add(pause)}
	return true, unsaid
}

// typeOf is the type of the error that err comes from. Of several that one error
// wraps it is the last, which is the cause in "not available: connection refused".
func typeOf(err error) string {
	for {
		cause := errors.Unwrap(err)
		if several, ok := err.(interface{ Unwrap() []error }); ok {
			if causes := several.Unwrap(); len(causes) > 0 {
				cause = causes[len(causes)-1]
			}
		}
		if cause == nil {
			return fmt.Sprintf("%T", err)
		}
		err = cause
	}
}
