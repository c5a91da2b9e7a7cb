package telemetry

import (
	"context"
	"log/slog"

	"github.com/go-logr/logr"
	"go.opentelemetry.io/otel"
)

// hearComplaints has log told what OpenTelemetry has to say about itself, such as
// of variables that it cannot read, which it would print to stderr in a form of
// its own. That is the one thing here that is global to the process: OpenTelemetry
// leaves no choice.
func hearComplaints(log *slog.Logger) {
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) {
		log.WarnContext(context.Background(), "tracing", "error", err)
	}))
	otel.SetLogger(logr.New(complaints{log}))
}

// complaints is what OpenTelemetry logs to. It passes on errors alone, and without
// the values that they are about: those are of variables in which passwords are.
type complaints struct{ log *slog.Logger }

// Init implements logr.LogSink.
func (complaints) Init(logr.RuntimeInfo) {}

// Enabled implements logr.LogSink: all that is no error is advice to programmers.
func (complaints) Enabled(int) bool { return false }

// Info implements logr.LogSink.
func (complaints) Info(int, string, ...any) {}

// Error implements logr.LogSink.
func (c complaints) Error(err error, message string, _ ...any) {
	c.log.WarnContext(context.Background(), "tracing: "+message, "error", err)
}

// WithValues implements logr.LogSink.
func (c complaints) WithValues(...any) logr.LogSink { return c }

// WithName implements logr.LogSink.
func (c complaints) WithName(string) logr.LogSink { return c }
