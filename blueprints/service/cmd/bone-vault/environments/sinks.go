package environments

import "context"

// loadSinks builds what takes events out of the service, as far as it is configured.
func (e *Env) loadSinks(context.Context) error { return nil }
