// Package controllers hands events to their handlers: what was written about
// an object in a transaction is acted upon after it.
//
//	service ── event row, in its transaction ─→ events ── Claim ─→ Manager ─→ OnUpsert, OnDelete
//	   └─ after the commit: NOTIFY ─→ Wake ───────────────────────────┘
//
// Handlers are called at least once for each event, in order for one object,
// at the same time for different ones, by any number of replicas. So they must
// bear being called again, and should look at the object as it is now rather
// than at what the event says. An error makes the event due again later; after
// the last attempt it is parked as dead and stays in the log.
//
// Nothing is lost when a replica dies or the database goes away: the lease on
// an event lapses and another claim gets it; a sweep finds what no Wake told.
// What a stop interrupts is given back at once and does not count as an attempt.
// A handler that hangs, without heeding its ctx, loses its worker before the
// lease lapses, and its event has failed; an event that kills its replica again
// and again is parked.
//
// An event whose source nobody has registered is put off as if it had failed:
// when a new kind is rolled out, replicas of the old version leave its events to
// those of the new one. If nobody handles it for a long time, it is parked too.
//
// Consumers other than the kinds' handlers, such as webhooks, have a Manager
// each, with a queue of its own. Purge deletes what all are done with.
package controllers
