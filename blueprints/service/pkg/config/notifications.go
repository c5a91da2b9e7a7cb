package config

import (
	"slices"

	"github.com/spf13/pflag"
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

	// URL is that of the webhook.
	URL Secret

	// Events are patterns of what to tell: <source>.<event type>, each of which
	// may be *.
	Events []string
}

func (n *Notifications) bind(fs *pflag.FlagSet) {
	fs.StringVar(&n.By, "notifications", NotifyNone, "none, log or webhook")
	fs.Var(&n.URL, "notifications-url", "`URL` of the webhook that takes notifications")
	fs.StringSliceVar(&n.Events, "notifications-events", []string{"*.*"}, "`patterns` of the events to notify of: <source>.<event type>, each may be *")
}

func (n *Notifications) validate(to *checker) {
	to.oneOf("notifications", n.By, NotifyNone, NotifyLog, NotifyWebhook)
	to.check(n.By != NotifyWebhook || n.URL.Reveal() != "", "notifications-url", "is needed with --notifications webhook")
	to.check(!slices.Contains(n.Events, ""), "notifications-events", "a pattern is empty")
}
