package services

import (
	"context"
	"log/slog"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
)

// Tools are what the services of all kinds are built with.
type Tools struct {
	Tx      Transactor
	Locks   Locker
	Events  Publisher
	Effects EventEffects
	Log     *slog.Logger
}

// EventEffects remembers what has been done about events; dao.EventEffects is
// one.
type EventEffects interface {
	// First remembers, in the transaction of ctx, that the effect is being
	// brought about, and reports whether it had not been before. It waits for
	// others who are at it.
	First(ctx context.Context, eventID, effect string) (bool, error)
}

// Once brings an effect of event about exactly once, however often it is called
// and by how many at a time: handlers are called at least once. It runs fn in a
// transaction that also remembers the effect, and in which all has to happen
// that must not be done twice: writes by the stores and services of this
// service. If the effect has been brought about before, fn is not called and
// there is no error; if fn or the commit fails, nothing has happened, and fn is
// called again the next time. The effect tells several about the same event
// apart.
//
// Inside a transaction Once joins it, so its error has to be returned there too.
// What fn does outside the database is done at least once: hand event.ID to
// whoever can tell repeats by it.
func (t Tools) Once(ctx context.Context, event *api.Event, effect string, fn func(ctx context.Context) error) error {
	return t.Tx.InTx(ctx, func(ctx context.Context) error {
		first, err := t.Effects.First(ctx, event.ID, effect)
		if err != nil || !first {
			return err
		}
		return fn(ctx)
	})
}
