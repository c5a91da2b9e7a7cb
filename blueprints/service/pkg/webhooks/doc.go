// Package webhooks tells endpoints of others about events, over HTTP:
//
//	Manager ─→ Sink ─ circuit breaker ─→ Sender ─ signs, POST ─→ guarded client ─→ endpoint
//
// The body is a CloudEvent, signed as Standard Webhooks
// (https://www.standardwebhooks.com) says; the header webhook-id is the event's
// id, by which an endpoint drops repeats. An endpoint that does not answer is
// left in peace for a while, and its events wait.
//
// No request leaves for a private address unless the endpoint allows that: the
// address is checked when it is dialed, so that neither a name that resolves to
// another one the second time nor a redirect leads there. No error and no line
// of the log shows a secret, or the user and the query of a URL.
package webhooks
