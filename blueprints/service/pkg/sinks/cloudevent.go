package sinks

import (
	"fmt"
	"net/url"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/cloudevents/sdk-go/v2/extensions"

	spec "github.com/trexgen/trexgen/blueprints/service/openapi"
	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
)

// Data is the data of a CloudEvent: which object was changed, how and by whom.
// What the object looks like is to be asked for at Href, since it may have
// changed again since.
type Data struct {
	// ID is the object's id, Href its path in the API, empty if it has none.
	ID   string `json:"id"`
	Href string `json:"href,omitempty"`

	EventType api.EventType `json:"event_type"`

	// Actor is who changed the object, OperationID the request that did.
	Actor       string `json:"actor,omitempty"`
	OperationID string `json:"operation_id,omitempty"`
}

// CloudEvent returns what as CloudEvents 1.0 has it:
//
//	id           the event's id: a repeat has the same
//	source       /<service>/<source>
//	type         <service>.<source>.<event type>
//	subject      the object's id
//	time         when it was written
//	sequence     the order of writing, as text that sorts
//	traceparent  the place of the request in its trace, if it had one
//	data         Data, as JSON
//
// It is an error if that is no valid CloudEvent, as without an id or a source.
func CloudEvent(what *api.Event) (event.Event, error) {
	e := event.New(event.CloudEventsVersionV1)
	e.SetID(what.ID)
	e.SetSource("/" + api.ServiceName + "/" + url.PathEscape(what.Source))
	e.SetType(Type(what.Source, what.EventType))
	e.SetSubject(what.SourceID)
	e.SetTime(what.CreatedAt)
	e.SetExtension("sequence", fmt.Sprintf("%019d", what.Sequence))
	extensions.DistributedTracingExtension{TraceParent: what.TraceParent}.AddTracingAttributes(&e)
	data := Data{ID: what.SourceID, EventType: what.EventType, Actor: what.Actor, OperationID: what.OperationID}
	if path, ok := spec.PathOf(what.Source); ok {
		data.Href = path + "/" + url.PathEscape(what.SourceID)
	}
	if err := e.SetData(event.ApplicationJSON, data); err != nil {
		return event.Event{}, fmt.Errorf("event %s as CloudEvent: %w", what.ID, err)
	}
	if err := e.Validate(); err != nil {
		return event.Event{}, fmt.Errorf("event %s as CloudEvent: %w", what.ID, err)
	}
	return e, nil
}

// Type is the type of the CloudEvents about what happens to the objects of a
// source.
func Type(source string, what api.EventType) string {
	return api.ServiceName + "." + source + "." + string(what)
}
