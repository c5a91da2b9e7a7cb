package db

import (
	"context"
	"fmt"
)

// Notify wakes whoever listens on the channel, once: when the transaction of ctx
// is committed, or else at once. A service that wakes often has a Notifier for
// it.
func (s *SessionFactory) Notify(ctx context.Context, channel string) error {
	if err := s.New(ctx).Exec(`SELECT pg_notify(?, '')`, channel).Error; err != nil {
		return fmt.Errorf("notify: %w", Translate(err))
	}
	return nil
}
