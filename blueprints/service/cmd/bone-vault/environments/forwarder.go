package environments

import "context"

// loadForwarder builds what forwards events to NATS, if that is configured.
func (e *Env) loadForwarder(context.Context) error { return nil }
