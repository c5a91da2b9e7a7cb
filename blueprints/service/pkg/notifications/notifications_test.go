package notifications_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/notifications"
	"github.com/trexgen/trexgen/blueprints/service/pkg/sinks"
	"github.com/trexgen/trexgen/blueprints/service/pkg/webhooks"
)

var (
	_ sinks.Sink = (*notifications.Sink)(nil)
	_ sinks.Sink = (*notifications.Parked)(nil)
)

// book keeps what is notified, and fails as it is told.
type book struct {
	got []notifications.Notification
	err error
}

func (b *book) Notify(_ context.Context, n notifications.Notification) error {
	b.got = append(b.got, n)
	return b.err
}

func aChange() *api.Event {
	return &api.Event{
		Meta: api.Meta{ID: api.NewID()}, Source: "Owls", SourceID: "01980000-0000-7000-8000-aaaaaaaaaaaa",
		EventType: api.DeleteEvent, Actor: "somebody",
		TraceParent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
	}
}

func TestLogHasALine(t *testing.T) {
	t.Parallel()
	var text bytes.Buffer
	notifier := notifications.NewLog(slog.New(slog.NewJSONHandler(&text, nil)))
	for severity, level := range map[notifications.Severity]string{
		"": "INFO", notifications.Info: "INFO", notifications.Warning: "WARN", notifications.Error: "ERROR", "dire": "INFO",
	} {
		text.Reset()
		event := aChange()
		if err := notifier.Notify(t.Context(), notifications.Notification{Title: "owls", Text: "are late", Severity: severity, Event: event}); err != nil {
			t.Fatal(err)
		}
		var line struct {
			Level, Msg, Text, Notification string
			Event                          map[string]any
		}
		if err := json.Unmarshal(text.Bytes(), &line); err != nil {
			t.Fatal(err)
		}
		if line.Level != level || line.Msg != "owls" || line.Text != "are late" || line.Notification == "" || line.Event["id"] != event.ID {
			t.Errorf("severity %q: got %s, want level %s", severity, text.String(), level)
		}
	}
}

// posted starts a webhook that answers with status, and returns how to notify
// it and what it was sent.
func posted(t *testing.T, status int, header ...string) (notifications.Webhook, <-chan *http.Request, <-chan []byte) {
	t.Helper()
	requests, bodies := make(chan *http.Request, 10), make(chan []byte, 10)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		requests <- r
		bodies <- body
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
	}))
	t.Cleanup(server.Close)
	endpoint, err := webhooks.NewEndpoint("notifications", server.URL, true)
	if err != nil {
		t.Fatal(err)
	}
	sender := webhooks.NewSender(endpoint, webhooks.Options{})
	t.Cleanup(func() { _ = sender.Close() })
	return notifications.NewWebhook(sender), requests, bodies
}

func TestWebhookIsSentJSON(t *testing.T) {
	t.Parallel()
	notifier, requests, bodies := posted(t, http.StatusOK)
	event := aChange()
	if err := notifier.Notify(t.Context(), notifications.Notification{ID: "n1", Title: "owls", Text: "are late", Event: event}); err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(<-bodies, &got); err != nil {
		t.Fatal(err)
	}
	if at, _ := got["time"].(string); at == "" {
		t.Errorf("got no time: %v", got)
	}
	delete(got, "time")
	want := map[string]any{
		"id": "n1", "service": api.ServiceName, "severity": "info", "title": "owls", "text": "are late",
		"event": map[string]any{
			"id": event.ID, "href": api.V1Path + "/events/" + event.ID, "source": "Owls", "source_id": event.SourceID,
			"event_type": "Delete", "actor": "somebody",
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	header := (<-requests).Header
	if header.Get("webhook-id") != "n1" || header.Get("Content-Type") != "application/json" || header.Get("traceparent") != event.TraceParent {
		t.Errorf("got %v", header)
	}
}

func TestNotificationWithoutAnIDHasOneOfItsOwn(t *testing.T) {
	t.Parallel()
	notifier, requests, _ := posted(t, http.StatusOK)
	for range 2 {
		if err := notifier.Notify(t.Context(), notifications.Notification{Title: "t"}); err != nil {
			t.Fatal(err)
		}
	}
	first, second := (<-requests).Header.Get("webhook-id"), (<-requests).Header.Get("webhook-id")
	if first == "" || first == second {
		t.Errorf("ids %q and %q", first, second)
	}
}

func TestFailureOfTheWebhookIsReturned(t *testing.T) {
	t.Parallel()
	notifier, _, _ := posted(t, http.StatusServiceUnavailable, "Retry-After", "7")
	err := notifications.NewSink(notifier, nil).Deliver(t.Context(), aChange())
	if status := (*webhooks.StatusError)(nil); !errors.As(err, &status) || status.Status != http.StatusServiceUnavailable {
		t.Errorf("got %v", err)
	}
}

func TestSinkTellsWhatHappened(t *testing.T) {
	t.Parallel()
	patterns, err := sinks.ParsePatterns([]string{"*.Delete"})
	if err != nil {
		t.Fatal(err)
	}
	b := &book{}
	sink := notifications.NewSink(b, patterns)
	if !sink.Wants("Owls", api.DeleteEvent) || sink.Wants("Owls", api.CreateEvent) {
		t.Error("the sink does not go by its patterns")
	}
	event := aChange()
	if err := sink.Deliver(t.Context(), event); err != nil {
		t.Fatal(err)
	}
	want := []notifications.Notification{{
		ID: event.ID, Title: "Owls: deleted", Text: "Owls " + event.SourceID + " was deleted by somebody", Severity: notifications.Info, Event: event,
	}}
	if diff := cmp.Diff(want, b.got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestParkedTellsWhoCouldNotHandleWhat(t *testing.T) {
	t.Parallel()
	var causes []string
	b := &book{}
	sink := notifications.NewParked(b, func(context.Context, string) ([]string, error) { return causes, nil })
	if sink.Wants("Owls", api.CreateEvent) {
		t.Error("the sink wants events that are written")
	}
	event := aChange()
	if err := sink.Deliver(t.Context(), event); err != nil || len(b.got) > 0 {
		t.Errorf("an event that is dead no more: %v, told %v", err, b.got)
	}
	causes = []string{"handlers: no tree", "webhook:orders: status 410 Gone"}
	if err := sink.Deliver(t.Context(), event); err != nil || len(b.got) != 1 {
		t.Fatalf("%v, told %v", err, b.got)
	}
	got := b.got[0]
	if got.Severity != notifications.Error || got.Event != event || got.ID == event.ID {
		t.Errorf("got %+v", got)
	}
	for _, want := range append(causes, event.ID, event.SourceID) {
		if !strings.Contains(got.Text, want) {
			t.Errorf("the text does not say %s: %s", want, got.Text)
		}
	}
	b.err = errors.New("no paper")
	if err := sink.Deliver(t.Context(), event); !errors.Is(err, b.err) {
		t.Errorf("got %v, want the notifier's error", err)
	}
	away := errors.New("away")
	lost := notifications.NewParked(b, func(context.Context, string) ([]string, error) { return nil, away })
	if err := lost.Deliver(t.Context(), event); !errors.Is(err, away) {
		t.Errorf("got %v, want that of the database", err)
	}
}
