package client_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/trexgen/trexgen/blueprints/service/pkg/client"
)

func TestMessages(t *testing.T) {
	t.Parallel()
	const text = ": hello\nretry: 20\nid: 1\n\n" +
		"\n\r\nid: 2\r\nevent: Update\r\ndata: a\r\ndata:b\r\n\r\n" +
		"data: c\nunknown: x\nretry: soon\n\n" +
		"id: 3\ndata: cut off"
	reader := client.NewMessageReader(strings.NewReader(text))
	var got []client.Message
	for {
		m, err := reader.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, m)
	}
	want := []client.Message{
		{ID: "1", Comment: "hello", Retry: 20 * time.Millisecond},
		{ID: "2", Event: "Update", Data: []byte("a\nb")},
		{ID: "2", Data: []byte("c")},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

// script is a server that answers one request after the other as told, the
// last part for ever.
type script struct {
	mu    sync.Mutex
	parts []http.HandlerFunc
	ids   []string // that clients came back with
}

func (s *script) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.ids = append(s.ids, r.Header.Get("Last-Event-ID"))
	part := s.parts[0]
	if len(s.parts) > 1 {
		s.parts = s.parts[1:]
	}
	s.mu.Unlock()
	part(w, r)
}

func status(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

func text(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, text) }
}

func TestWatchGoesOnWhereItWas(t *testing.T) {
	t.Parallel()
	s := &script{parts: []http.HandlerFunc{
		text("retry: 1\nid: 7\n\n"),
		status(http.StatusServiceUnavailable),
		text("id: 7\n\nid: 8\nevent: Create\ndata: a\n\nid: 9\ndata: cut"),
		text(": alive\nid: 10\n\n"),
		text("id: 11\nevent: Delete\ndata: b\n\n"),
		status(http.StatusGone),
	}}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	var got []string
	var last error
	for m, err := range client.Watch(t.Context(), client.New(client.Options{Timeout: -1}), server.URL, "") {
		got, last = append(got, m.ID+" "+m.Event), err
	}
	if diff := cmp.Diff([]string{"7 ", "8 Create", "11 Delete", " "}, got); diff != "" {
		t.Errorf("messages (-want +got)\n%s", diff)
	}
	if !errors.Is(last, client.ErrGone) {
		t.Errorf("got the error %v, want %v", last, client.ErrGone)
	}
	if diff := cmp.Diff([]string{"", "7", "7", "8", "10", "11"}, s.ids); diff != "" {
		t.Errorf("ids (-want +got)\n%s", diff)
	}
}

func TestWatchEnds(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(text("retry: 1\nid: 7\n\n"))
	t.Cleanup(server.Close)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	for _, err := range client.Watch(ctx, http.DefaultClient, server.URL, "") {
		if err != nil {
			t.Error(err)
		}
		cancel()
	}
	for m, err := range client.Watch(t.Context(), http.DefaultClient, server.URL, "") {
		if err != nil || m.ID != "7" {
			t.Errorf("got %+v, %v", m, err)
		}
		break
	}
	var last error
	for _, err := range client.Watch(t.Context(), http.DefaultClient, "http://\x00", "") {
		last = err
	}
	if last == nil {
		t.Error("no error for what is no URL")
	}
}
