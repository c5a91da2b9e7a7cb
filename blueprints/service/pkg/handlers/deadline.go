package handlers

import (
	"context"
	"time"
)

type connectionKey struct{}

// WithDeadline is context.WithTimeout, but for streams: they go on, see lasting.
func WithDeadline(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithValue(ctx, connectionKey{}, ctx), limit)
}

// lasting returns a context with the values of ctx that does not end at the
// deadline of WithDeadline, but with the connection, or by cancel.
func lasting(ctx context.Context) (lasts context.Context, cancel context.CancelFunc) {
	connection, ok := ctx.Value(connectionKey{}).(context.Context)
	if !ok {
		return context.WithCancel(ctx)
	}
	lasts, end := context.WithCancel(context.WithoutCancel(ctx))
	unfollow := context.AfterFunc(connection, end)
	return lasts, func() {
		unfollow()
		end()
	}
}
