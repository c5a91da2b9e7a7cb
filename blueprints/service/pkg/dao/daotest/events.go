package daotest

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/dao"
)

// Events stands for a dao.EventDao. Its clock is that of the process.
type Events struct {
	*Fake[api.Event]
	*eventQueue // the work of the kinds' handlers

	// Guarded by the mutex of Fake.
	last       int64                  // Sequence
	purged     int64                  // highest Sequence that was
	deliveries map[string]*eventQueue // by consumer
	cursors    map[string]dao.EventPosition
}

// NewEvents returns a log without events.
func NewEvents() *Events {
	events := NewFake[api.Event]()
	queue := &eventQueue{guard: &events.mu, rows: events.objects, leased: map[string]bool{}}
	queue.done = func(event *api.Event) {
		now := api.Now()
		event.HandledAt, event.RunAt, event.LastError = &now, now, nil
		queue.write(event)
	}
	return &Events{
		Fake: events, eventQueue: queue,
		deliveries: map[string]*eventQueue{}, cursors: map[string]dao.EventPosition{},
	}
}

// Deliveries stands for the dao.EventDeliveries to the consumer.
func (e *Events) Deliveries(consumer string) *Deliveries {
	e.mu.Lock()
	defer e.mu.Unlock()
	return &Deliveries{e.deliveriesTo(consumer)}
}

// Deliveries stands for a dao.EventDeliveries.
type Deliveries struct{ *eventQueue }

func (e *Events) deliveriesTo(consumer string) *eventQueue {
	queue := e.deliveries[consumer]
	if queue == nil {
		queue = &eventQueue{guard: &e.mu, rows: map[string]api.Event{}, leased: map[string]bool{}}
		queue.done = func(event *api.Event) { delete(queue.rows, event.ID) }
		e.deliveries[consumer] = queue
	}
	return queue
}

// Create keeps a new event, which is due at once, for the kinds' handlers and
// for each of consumers. As with the database, event gets its id and no more.
func (e *Events) Create(ctx context.Context, event *api.Event, consumers ...string) error {
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
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, consumer := range consumers {
		e.deliveriesTo(consumer).rows[next.ID] = next
	}
	event.ID = next.ID
	return nil
}

// Purge deletes events that were handled longer than kept ago, that all readers
// have passed and that no consumer waits for, up to limit.
func (e *Events) Purge(_ context.Context, kept time.Duration, limit int, readers []string) (int64, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	var purged int64
	for id, event := range e.objects {
		passed := !slices.ContainsFunc(readers, func(reader string) bool { return int64(e.cursors[reader]) < event.Sequence })
		old := event.HandledAt != nil && event.HandledAt.Before(time.Now().Add(-kept))
		if old && passed && len(e.waiting(id)) == 0 && purged < int64(limit) {
			delete(e.objects, id)
			e.purged = max(e.purged, event.Sequence)
			purged++
		}
	}
	return purged, nil
}

// Waiting returns the deliveries that are still to be made or dead.
func (e *Events) Waiting(_ context.Context, ids []string) (map[string][]dao.EventDelivery, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	waiting := map[string][]dao.EventDelivery{}
	for _, id := range ids {
		if found := e.waiting(canonical(id)); len(found) > 0 {
			waiting[canonical(id)] = found
		}
	}
	return waiting, nil
}

func (e *Events) waiting(id string) []dao.EventDelivery {
	var found []dao.EventDelivery
	for consumer, queue := range e.deliveries {
		if event, waits := queue.rows[id]; waits {
			found = append(found, dao.EventDelivery{
				EventID: id, Consumer: consumer, Attempts: event.Attempts,
				RunAt: event.RunAt, DeadAt: event.DeadAt, LastError: event.LastError,
			})
		}
	}
	slices.SortFunc(found, func(a, b dao.EventDelivery) int { return strings.Compare(a.Consumer, b.Consumer) })
	return found
}
