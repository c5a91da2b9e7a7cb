package presenters

import (
	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/api/openapi"
	"github.com/trexgen/trexgen/blueprints/service/pkg/dao"
)

// PresentEvent returns event, of which these deliveries are left, as clients see
// it.
func PresentEvent(event *api.Event, deliveries []dao.EventDelivery) openapi.Event {
	return openapi.Event{
		Id:          event.ID,
		Kind:        "Event",
		Href:        href("events", event.ID),
		CreatedAt:   event.CreatedAt,
		UpdatedAt:   event.UpdatedAt,
		Source:      event.Source,
		SourceId:    event.SourceID,
		EventType:   string(event.EventType),
		Actor:       unlessEmpty(event.Actor),
		OperationId: unlessEmpty(event.OperationID),
		Attempts:    event.Attempts,
		HandledAt:   event.HandledAt,
		DeadAt:      event.DeadAt,
		LastError:   event.LastError,
		Deliveries:  presentDeliveries(deliveries),
	}
}

func presentDeliveries(deliveries []dao.EventDelivery) *[]openapi.EventDelivery {
	if len(deliveries) == 0 {
		return nil
	}
	presented := make([]openapi.EventDelivery, len(deliveries))
	for i, delivery := range deliveries {
		presented[i] = openapi.EventDelivery{
			Consumer: delivery.Consumer, Attempts: delivery.Attempts, DeadAt: delivery.DeadAt, LastError: delivery.LastError,
		}
		if delivery.DeadAt == nil {
			presented[i].NextAttemptAt = &delivery.RunAt
		}
	}
	return &presented
}

// unlessEmpty is text, left out if it is empty.
func unlessEmpty(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
