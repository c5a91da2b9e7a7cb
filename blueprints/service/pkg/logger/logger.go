// Package logger makes the service's log: log/slog, each line with the ids of
// the operation and of the trace that its context belongs to.
package logger

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"go.opentelemetry.io/otel/trace"
)

// The formats of lines.
const (
	JSON = "json"
	Text = "text"
)

// New returns a logger that writes lines of format (JSON or Text) to w, from
// level (debug, info, warn or error) on.
func New(w io.Writer, format, level string) (*slog.Logger, error) {
	var least slog.Level
	if err := least.UnmarshalText([]byte(level)); err != nil {
		return nil, fmt.Errorf("log level: %w", err)
	}
	options := &slog.HandlerOptions{Level: least}
	switch strings.ToLower(format) {
	case JSON:
		return slog.New(handler{slog.NewJSONHandler(w, options)}), nil
	case Text:
		return slog.New(handler{slog.NewTextHandler(w, options)}), nil
	}
	return nil, fmt.Errorf("log format %q is neither %s nor %s", format, JSON, Text)
}

// OperationIDHeader carries the operation id in requests and answers, from
// service to service, so that one id finds the request in the logs of all.
const OperationIDHeader = "X-Operation-Id"

type operationKey struct{}

// WithOperationID returns ctx with the id of the operation that it belongs to.
func WithOperationID(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, operationKey{}, id)
}

// OperationID is the id that WithOperationID put into ctx, or empty.
func OperationID(ctx context.Context) string {
	id, _ := ctx.Value(operationKey{}).(string)
	return id
}

// handler adds the ids of the context to what it hands on.
type handler struct{ slog.Handler }

func (h handler) Handle(ctx context.Context, record slog.Record) error {
	if id := OperationID(ctx); id != "" {
		record.AddAttrs(slog.String("operation_id", id))
	}
	if span := trace.SpanContextFromContext(ctx); span.IsValid() {
		record.AddAttrs(slog.String("trace_id", span.TraceID().String()), slog.String("span_id", span.SpanID().String()))
	}
	return h.Handler.Handle(ctx, record)
}

func (h handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return handler{h.Handler.WithAttrs(attrs)}
}

func (h handler) WithGroup(name string) slog.Handler {
	return handler{h.Handler.WithGroup(name)}
}
