// Package forwarder takes all events of the log to a broker, where other
// services read them: as CloudEvents, each at least once, and for each object
// in the order in which they were written.
//
//	events ──→ EventLog.Read ──→ CloudEvent ──→ Publisher ──→ stream
//	             ↑                                  │ all of the batch acknowledged
//	             └── position ←── SaveCursor ←──────┘
//
// The cursor moves, by compare-and-swap in the database, when all before it is
// acknowledged. What a crash between the two lets be published again has the
// same id, by which the stream drops it within its duplicate window.
//
// An event is published only when all earlier ones of its object have been
// acknowledged, by the same process and no matter what others do. So its first
// appearance in the stream comes after theirs, whatever was refused, lost or
// repeated, and even if for a moment two replicas forward at once: one leader
// is for economy, not for safety.
//
// The package creates no stream and keeps nothing but its cursor.
package forwarder
