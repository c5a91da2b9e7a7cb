package test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/client"
)

// Stream is a connection that streams the changes of a kind.
type Stream struct {
	// Header is that of the answer.
	Header http.Header

	// ID is that of the last message, with which another stream goes on.
	ID string

	body     interface{ Close() error }
	messages *client.MessageReader
	timer    *time.Timer
	t        testing.TB
}

// Told is a change that a stream told of.
type Told struct {
	ID     string
	Type   string
	Event  map[string]any
	Object map[string]any // nil if it is gone

	// Data is the whole as it came.
	Data []byte
}

// Watch begins a stream of the kind with this path, after the message with the
// id, if there is one. Headers are names and values in turns.
func (s *Service) Watch(t testing.TB, kinds, id string, headers ...string) *Stream {
	t.Helper()
	stream, answer := s.TryWatch(t, kinds, id, headers...)
	if stream == nil {
		t.Fatalf("watch %s after %q: got %d %s", kinds, id, answer.Status, answer.Body)
	}
	return stream
}

// TryWatch is Watch, but returns the answer if that is no stream.
func (s *Service) TryWatch(t testing.TB, kinds, id string, headers ...string) (*Stream, Response) {
	t.Helper()
	url := s.URL + api.V1Path + "/" + kinds + "?watch=true"
	ctx, cancel := context.WithCancel(t.Context())
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if id != "" {
		r.Header.Set("Last-Event-ID", id)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	timer := time.AfterFunc(patience, cancel)
	answer, err := s.streams.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	if answer.StatusCode != http.StatusOK {
		defer timer.Stop()
		return nil, read(t, answer, "GET "+url)
	}
	stream := &Stream{
		Header: answer.Header, ID: id,
		body: answer.Body, messages: client.NewMessageReader(answer.Body), timer: timer, t: t,
	}
	t.Cleanup(stream.Close)
	if begin := stream.message(); begin.Data != nil || begin.ID == "" || begin.Retry == 0 {
		t.Errorf("the stream begins with %+v, want the id where it stands and a time to retry after", begin)
	}
	return stream, Response{}
}

// Close ends the stream from the client's side. It may be called again.
func (s *Stream) Close() {
	s.timer.Stop()
	if err := s.body.Close(); err != nil && !errors.Is(err, context.Canceled) {
		s.t.Error(err)
	}
}

// message waits for the next message, with or without data.
func (s *Stream) message() client.Message {
	s.t.Helper()
	m, err := s.messages.Next()
	if err != nil {
		s.t.Fatalf("after %s the stream ended: %v", s.ID, err)
	}
	s.ID = m.ID
	return m
}

// Beat waits for a sign of life.
func (s *Stream) Beat() {
	s.t.Helper()
	if m := s.message(); m.Data != nil || m.Comment == "" {
		s.t.Errorf("got %+v, want a comment", m)
	}
}

// Next waits for n changes.
func (s *Stream) Next(n int) []Told {
	s.t.Helper()
	changes := make([]Told, 0, n)
	for len(changes) < n {
		if m := s.message(); m.Data != nil {
			changes = append(changes, told(s.t, m))
		}
	}
	return changes
}

// Rest returns the changes up to the end of the stream, and its last comment.
func (s *Stream) Rest() (changes []Told, comment string, err error) {
	s.t.Helper()
	for {
		m, err := s.messages.Next()
		if err != nil {
			return changes, comment, err
		}
		s.ID = m.ID
		if comment = m.Comment; m.Data != nil {
			changes = append(changes, told(s.t, m))
		}
	}
}

func told(t testing.TB, m client.Message) Told {
	t.Helper()
	data := decode[struct{ Event, Object map[string]any }](t, m.Data)
	return Told{ID: m.ID, Type: m.Event, Event: data.Event, Object: data.Object, Data: m.Data}
}
