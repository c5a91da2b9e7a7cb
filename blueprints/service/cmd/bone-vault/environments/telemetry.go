package environments

import "context"

// loadTelemetry sets up tracing.
func (e *Env) loadTelemetry(context.Context) error { return nil }
