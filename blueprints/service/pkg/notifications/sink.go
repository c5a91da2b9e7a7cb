package notifications

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/controllers"
	"github.com/trexgen/trexgen/blueprints/service/pkg/sinks"
	"github.com/trexgen/trexgen/blueprints/service/pkg/webhooks"
)

// The names of the sinks, and that of the endpoint of the webhook, which no other
// endpoint can have.
const (
	EventsName   = "notifications"
	ParkedName   = "notifications:parked"
	EndpointName = "notifications:webhook"
)

// Sink notifies of the events that patterns match.
type Sink struct {
	notifier Notifier
	patterns sinks.Patterns
}

// NewSink returns the sink.
func NewSink(notifier Notifier, patterns sinks.Patterns) *Sink {
	return &Sink{notifier: notifier, patterns: patterns}
}

// Name is EventsName.
func (s *Sink) Name() string { return EventsName }

// Wants goes by the patterns.
func (s *Sink) Wants(source string, what api.EventType) bool { return s.patterns.Match(source, what) }

// verbs say what an event type is to people.
var verbs = map[api.EventType]string{api.CreateEvent: "created", api.UpdateEvent: "updated", api.DeleteEvent: "deleted"}

// Deliver notifies of event.
func (s *Sink) Deliver(ctx context.Context, event *api.Event) error {
	by := ""
	if event.Actor != "" {
		by = " by " + event.Actor
	}
	return advise(s.notifier.Notify(ctx, Notification{
		ID:       event.ID,
		Title:    fmt.Sprintf("%s: %s", event.Source, verbs[event.EventType]),
		Text:     fmt.Sprintf("%s %s was %s%s", event.Source, event.SourceID, verbs[event.EventType], by),
		Severity: Info,
		Event:    event,
	}))
}

// Parked notifies of events that are dead for some consumer. It is told of them
// one by one, not when they are written: it wants none.
type Parked struct {
	notifier Notifier
	causes   func(ctx context.Context, id string) ([]string, error)
}

// NewParked returns the sink. causes returns who could not handle the event of
// an id and why, for people to read.
func NewParked(notifier Notifier, causes func(ctx context.Context, id string) ([]string, error)) *Parked {
	return &Parked{notifier: notifier, causes: causes}
}

// Name is ParkedName.
func (p *Parked) Name() string { return ParkedName }

// Wants nothing.
func (p *Parked) Wants(string, api.EventType) bool { return false }

// Deliver notifies that event is dead. If that is so no longer, somebody has
// seen to it, and nobody is told.
func (p *Parked) Deliver(ctx context.Context, event *api.Event) error {
	causes, err := p.causes(ctx, event.ID)
	if err != nil || len(causes) == 0 {
		return err
	}
	return advise(p.notifier.Notify(ctx, Notification{
		ID:       event.ID + ".parked",
		Title:    "an event could not be handled",
		Text:     fmt.Sprintf("event %s (%s of %s %s) is parked as dead:\n%s", event.ID, event.EventType, event.Source, event.SourceID, strings.Join(causes, "\n")),
		Severity: Error,
		Event:    event,
	}))
}

// advise says when a webhook that asks to wait is to be tried again. All else is
// an attempt that has failed.
func advise(err error) error {
	status := (*webhooks.StatusError)(nil)
	switch {
	case !errors.As(err, &status):
		return err
	case status.Status == http.StatusTooManyRequests:
		return controllers.Pause(status.RetryAfter, err)
	case status.RetryAfter > 0:
		return controllers.RetryAfter(status.RetryAfter, err)
	}
	return err
}
