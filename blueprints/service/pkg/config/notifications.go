package config

import (
	"github.com/spf13/pflag"

	"github.com/trexgen/trexgen/blueprints/service/pkg/sinks"
	"github.com/trexgen/trexgen/blueprints/service/pkg/webhooks"
)

// The ways of notifications, named by --notifications.
const (
	NotifyNone    = "none"
	NotifyLog     = "log"
	NotifyWebhook = "webhook"
)

// Notifications is the configuration of what people are told about.
type Notifications struct {
	// By is NotifyNone, NotifyLog or NotifyWebhook.
	By string

	// URL is that of the webhook, Key signs what is sent to it unless it is
	// empty.
	URL Secret
	Key Secret

	// AllowPrivate lets the webhook have a private address.
	AllowPrivate bool

	// Events are patterns of what to tell: <source>.<event type>, each of which
	// may be *. That an event is dead is told in any case.
	Events []string
}

func (n *Notifications) bind(fs *pflag.FlagSet) {
	fs.StringVar(&n.By, "notifications", NotifyNone, "none, log or webhook")
	fs.Var(&n.URL, "notifications-url", "`URL` of the webhook that takes notifications")
	fs.Var(&n.Key, "notifications-secret", "`secret` that signs notifications, as webhooks are; none leaves them unsigned")
	fs.BoolVar(&n.AllowPrivate, "notifications-allow-private", false, "let the webhook have a private address, such as localhost")
	fs.StringSliceVar(&n.Events, "notifications-events", []string{"*.*"}, "`patterns` of the events to notify of: <source>.<event type>, each may be *")
}

func (n *Notifications) validate(to *checker) {
	to.oneOf("notifications", n.By, NotifyNone, NotifyLog, NotifyWebhook)
	_, err := sinks.ParsePatterns(n.Events)
	to.errors("notifications-events", err)
	if n.By != NotifyWebhook {
		return
	}
	if n.URL.Reveal() == "" {
		to.check(false, "notifications-url", "is needed with --notifications webhook")
		return
	}
	_, err = webhooks.NewEndpoint(NotifyWebhook, n.URL.Reveal(), n.AllowPrivate)
	to.errors("notifications-url", err)
	if n.Key.Reveal() != "" {
		to.errors("notifications-secret", webhooks.CheckSecret(n.Key.Reveal()))
	}
}
