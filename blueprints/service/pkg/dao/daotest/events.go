package daotest

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
)

// Events stands for a dao.EventDao. Its clock is that of the process.
type Events struct {
	*Fake[api.Event]
	last int64 // Sequence; guarded by the mutex of Fake
}

// NewEvents returns a log without events.
func NewEvents() *Events { return &Events{Fake: NewFake[api.Event]()} }

// Create keeps a new event, which is due at once. It knows no other consumers
// than the kinds' handlers.
func (e *Events) Create(ctx context.Context, event *api.Event, _ ...string) error {
	next := api.Event{
		Meta: api.Meta{ID: event.ID}, Source: event.Source, SourceID: event.SourceID, EventType: event.EventType,
		Actor: event.Actor, OperationID: event.OperationID, TraceParent: event.TraceParent,
	}
	next.RunAt = api.Now()
	e.mu.Lock()
	e.last++
	next.Sequence = e.last
	e.mu.Unlock()
	if err := e.Fake.Create(ctx, &next); err != nil {
		return err
	}
	*event = next
	return nil
}

// Claim leases the oldest open event of each object that is due, up to limit.
func (e *Events) Claim(_ context.Context, limit int, lease time.Duration) ([]api.Event, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	type object struct{ source, id string }
	seen := map[object]bool{}
	var due []api.Event
	for _, event := range e.open() {
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
		e.write(&due[i])
	}
	slices.SortFunc(due, bySequence)
	return due, nil
}

// Done marks claimed events as handled.
func (e *Events) Done(_ context.Context, events ...api.Event) error {
	return e.settle(events, func(event *api.Event) {
		now := api.Now()
		event.HandledAt, event.LastError = &now, nil
	})
}

// Release gives claimed events back as if they had not been claimed.
func (e *Events) Release(_ context.Context, events ...api.Event) error {
	return e.settle(events, func(event *api.Event) {
		event.Attempts--
		event.RunAt = api.Now()
	})
}

// Fail records why a claimed event was not handled.
func (e *Events) Fail(_ context.Context, event api.Event, cause error, retryAfter time.Duration, dead bool) error {
	return e.settle([]api.Event{event}, func(event *api.Event) {
		now, text := api.Now(), cause.Error()
		event.LastError, event.RunAt = &text, now.Add(retryAfter)
		if dead {
			event.DeadAt = &now
		}
	})
}

// Purge deletes events that were handled before the given time, up to limit.
func (e *Events) Purge(_ context.Context, before time.Time, limit int, _ []string) (int64, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	var purged int64
	for id, event := range e.objects {
		if event.HandledAt != nil && event.HandledAt.Before(before) && purged < int64(limit) {
			delete(e.objects, id)
			purged++
		}
	}
	return purged, nil
}

// settle changes events that nobody has written since they were claimed.
func (e *Events) settle(events []api.Event, change func(*api.Event)) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, claimed := range events {
		event, exists := e.objects[claimed.ID]
		if !exists || event.RowVersion != claimed.RowVersion || event.HandledAt != nil || event.DeadAt != nil {
			continue
		}
		change(&event)
		e.write(&event)
	}
	return nil
}

// open returns what is neither handled nor dead, in the order of writing.
func (e *Events) open() []api.Event {
	var open []api.Event
	for _, event := range e.objects {
		if event.HandledAt == nil && event.DeadAt == nil {
			open = append(open, event)
		}
	}
	slices.SortFunc(open, bySequence)
	return open
}

// write keeps the changed event as another version.
func (e *Events) write(event *api.Event) {
	event.RowVersion++
	event.UpdatedAt = api.Now()
	e.objects[event.ID] = *event
}

func bySequence(a, b api.Event) int { return cmp.Compare(a.Sequence, b.Sequence) }
