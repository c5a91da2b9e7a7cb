package environments

import "context"

// Work goes on beside requests until its context ends.
type Work struct {
	Name string
	Run  func(context.Context) error
}

// addWork has the server run work as long as it serves.
func (e *Env) addWork(name string, run func(context.Context) error) {
	e.Work = append(e.Work, Work{name, run})
}

// onEvents has call called when there may be new events, on this replica or
// another. It must return soon.
func (e *Env) onEvents(call func()) { e.wake = append(e.wake, call) }

// announceEvents says that events have been committed: here at once, and to the
// other replicas by a NOTIFY, which comes back later than that.
func (e *Env) announceEvents() {
	e.wakeAll()
	e.Database.Notifier.Wake()
}

// wakeAll is what the listener calls.
func (e *Env) wakeAll() {
	for _, call := range e.wake {
		call()
	}
}
