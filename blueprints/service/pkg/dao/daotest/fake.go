// Package daotest keeps objects in memory for tests that need no database. Its
// types pass the same tests as those of package dao that they stand for. What
// they cannot do is transactions: nothing is rolled back.
package daotest

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/trexgen/trexgen/blueprints/service/pkg/dao"
	"github.com/trexgen/trexgen/blueprints/service/pkg/dao/internal/stamp"
	"github.com/trexgen/trexgen/blueprints/service/pkg/dao/tsl"
	"github.com/trexgen/trexgen/blueprints/service/pkg/db"
)

// Fake stands for a dao.Store of the kind T. It is safe for use by several
// goroutines.
type Fake[T any] struct {
	// Match says whether obj is found by search. Without it a search is an
	// error, for the fake does not speak the language.
	Match func(search string, obj *T) bool

	mu      sync.Mutex
	objects map[string]T
}

// NewFake returns a fake without objects.
func NewFake[T any]() *Fake[T] {
	stamp.Meta(new(T))
	return &Fake[T]{objects: map[string]T{}}
}

// Get returns the object, or db.ErrNotFound.
func (f *Fake[T]) Get(_ context.Context, id string) (*T, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	obj, ok := f.objects[canonical(id)]
	if !ok {
		return nil, notFound(id)
	}
	return &obj, nil
}

// GetForUpdate is Get: there are no rows to lock.
func (f *Fake[T]) GetForUpdate(ctx context.Context, id string) (*T, error) { return f.Get(ctx, id) }

// FindByIDs returns the objects that exist among ids, in the order of their ids.
func (f *Fake[T]) FindByIDs(_ context.Context, ids []string) ([]T, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	known := make([]string, len(ids))
	for i, id := range ids {
		known[i] = canonical(id)
	}
	slices.Sort(known)
	found := []T{}
	for _, id := range slices.Compact(known) {
		if obj, ok := f.objects[id]; ok {
			found = append(found, obj)
		}
	}
	return found, nil
}

// Create keeps a copy of obj and sets its id, times and version.
func (f *Fake[T]) Create(_ context.Context, obj *T) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	meta := stamp.Meta(obj)
	if _, exists := f.objects[meta.ID]; exists {
		return fmt.Errorf("create %q: %w", meta.ID, &db.UniqueError{Column: "id"})
	}
	stamp.Created(obj)
	f.objects[meta.ID] = *obj
	return nil
}

// Update replaces the object, or returns db.ErrNotFound or dao.ErrStale.
func (f *Fake[T]) Update(_ context.Context, obj *T) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	meta := stamp.Meta(obj)
	old, exists := f.objects[meta.ID]
	switch {
	case !exists:
		return notFound(meta.ID)
	case stamp.Meta(&old).RowVersion != meta.RowVersion:
		return fmt.Errorf("update %q: %w", meta.ID, dao.ErrStale)
	}
	stamp.Updated(obj)
	written := *obj
	stamp.Meta(&written).CreatedAt = stamp.Meta(&old).CreatedAt
	f.objects[meta.ID] = written
	return nil
}

// Delete removes the object, or returns db.ErrNotFound.
func (f *Fake[T]) Delete(_ context.Context, id string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, exists := f.objects[canonical(id)]; !exists {
		return notFound(id)
	}
	delete(f.objects, canonical(id))
	return nil
}

// List returns a page in the order of creation, the only one that the fake
// knows. Its cursor is the id of the last object.
func (f *Fake[T]) List(_ context.Context, query dao.Query) (dao.Page[T], error) {
	page := dao.Page[T]{Items: []T{}, Page: max(query.Page, 1)}
	switch {
	case query.OrderBy != "" && query.OrderBy != "created_at":
		return page, &dao.QueryError{Param: "orderBy", Reason: "the fake orders by created_at only"}
	case query.Search != "" && f.Match == nil:
		return page, &dao.QueryError{Param: "search", Reason: "the fake was given no Match"}
	case query.After != "" && query.Page > 1:
		return page, &dao.QueryError{Param: "after", Reason: "it cannot be combined with a page"}
	}
	found := f.find(query.Search)
	page.Total = int64(len(found))

	var start int
	if query.After != "" {
		last := slices.IndexFunc(found, func(obj T) bool { return stamp.Meta(&obj).ID == query.After })
		if last < 0 {
			return page, &dao.QueryError{Param: "after", Reason: "this is not the next of a list"}
		}
		start = last + 1
	} else if page.Page-1 > len(found)/max(query.Size, 1) {
		start = len(found)
	} else {
		start = min((page.Page-1)*query.Size, len(found))
	}
	stop := min(start+query.Size, len(found))
	page.Items = append(page.Items, found[start:stop]...)
	if start < stop && stop < len(found) {
		page.Next = stamp.Meta(&found[stop-1]).ID
	}
	return page, nil
}

// find returns copies of the objects that search finds, in order.
func (f *Fake[T]) find(search string) []T {
	f.mu.Lock()
	defer f.mu.Unlock()
	var found []T
	for _, obj := range f.objects {
		if search == "" || f.Match(search, &obj) {
			found = append(found, obj)
		}
	}
	slices.SortFunc(found, func(a, b T) int {
		before, after := stamp.Meta(&a), stamp.Meta(&b)
		return cmp.Or(before.CreatedAt.Compare(after.CreatedAt), strings.Compare(before.ID, after.ID))
	})
	return found
}

// canonical is id as a key; what is no UUID is the key of nothing.
func canonical(id string) string {
	key, _ := tsl.ParseUUID(id)
	return key
}

func notFound(id string) error { return fmt.Errorf("%q: %w", id, db.ErrNotFound) }
