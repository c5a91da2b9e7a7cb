// Package errorreport tells somebody outside of what should not happen: panics,
// requests that fail by the service's own fault, events that are dead. The log
// has them all; this is for those who want to be told, and to see at a glance
// which are new. Nothing here is global, and nobody is told of who sent a
// request, nor of what was in it.
//
//	middleware: With(ctx, reporter, where)
//	   └─ deep inside: Send(ctx, Failure, err) ──▶ Limited ──▶ Sentry
//
// To tell another service than Sentry, write a Reporter and have it made in
// environments/errorreport.go.
package errorreport

import (
	"context"
	"runtime"

	"go.opentelemetry.io/otel/trace"

	"github.com/trexgen/trexgen/blueprints/service/pkg/logger"
)

// Kind is what has happened.
type Kind string

// The kinds of reports.
const (
	Panic     Kind = "panic"      // of a request
	Failure   Kind = "failure"    // of a request, which was answered with a status from 500 on
	DeadEvent Kind = "dead event" // its handler has failed for the last time
)

// Report is one error.
type Report struct {
	Kind Kind
	Err  error

	// Where names the code by what does not change from one request to the next:
	// the method and the template of a route, the source and the type of an event.
	Where string

	// OperationID and TraceID find the rest in the log and among the traces.
	OperationID, TraceID string

	// Stack is where it happened, for a panic.
	Stack []uintptr

	// Unsaid is the number of reports like this that were left out before.
	Unsaid int
}

// Reporter tells somebody. It must return soon, and is used by several
// goroutines.
type Reporter interface {
	Report(ctx context.Context, report Report)
}

// Nobody is a Reporter that tells nobody.
type Nobody struct{}

// Report does nothing.
func (Nobody) Report(context.Context, Report) {}

type contextKey struct{}

type destination struct {
	reporter Reporter
	where    func() string
}

// With returns ctx such that Send tells reporter. It asks where only then: the
// route of a request is not known when it begins.
func With(ctx context.Context, reporter Reporter, where func() string) context.Context {
	return context.WithValue(ctx, contextKey{}, destination{reporter, where})
}

// Send tells the reporter of ctx, if there is one, of err. Called while a panic
// is being recovered it notes the stack.
func Send(ctx context.Context, kind Kind, err error) {
	to, ok := ctx.Value(contextKey{}).(destination)
	if !ok || err == nil {
		return
	}
	report := Report{Kind: kind, Err: err, Where: to.where(), OperationID: logger.OperationID(ctx), TraceID: TraceID(ctx)}
	if kind == Panic {
		pcs := make([]uintptr, 64)
		report.Stack = pcs[:runtime.Callers(2, pcs)]
	}
	to.reporter.Report(ctx, report)
}

// TraceID is the id of the trace of ctx, empty if there is none.
func TraceID(ctx context.Context) string {
	if span := trace.SpanContextFromContext(ctx); span.IsValid() {
		return span.TraceID().String()
	}
	return ""
}
