package daotest

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
)

// eventQueue is the work of one consumer of events.
type eventQueue struct {
	guard  *sync.Mutex
	rows   map[string]api.Event // by id
	leased map[string]bool      // those that were claimed last and not given back
	done   func(event *api.Event)
}

// Claim leases the oldest open event of each object that is due, up to limit.
func (q *eventQueue) Claim(_ context.Context, limit int, lease time.Duration) ([]api.Event, error) {
	q.guard.Lock()
	defer q.guard.Unlock()
	type object struct{ source, id string }
	seen := map[object]bool{}
	var due []api.Event
	for _, event := range q.open() {
		of := object{event.Source, event.SourceID}
		if !seen[of] && !event.RunAt.After(api.Now()) {
			due = append(due, event)
		}
		seen[of] = true
	}
	slices.SortStableFunc(due, func(a, b api.Event) int { return a.RunAt.Compare(b.RunAt) })
	due = due[:min(limit, len(due))]
	for i := range due {
		due[i].Attempts++
		due[i].RunAt = api.Now().Add(lease)
		q.write(&due[i])
		q.leased[due[i].ID] = true
	}
	slices.SortFunc(due, bySequence)
	return due, nil
}

// Done records that claimed events have been dealt with.
func (q *eventQueue) Done(_ context.Context, events ...api.Event) error {
	return q.settle(events, q.done)
}

// Release gives claimed events back as if they had not been claimed.
func (q *eventQueue) Release(_ context.Context, events ...api.Event) error {
	return q.settle(events, func(event *api.Event) {
		event.Attempts--
		event.RunAt = api.Now()
		q.write(event)
	})
}

// Fail records why a claimed event was not dealt with.
func (q *eventQueue) Fail(_ context.Context, event api.Event, cause error, retryAfter time.Duration, dead bool) error {
	return q.settle([]api.Event{event}, func(event *api.Event) {
		now, text := api.Now(), cause.Error()
		event.LastError, event.RunAt = &text, now.Add(retryAfter)
		if dead {
			event.DeadAt = &now
		}
		q.write(event)
	})
}

// settle changes events that nobody has written since they were claimed.
func (q *eventQueue) settle(events []api.Event, change func(*api.Event)) error {
	q.guard.Lock()
	defer q.guard.Unlock()
	for _, claimed := range events {
		event, exists := q.rows[claimed.ID]
		if exists && event.RowVersion == claimed.RowVersion && isOpen(event) {
			delete(q.leased, event.ID)
			change(&event)
		}
	}
	return nil
}

// open returns what is neither handled nor dead, in the order of writing.
func (q *eventQueue) open() []api.Event {
	var open []api.Event
	for _, event := range q.rows {
		if isOpen(event) {
			open = append(open, event)
		}
	}
	slices.SortFunc(open, bySequence)
	return open
}

// write keeps the changed event as another version.
func (q *eventQueue) write(event *api.Event) {
	event.RowVersion++
	event.UpdatedAt = api.Now()
	q.rows[event.ID] = *event
}

func isOpen(event api.Event) bool { return event.HandledAt == nil && event.DeadAt == nil }

func bySequence(a, b api.Event) int { return cmp.Compare(a.Sequence, b.Sequence) }
