package services

import (
	"context"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/auth"
	"github.com/trexgen/trexgen/blueprints/service/pkg/dao"
	"github.com/trexgen/trexgen/blueprints/service/pkg/db"
	"github.com/trexgen/trexgen/blueprints/service/pkg/logger"
	"github.com/trexgen/trexgen/blueprints/service/pkg/telemetry"
)

// EventStore keeps the events.
type EventStore interface {
	Get(ctx context.Context, id string) (*api.Event, error)
	List(ctx context.Context, query dao.Query) (dao.Page[api.Event], error)

	// Waiting returns, by the events' ids, what consumers still have to be told.
	Waiting(ctx context.Context, ids []string) (map[string][]dao.EventDelivery, error)

	// Create writes event in the transaction of ctx, and with it that each of
	// consumers has to be told. Event gets its id. In a transaction the error may
	// come with a later statement or the commit.
	Create(ctx context.Context, event *api.Event, consumers ...string) error
}

// Publishing says what else belongs to publishing an event. What is nil is not
// asked.
type Publishing struct {
	// Consumers are those, besides the kind's own handlers, that have to be told
	// of what happened to an object of source.
	Consumers func(source string, what api.EventType) []string

	// Record writes down more about an event in its transaction, which an error
	// undoes: the object, the event and all. The event has no sequence yet, nor
	// its times: these are the database's.
	Record []func(ctx context.Context, event *api.Event) error

	// Observe is told of an event that has been committed.
	Observe func(event *api.Event)
}

// EventService publishes events and shows the log of them.
type EventService struct {
	store      EventStore
	wake       func()
	publishing Publishing
}

// NewEventService returns a service on store that calls wake after each commit
// that has written an event.
func NewEventService(store EventStore, wake func(), publishing Publishing) *EventService {
	return &EventService{store: store, wake: wake, publishing: publishing}
}

// Publish writes the event in the transaction of ctx: what happened, who did it,
// by which request and in which trace. The handlers are woken once it is
// committed; should that get lost, their sweep finds the event.
func (s *EventService) Publish(ctx context.Context, what api.EventType, source, id string) error {
	event := &api.Event{
		Source: source, SourceID: id, EventType: what,
		OperationID: logger.OperationID(ctx), TraceParent: telemetry.TraceParent(ctx),
	}
	if who, known := auth.FromContext(ctx); known {
		event.Actor = who.Subject
	}
	if err := s.store.Create(ctx, event, s.consumers(source, what)...); err != nil {
		return err
	}
	for _, record := range s.publishing.Record {
		if err := record(ctx, event); err != nil {
			return err
		}
	}
	db.AfterCommit(ctx, func() { s.committed(event) })
	return nil
}

func (s *EventService) consumers(source string, what api.EventType) []string {
	if s.publishing.Consumers == nil {
		return nil
	}
	return s.publishing.Consumers(source, what)
}

// committed follows the commit of event.
func (s *EventService) committed(event *api.Event) {
	s.wake()
	if s.publishing.Observe != nil {
		s.publishing.Observe(event)
	}
}

// Get returns the event, or an error of the code NotFound.
func (s *EventService) Get(ctx context.Context, id string) (*api.Event, error) {
	event, err := s.store.Get(ctx, id)
	return event, explain("Event", id, err)
}

// List returns a page of events.
func (s *EventService) List(ctx context.Context, query dao.Query) (dao.Page[api.Event], error) {
	page, err := s.store.List(ctx, query)
	return page, explain("Event", "", err)
}

// Waiting returns, by the events' ids, the deliveries that are left or dead.
func (s *EventService) Waiting(ctx context.Context, ids []string) (map[string][]dao.EventDelivery, error) {
	waiting, err := s.store.Waiting(ctx, ids)
	return waiting, explain("Event", "", err)
}
