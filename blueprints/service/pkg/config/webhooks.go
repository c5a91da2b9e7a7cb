package config

import (
	"time"

	"github.com/spf13/pflag"

	"github.com/trexgen/trexgen/blueprints/service/pkg/webhooks"
)

// Webhooks is the configuration of the endpoints that are told of events.
type Webhooks struct {
	// Endpoints is YAML (or JSON), as webhooks.ParseEndpoints reads it. It is a
	// secret because it holds the keys that sign.
	Endpoints Secret

	// AllowPrivate lets all of them have private addresses.
	AllowPrivate bool

	// MaxAttempts is the number of attempts after which an event is dead to an
	// endpoint. Backoff is the time before the second one; it doubles with each
	// up to MaxBackoff. They are for all sinks.
	MaxAttempts int
	Backoff     time.Duration
	MaxBackoff  time.Duration
}

func (w *Webhooks) bind(fs *pflag.FlagSet) {
	fs.Var(&w.Endpoints, "webhooks", "endpoints that are told of events, as `YAML`: see docs/sinks.md")
	fs.BoolVar(&w.AllowPrivate, "webhooks-allow-private", false, "let endpoints have private addresses, such as localhost; better say so for single ones")
	fs.IntVar(&w.MaxAttempts, "webhooks-max-attempts", 20, "failures after which an event is parked as dead for a webhook, or a notification")
	fs.DurationVar(&w.Backoff, "webhooks-backoff", 5*time.Second, "time before the second attempt of a webhook; it doubles with each one")
	fs.DurationVar(&w.MaxBackoff, "webhooks-max-backoff", 4*time.Hour, "longest time between two attempts of a webhook")
}

func (w *Webhooks) validate(to *checker) {
	_, err := webhooks.ParseEndpoints(w.Endpoints.Reveal(), w.AllowPrivate)
	to.errors("webhooks", err)
	to.atLeast("webhooks-max-attempts", 1, int64(w.MaxAttempts))
	to.positive("webhooks-backoff", w.Backoff)
	to.check(w.MaxBackoff >= w.Backoff, "webhooks-max-backoff", "%s is less than --webhooks-backoff (%s)", w.MaxBackoff, w.Backoff)
}
