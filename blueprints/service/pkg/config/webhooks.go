package config

import "github.com/spf13/pflag"

// Webhooks is the configuration of the endpoints that are told of events.
type Webhooks struct {
	// Endpoints is YAML (or JSON): package webhooks reads it. It is a secret
	// because it holds the keys that sign.
	Endpoints Secret
}

func (w *Webhooks) bind(fs *pflag.FlagSet) {
	fs.Var(&w.Endpoints, "webhooks", "endpoints that are told of events, as `YAML`: see docs/events.md")
}
