package test

import (
	"context"
	"errors"
	"io"
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

	body     io.Closer
	cancel   context.CancelFunc
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
// id, if there is one. Headers are names and values in turns. What is against
// the contract of the service is reported.
func (s *Service) Watch(t testing.TB, kinds, id string, headers ...string) *Stream {
	t.Helper()
	checked := &checkedTransport{s.Contract(t), s.URL, newConnection(), t}
	return start(t, checked, s.URL+api.V1Path+"/"+kinds+"?watch=true", id, headers...)
}

// OpenStream begins the stream at url, on a connection of its own.
func OpenStream(t testing.TB, url, id string, headers ...string) *Stream {
	t.Helper()
	return start(t, newConnection(), url, id, headers...)
}

// newConnection returns a transport that keeps no connection for later.
func newConnection() http.RoundTripper { return &http.Transport{DisableKeepAlives: true} }

func start(t testing.TB, transport http.RoundTripper, url, id string, headers ...string) *Stream {
	t.Helper()
	stream, err := openStream(t.Context(), transport, url, id, headers...)
	if err != nil {
		t.Fatalf("watch after %q: %v", id, err)
	}
	stream.t = t
	t.Cleanup(stream.Close)
	if begin := stream.message(); begin.Data != nil || begin.ID == "" || begin.Retry == 0 {
		t.Errorf("the stream begins with %+v, want the id where it stands and a time to retry after", begin)
	}
	return stream
}

func openStream(ctx context.Context, transport http.RoundTripper, url, id string, headers ...string) (*Stream, error) {
	ctx, cancel := context.WithCancel(ctx)
	stream := &Stream{ID: id, cancel: cancel, timer: time.AfterFunc(patience, cancel)}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	if id != "" {
		r.Header.Set("Last-Event-ID", id)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	answer, err := transport.RoundTrip(r) //nolint:bodyclose // Stream.Close does
	if err != nil {
		return nil, err
	}
	stream.Header, stream.body, stream.messages = answer.Header, answer.Body, client.NewMessageReader(answer.Body)
	if answer.StatusCode != http.StatusOK {
		body, err := io.ReadAll(answer.Body)
		stream.Close()
		return nil, errors.Join(&client.StatusError{Status: answer.StatusCode, Body: body}, err)
	}
	return stream, nil
}

// Close ends the stream from the client's side. It may be called again.
func (s *Stream) Close() {
	s.timer.Stop()
	s.cancel()
	_ = s.body.Close() // cut off already
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
