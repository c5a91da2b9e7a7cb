// Package audit keeps the record of who did what, when: an entry for each event
// about an object, written in the transaction of the change itself. Either both
// are there or neither is.
//
//	request ─→ auth.Identity ─┐
//	object  ─→ api.Event ─────┴─→ Recorder.Record ─→ audit_entries ─→ List
//
// Entries outlive their events, which are purged. The database refuses to change
// or delete them; the migration says how its owner gets rid of old ones. Nothing
// of a token is kept but the claims in auth.Claims.
package audit
