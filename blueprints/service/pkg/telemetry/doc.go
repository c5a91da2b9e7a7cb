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
// Nothing here is global: a Tracing is passed to whoever makes spans. Only what
// the SDK complains of, which it does to the whole process, goes to the log of the
// Tracing that was made last. What clients send is nothing to complain of:
// baggage that cannot be read is left behind.
package telemetry
