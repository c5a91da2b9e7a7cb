package watch

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/dao"
)

// Load returns the objects that exist among ids as clients see them, by id.
type Load func(ctx context.Context, ids []string) (map[string]any, error)

// Source is where the events of one kind come from.
type Source struct {
	feed *Feed
	name string
	load Load
}

// Source returns the source of this name, whose objects load finds.
func (f *Feed) Source(name string, load Load) *Source { return &Source{f, name, load} }

// message is an event as it goes to all clients.
type message struct {
	position dao.EventPosition
	wire     []byte
}

// Change is the data of a message.
type Change struct {
	Event ChangeEvent `json:"event"`
	// Object is as it was when the message was made, which is after the event;
	// nil if it was gone by then.
	Object any `json:"object"`
}

// ChangeEvent is what clients are told about the event. How it fares with its
// handlers is not theirs to know.
type ChangeEvent struct {
	ID          string        `json:"id"`
	EventType   api.EventType `json:"event_type"`
	Source      string        `json:"source"`
	SourceID    string        `json:"source_id"`
	CreatedAt   time.Time     `json:"created_at"`
	Actor       string        `json:"actor,omitempty"`
	OperationID string        `json:"operation_id,omitempty"`
}

// render makes messages of those events that are the source's, with one query
// for all their objects. If that fails, err says why. What cannot be written as
// JSON is another matter, since no repetition helps: then the messages before it
// come back, with what failed.
func (s *Source) render(ctx context.Context, events []dao.EventAt) (messages []message, failed, err error) {
	var own []dao.EventAt
	var ids []string
	for _, at := range events {
		if at.Event.Source == s.name {
			own = append(own, at)
			ids = append(ids, at.Event.SourceID)
		}
	}
	if len(own) == 0 {
		return nil, nil, nil
	}
	objects, err := s.load(ctx, ids)
	if err != nil {
		return nil, nil, fmt.Errorf("objects of %s: %w", s.name, err)
	}
	messages = make([]message, len(own))
	for i, at := range own {
		wire, err := encode(at, objects[at.Event.SourceID])
		if err != nil {
			return messages[:i], fmt.Errorf("%s %s: %w", s.name, at.Event.SourceID, err), nil
		}
		messages[i] = message{at.Position, wire}
	}
	return messages, nil, nil
}

// encode writes a message: id, event and data, each on a line.
func encode(at dao.EventAt, object any) ([]byte, error) {
	event := at.Event
	var wire bytes.Buffer
	fmt.Fprintf(&wire, "id: %s\nevent: %s\ndata: ", at.Position, event.EventType)
	encoder := json.NewEncoder(&wire) // which writes one line, and its end
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(Change{Object: object, Event: ChangeEvent{
		ID: event.ID, EventType: event.EventType, Source: event.Source, SourceID: event.SourceID,
		CreatedAt: event.CreatedAt, Actor: event.Actor, OperationID: event.OperationID,
	}})
	wire.WriteByte('\n')
	return wire.Bytes(), err
}
