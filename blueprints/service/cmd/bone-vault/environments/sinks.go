package environments

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	spec "github.com/trexgen/trexgen/blueprints/service/openapi"
	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/config"
	"github.com/trexgen/trexgen/blueprints/service/pkg/controllers"
	"github.com/trexgen/trexgen/blueprints/service/pkg/dao"
	"github.com/trexgen/trexgen/blueprints/service/pkg/notifications"
	"github.com/trexgen/trexgen/blueprints/service/pkg/sinks"
	"github.com/trexgen/trexgen/blueprints/service/pkg/webhooks"
)

// loadSinks builds what takes events out of the service, as far as it is
// configured. Each sink has workers of its own.
func (e *Env) loadSinks(context.Context) error {
	requests := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "webhook_requests_total", Help: "Requests to endpoints; the status is ok, a number, or what went wrong instead.",
	}, []string{"endpoint", "status"})
	if err := e.Metrics.Register(requests); err != nil {
		return err
	}
	options := webhooks.Options{
		Observe: func(endpoint, status string) { requests.WithLabelValues(endpoint, status).Inc() },
	}
	// First, for all other managers tell of their dead events.
	return errors.Join(e.loadNotifications(options), e.loadWebhooks(options))
}

// loadNotifications sets Clients.Notifier.
func (e *Env) loadNotifications(options webhooks.Options) error {
	from := e.Config.Notifications
	switch from.By {
	case config.NotifyLog:
		e.Clients.Notifier = notifications.NewLog(e.Log)
	case config.NotifyWebhook:
		endpoint, err := notificationsEndpoint(from)
		if err != nil {
			return fmt.Errorf("notifications: %w", err)
		}
		sender := webhooks.NewSender(endpoint, options)
		e.close = append(e.close, sender.Close)
		e.Clients.Notifier = notifications.NewWebhook(sender)
	default:
		e.Clients.Notifier = notifications.Nobody{}
		return nil
	}
	patterns, err := sinks.ParsePatterns(from.Events)
	if err != nil {
		return fmt.Errorf("notifications: %w", err)
	}
	e.warnOfUnknown(notifications.EventsName, patterns)
	parked := dao.NewEventDeliveries(e.Database.Sessions, notifications.ParkedName)
	err = errors.Join(
		e.addSink(notifications.NewSink(e.Clients.Notifier, patterns), webhooks.DefaultTimeout),
		e.addSink(notifications.NewParked(e.Clients.Notifier, e.causesOfDeath), webhooks.DefaultTimeout),
	)
	e.events.parked = parked.Add
	return err
}

func notificationsEndpoint(from config.Notifications) (webhooks.Endpoint, error) {
	var secrets []string
	if key := from.Key.Reveal(); key != "" {
		secrets = append(secrets, key)
	}
	return webhooks.NewEndpoint(notifications.EndpointName, from.URL.Reveal(), from.AllowPrivate, secrets...)
}

func (e *Env) loadWebhooks(options webhooks.Options) error {
	from := e.Config.Webhooks
	endpoints, err := webhooks.ParseEndpoints(from.Endpoints.Reveal(), from.AllowPrivate)
	if err != nil {
		return fmt.Errorf("webhooks: %w", err)
	}
	for _, endpoint := range endpoints {
		sink := webhooks.NewSink(endpoint, options)
		e.close = append(e.close, sink.Close)
		e.warnOfUnknown(sink.Name(), endpoint.Events)
		open := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "webhook_circuit_open", Help: "1 while nothing is sent to the endpoint because it does not answer.",
			ConstLabels: prometheus.Labels{"endpoint": endpoint.Name},
		}, func() float64 {
			if sink.Open() {
				return 1
			}
			return 0
		})
		if err := errors.Join(e.Metrics.Register(open), e.addSink(sink, endpoint.Timeout)); err != nil {
			return err
		}
	}
	return nil
}

// addSink has sink told of events. One call of it takes up to timeout.
func (e *Env) addSink(sink sinks.Sink, timeout time.Duration) error {
	from := e.Config.Webhooks
	return e.addConsumer(sink.Name(), sink.Wants, sink.Deliver, func(cfg *controllers.Config) {
		cfg.MaxAttempts, cfg.BackoffBase, cfg.BackoffMax = from.MaxAttempts, from.Backoff, from.MaxBackoff
		// A handler has three quarters of the lease, less what the event waited.
		cfg.Lease = max(cfg.Lease, 2*timeout)
	})
}

// warnOfUnknown says which sources of patterns no kind has: it may be that only
// code of the service publishes them, or that they are misspelt.
func (e *Env) warnOfUnknown(sink string, patterns sinks.Patterns) {
	for _, source := range patterns.Sources() {
		if _, known := spec.PathOf(source); !known {
			e.Log.Warn("no kind is the source of the events that a sink wants", "sink", sink, "source", source)
		}
	}
}

// causesOfDeath says for whom an event is dead and why.
func (e *Env) causesOfDeath(ctx context.Context, id string) ([]string, error) {
	log := dao.NewEventDao(e.Database.Sessions)
	event, err := log.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	waiting, err := log.Waiting(ctx, []string{id})
	if err != nil {
		return nil, err
	}
	var causes []string
	if event.DeadAt != nil {
		causes = append(causes, "handlers: "+text(event.LastError))
	}
	for _, delivery := range waiting[id] {
		if delivery.DeadAt != nil {
			causes = append(causes, delivery.Consumer+": "+text(delivery.LastError))
		}
	}
	return causes, nil
}

func text(s *string) string {
	if s == nil {
		return "no reason is known"
	}
	return *s
}

// tellDead returns events such that somebody is told of those that become dead,
// if anybody wants to know. The managers of the notifications themselves are
// made before there is anybody.
func (e *Env) tellDead(events controllers.Events) controllers.Events {
	if e.events.parked == nil {
		return events
	}
	return deadTold{events, e.Database.Sessions.InTx, e.events.parked}
}

// deadTold is Events that has somebody told of those that are dead: in the
// transaction that makes them so, so that none is missed.
type deadTold struct {
	controllers.Events
	inTx func(ctx context.Context, fn func(ctx context.Context) error) error
	tell func(ctx context.Context, id string) error
}

// Fail records a failure, and has it told if it is the last one.
func (d deadTold) Fail(ctx context.Context, event api.Event, cause error, retryAfter time.Duration, dead bool) error {
	if !dead {
		return d.Events.Fail(ctx, event, cause, retryAfter, dead)
	}
	return d.inTx(ctx, func(ctx context.Context) error {
		if err := d.Events.Fail(ctx, event, cause, retryAfter, dead); err != nil {
			return err
		}
		return d.tell(ctx, event.ID)
	})
}
