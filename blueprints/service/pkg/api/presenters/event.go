package presenters

import (
	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/api/openapi"
)

// PresentEvent returns event as clients see it.
func PresentEvent(event *api.Event) openapi.Event {
	return openapi.Event{
		Id:        event.ID,
		Kind:      "Event",
		Href:      href("events", event.ID),
		CreatedAt: event.CreatedAt,
		UpdatedAt: event.UpdatedAt,
		Source:    event.Source,
		SourceId:  event.SourceID,
		EventType: string(event.EventType),
		Attempts:  event.Attempts,
		HandledAt: event.HandledAt,
		DeadAt:    event.DeadAt,
		LastError: event.LastError,
	}
}
