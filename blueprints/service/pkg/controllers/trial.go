package controllers

import "slices"

// An event that kills its replica takes along those that were claimed together
// with it. Their leases lapse together, so they would be claimed together again
// and again, and be parked together in the end. So an event of which as many
// attempts were not heard of as may fail is tried by itself.

// suspect reports whether c may be what kills replicas. An event that was put
// off for want of a handler is none: its attempts were all heard of.
func (r *run) suspect(c *claim) bool {
	_, known := r.handler(c.event)
	wasPutOff := c.event.LastError != nil && *c.event.LastError == errNobody.Error()
	return known && !wasPutOff && int(c.event.Attempts) > r.cfg.MaxAttempts
}

// isolate leaves the first suspect alone in the queue, if there is one. It has
// given back the others when it returns, or all if that cannot be recorded.
func (r *run) isolate() {
	first := slices.IndexFunc(r.queue, r.suspect)
	if first < 0 {
		return
	}
	alone := r.queue[first : first+1 : first+1]
	r.release(slices.Delete(slices.Clone(r.queue), first, first+1)...)
	r.queue = nil
	if r.record(); r.away {
		r.release(alone...)
		return
	}
	r.queue = alone
}

// onTrial reports whether a suspect is being handled. Until that is over nothing
// else is claimed.
func (r *run) onTrial() bool {
	for c := range r.working {
		if r.suspect(c) {
			return true
		}
	}
	return false
}
