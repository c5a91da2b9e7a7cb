package environments

import (
	"context"

	"github.com/trexgen/trexgen/blueprints/service/pkg/dao"
	"github.com/trexgen/trexgen/blueprints/service/pkg/services"
)

// Services has a typed locator for each service. `trexgen add kind` adds one
// for each kind, with a comment, so that no name moves the others aside.
type Services struct {
	Generic GenericServiceLocator
	Events  EventServiceLocator
	// FossilEntries finds the service of fossil entries.
	FossilEntries FossilEntryServiceLocator
}

// loadServices wires the services. `trexgen add kind` adds a line for each
// kind.
func (e *Env) loadServices(context.Context) error {
	e.Services.Events = NewEventServiceLocator(e)
	e.Services.Generic = NewGenericServiceLocator(e)
	e.Services.FossilEntries = NewFossilEntryServiceLocator(e)

	return nil
}

// GenericServiceLocator finds the tools that the services of all kinds are
// built with: transactions, locks, events, the log.
type GenericServiceLocator func() services.Tools

// NewGenericServiceLocator returns the locator for e.
func NewGenericServiceLocator(e *Env) GenericServiceLocator {
	tools := services.Tools{
		Tx:      e.Database.Sessions,
		Locks:   e.Database.Locks,
		Events:  e.Services.Events(),
		Effects: dao.NewEventEffects(e.Database.Sessions),
		Log:     e.Log,
	}
	return func() services.Tools { return tools }
}

// EventServiceLocator finds the service of events.
type EventServiceLocator func() *services.EventService

// NewEventServiceLocator returns the locator for e.
func NewEventServiceLocator(e *Env) EventServiceLocator {
	service := services.NewEventService(dao.NewEventDao(e.Database.Sessions), e.announceEvents, services.Publishing{
		Consumers: e.consumersOf,
		Record:    e.recorders(),
		Observe:   e.events.metrics.Published,
	})
	return func() *services.EventService { return service }
}
