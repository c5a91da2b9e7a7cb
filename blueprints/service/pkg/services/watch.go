package services

import "context"

// FindByIDs returns the objects that exist among ids, in no order that matters.
func (s Generic[T]) FindByIDs(ctx context.Context, ids []string) ([]T, error) {
	found, err := s.store.FindByIDs(ctx, ids)
	return found, s.explain("", err)
}
