// Package telemetry traces what the service does, by OpenTelemetry: a trace
// follows from a request through the events that it writes to their handlers,
// and into the requests that those send.
//
//	request ──Handler──▶ span ──TraceParent──▶ row of the event
//	                                                │ later, on any replica
//	request of a handler ◀──Transport── span ◀──StartEvent
//
// It is off unless the environment names an exporter. Even then the context of
// a trace that came with a request (W3C Trace Context and Baggage) is handed on
// to whoever is called, so that a service without an exporter breaks no trace.
//
// Nothing here is global: a Tracing is passed to whoever makes spans. Only the
// complaints of the SDK about its own variables go past the log, to stderr.
package telemetry
