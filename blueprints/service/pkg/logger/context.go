package logger

import (
	"context"
	"log/slog"
)

type loggerKey struct{}

// With returns ctx with the log that From finds.
func With(ctx context.Context, log *slog.Logger) context.Context {
	return context.WithValue(ctx, loggerKey{}, log)
}

// From is the log that With put into ctx, or one that says nothing.
func From(ctx context.Context) *slog.Logger {
	if log, ok := ctx.Value(loggerKey{}).(*slog.Logger); ok {
		return log
	}
	return slog.New(slog.DiscardHandler)
}
