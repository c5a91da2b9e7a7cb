// Package notifications tells people, or what stands in for them, that something
// happened: by the log, by a webhook, or not at all. Code of the service calls a
// Notifier; Sink tells of events, and Parked of those that nobody could handle.
//
// A Notifier tries once and says whether it worked. Who must not lose a
// notification calls it from a handler of events, which is called again.
package notifications

import (
	"context"
	"encoding/json"
	"log/slog"
	"time"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/webhooks"
)

// Severity says how soon somebody should look.
type Severity string

// The severities.
const (
	Info    Severity = "info"
	Warning Severity = "warning"
	Error   Severity = "error"
)

var levels = map[Severity]slog.Level{Info: slog.LevelInfo, Warning: slog.LevelWarn, Error: slog.LevelError}

// Notification is what somebody is told.
type Notification struct {
	// ID is the same when the same is told again; empty makes a new one.
	ID string

	// Title says in a few words what happened, Text all that there is to know.
	Title string
	Text  string

	// Severity is Info if empty.
	Severity Severity

	// Event is what it is about, nil if that is no event.
	Event *api.Event
}

// Notifier passes notifications on.
type Notifier interface {
	Notify(ctx context.Context, notification Notification) error
}

// Nobody is told by the Notifier of this name.
type Nobody struct{}

// Notify does nothing.
func (Nobody) Notify(context.Context, Notification) error { return nil }

// Log writes notifications to the log.
type Log struct{ log *slog.Logger }

// NewLog returns a Notifier that writes to log.
func NewLog(log *slog.Logger) Log { return Log{log} }

// Notify writes a line whose message is the title.
func (l Log) Notify(ctx context.Context, notification Notification) error {
	n := notification.complete()
	fields := []any{"notification", n.ID, "text", n.Text}
	if n.Event != nil {
		fields = append(fields, slog.Group("event", "id", n.Event.ID, "type", n.Event.EventType,
			"source", n.Event.Source, "source_id", n.Event.SourceID))
	}
	l.log.Log(ctx, levels[n.Severity], n.Title, fields...)
	return nil
}

// Webhook posts notifications to an endpoint.
type Webhook struct{ sender *webhooks.Sender }

// NewWebhook returns a Notifier that posts through sender.
func NewWebhook(sender *webhooks.Sender) Webhook { return Webhook{sender} }

// message is a notification as it is posted. Most chats show the text of a
// JSON object that they are sent.
type message struct {
	ID       string    `json:"id"`
	Service  string    `json:"service"`
	Time     time.Time `json:"time"`
	Severity Severity  `json:"severity"`
	Title    string    `json:"title"`
	Text     string    `json:"text"`
	Event    *about    `json:"event,omitempty"`
}

type about struct {
	ID        string        `json:"id"`
	Href      string        `json:"href"`
	Source    string        `json:"source"`
	SourceID  string        `json:"source_id"`
	EventType api.EventType `json:"event_type"`
	Actor     string        `json:"actor,omitempty"`
}

// Notify posts the notification. The error says what went wrong, and shows no
// secret.
func (w Webhook) Notify(ctx context.Context, notification Notification) error {
	n := notification.complete()
	m := message{ID: n.ID, Service: api.ServiceName, Time: api.Now(), Severity: n.Severity, Title: n.Title, Text: n.Text}
	traceParent := ""
	if e := n.Event; e != nil {
		traceParent = e.TraceParent
		m.Event = &about{ID: e.ID, Href: eventPath(e), Source: e.Source, SourceID: e.SourceID, EventType: e.EventType, Actor: e.Actor}
	}
	body, err := json.Marshal(m)
	if err != nil {
		return err
	}
	return w.sender.Send(ctx, webhooks.Message{ID: n.ID, ContentType: "application/json", Body: body, TraceParent: traceParent})
}

// complete returns n with what it leaves open.
func (n Notification) complete() Notification {
	if n.ID == "" {
		n.ID = api.NewID()
	}
	if _, known := levels[n.Severity]; !known {
		n.Severity = Info
	}
	return n
}

// eventPath is where the API shows an event.
func eventPath(event *api.Event) string { return api.V1Path + "/events/" + event.ID }
