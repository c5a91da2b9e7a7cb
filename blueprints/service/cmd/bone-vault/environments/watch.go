package environments

import "context"

// loadWatch builds what streams of changes are fed by.
func (e *Env) loadWatch(context.Context) error { return nil }
