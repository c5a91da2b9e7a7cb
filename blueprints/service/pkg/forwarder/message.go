package forwarder

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/sinks"
)

// contentType is that of a CloudEvent in the structured mode.
const contentType = "application/cloudevents+json"

// Message is an event on its way to a broker.
type Message struct {
	// ID is the event's, by which repeats can be told.
	ID string

	// Object names the object that the event is about, its kind included:
	// messages with the same Object are to stay in order. A broker with
	// partitions chooses them by it.
	Object string

	// Source and EventType are the event's. A topic is named after them.
	Source    string
	EventType api.EventType

	// TraceParent is the place of the request in its trace, or empty.
	TraceParent string

	// Body is the CloudEvent as JSON.
	Body []byte
}

// Publisher hands messages to a broker.
type Publisher interface {
	// Publish returns nil once the broker has all messages. Until then it may
	// have some, but none whose Object has an earlier message that it does not
	// have. After an error the caller tries again with the same messages first;
	// a message that the broker has already may be repeated.
	Publish(ctx context.Context, messages []Message) error
}

// message returns event as it leaves.
func message(event *api.Event) (Message, error) {
	cloud, err := sinks.CloudEvent(event)
	if err != nil {
		return Message{}, err
	}
	body, err := json.Marshal(cloud)
	if err != nil {
		return Message{}, fmt.Errorf("event %s as JSON: %w", event.ID, err)
	}
	return Message{
		ID: event.ID, Object: event.Source + "/" + event.SourceID, Source: event.Source,
		EventType: event.EventType, TraceParent: event.TraceParent, Body: body,
	}, nil
}
