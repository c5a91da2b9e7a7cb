// Package watch streams the changes of objects to clients, as server-sent
// events. It is fed by the log of events, which is written with the changes
// themselves, so that a stream tells of each change that was committed.
//
//	              ┌ reads ahead ─▶ Feed ─┬─▶ Stream ─▶ client that is up to date
//	log of events ┤                      └─▶ Stream ─▶ another one
//	              └ reads on its own ──────▶ Stream ─▶ client that is behind
//
// One Feed a process reads the log, once for all streams, and renders what it
// finds once for all of them. A stream that begins in the past, or whose client
// is slow, reads on its own until it has met the Feed. Each message has a
// position in the log as its id; a client that comes back with the last one
// that it has seen gets exactly what follows.
//
// The package knows neither HTTP nor what objects look like.
package watch

// ContentType is that of server-sent events.
const ContentType = "text/event-stream"
