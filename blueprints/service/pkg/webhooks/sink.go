package webhooks

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/sony/gobreaker/v2"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/controllers"
	"github.com/trexgen/trexgen/blueprints/service/pkg/sinks"
)

const (
	// tripAfter failures in a row open the circuit, and trialAfter is when one
	// request tries whether it can be closed again.
	tripAfter  = 5
	trialAfter = 30 * time.Second

	// trialPause is how long the others wait while one request is on trial.
	trialPause = time.Second
)

// NamePrefix begins the names of sinks; the endpoint's name follows.
const NamePrefix = "webhook:"

// Sink tells an endpoint of the events that it wants.
type Sink struct {
	sender  *Sender
	breaker *gobreaker.CircuitBreaker[struct{}]
	trial   time.Duration // comes so long after the circuit was opened

	mu     sync.Mutex
	opened time.Time // of the circuit
}

// NewSink returns the sink of endpoint.
func NewSink(endpoint Endpoint, options Options) *Sink {
	s := &Sink{sender: NewSender(endpoint, options), trial: cmp.Or(options.TrialAfter, trialAfter)}
	s.breaker = gobreaker.NewCircuitBreaker[struct{}](gobreaker.Settings{
		Name:          endpoint.Name,
		Timeout:       s.trial,
		ReadyToTrip:   func(counts gobreaker.Counts) bool { return counts.ConsecutiveFailures >= tripAfter },
		IsSuccessful:  alive,
		IsExcluded:    func(err error) bool { return errors.Is(err, context.Canceled) },
		OnStateChange: s.changed,
	})
	return s
}

// Name is "webhook:" and the endpoint's name.
func (s *Sink) Name() string { return NamePrefix + s.sender.endpoint.Name }

// Wants goes by the endpoint's patterns.
func (s *Sink) Wants(source string, what api.EventType) bool {
	return s.sender.endpoint.Events.Match(source, what)
}

// Close ends the connections that idle.
func (s *Sink) Close() error { return s.sender.Close() }

// Open tells whether the endpoint is left in peace because it does not answer.
func (s *Sink) Open() bool { return s.breaker.State() == gobreaker.StateOpen }

// Deliver posts event as a CloudEvent. Its errors tell package controllers what
// the endpoint wants:
//
//	2xx                         it has the event
//	410 Gone                    it wants no more: the event is dead at once
//	429 Too Many Requests       nothing is sent to it for a while; the attempt does not count
//	503, with Retry-After       the next attempt is not before
//	all else, no answer at all  another attempt later
//
// After five failures in a row that are those of the endpoint rather than of an
// event (no answer, 5xx) nothing is sent for half a minute, and no attempt is
// counted; then one event is tried.
func (s *Sink) Deliver(ctx context.Context, event *api.Event) error {
	message, err := messageOf(event)
	if err != nil {
		return controllers.Park(err)
	}
	_, err = s.breaker.Execute(func() (struct{}, error) {
		return struct{}{}, s.sender.Send(ctx, message)
	})
	switch {
	case errors.Is(err, gobreaker.ErrOpenState):
		return controllers.Pause(s.untilTrial(), err)
	case errors.Is(err, gobreaker.ErrTooManyRequests):
		return controllers.Pause(min(trialPause, s.trial), err)
	}
	return advise(err)
}

// advise says what a failure means for the event, and for those behind it.
func advise(err error) error {
	status := (*StatusError)(nil)
	switch {
	case !errors.As(err, &status):
		return err
	case status.Status == http.StatusGone:
		return controllers.Park(err)
	case status.Status == http.StatusTooManyRequests:
		return controllers.Pause(max(status.RetryAfter, time.Second), err)
	case status.RetryAfter > 0:
		return controllers.RetryAfter(status.RetryAfter, err)
	}
	return err
}

// alive tells whether the endpoint is at work, whatever it thinks of the event.
// Otherwise a few events that it refuses would hold up all others.
func alive(err error) bool {
	status := (*StatusError)(nil)
	return err == nil || errors.As(err, &status) && status.Status >= 400 && status.Status < 500
}

func (s *Sink) changed(_ string, _, to gobreaker.State) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if to == gobreaker.StateOpen {
		s.opened = time.Now()
	}
}

func (s *Sink) untilTrial() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return max(s.trial-time.Since(s.opened), 0)
}

// messageOf is what is sent about an event.
func messageOf(what *api.Event) (Message, error) {
	e, err := sinks.CloudEvent(what)
	if err != nil {
		return Message{}, err
	}
	body, err := json.Marshal(e)
	if err != nil {
		return Message{}, err
	}
	return Message{ID: what.ID, ContentType: event.ApplicationCloudEventsJSON, Body: body, TraceParent: what.TraceParent}, nil
}
