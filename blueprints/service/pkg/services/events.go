package services

import (
	"context"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/dao"
	"github.com/trexgen/trexgen/blueprints/service/pkg/db"
)

// EventStore keeps the events.
type EventStore interface {
	Get(ctx context.Context, id string) (*api.Event, error)
	List(ctx context.Context, query dao.Query) (dao.Page[api.Event], error)
	Create(ctx context.Context, event *api.Event) error
}

// EventService publishes events and shows the log of them.
type EventService struct {
	store EventStore
	wake  func()
}

// NewEventService returns a service on store that calls wake after each commit
// that has written an event.
func NewEventService(store EventStore, wake func()) *EventService {
	return &EventService{store: store, wake: wake}
}

// Publish writes the event in the transaction of ctx. The handlers are woken
// once it is committed; should that get lost, their sweep finds the event.
func (s *EventService) Publish(ctx context.Context, what api.EventType, source, id string) error {
	event := &api.Event{Source: source, SourceID: id, EventType: what}
	if err := s.store.Create(ctx, event); err != nil {
		return err
	}
	db.AfterCommit(ctx, s.wake)
	return nil
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
