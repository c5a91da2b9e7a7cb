// Package sinks is what takes events out of the service: a Sink is told of the
// events that it wants, each at least once and in order for one object, and
// CloudEvent is the form in which they leave. The package sends nothing and
// keeps nothing: packages webhooks and notifications are sinks, and package
// controllers calls them, one Manager a sink, so that none waits for another.
//
//	service ── event and one delivery a sink that wants it, in one transaction
//	              └─→ Manager of the sink ─→ Deliver
package sinks

import (
	"context"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
)

// Sink takes events somewhere.
type Sink interface {
	// Name names the sink in the database, in metrics and in the log. What is
	// still to be delivered is kept under it, so it must not change.
	Name() string

	// Wants tells whether the sink is to be told of such events. It is asked
	// while the event is written.
	Wants(source string, what api.EventType) bool

	// Deliver hands event over. It is called again after an error, or if the
	// service ends before it is known that it has succeeded.
	Deliver(ctx context.Context, event *api.Event) error
}
