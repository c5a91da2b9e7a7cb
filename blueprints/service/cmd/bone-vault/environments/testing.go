package environments

// testing sets what is special about tests: nothing yet. It is the place to
// replace clients of other services by fakes.
func testing(e *Env) error { return development(e) }
