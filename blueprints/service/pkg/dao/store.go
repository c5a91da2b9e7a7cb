package dao

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/trexgen/trexgen/blueprints/service/pkg/dao/internal/stamp"
	"github.com/trexgen/trexgen/blueprints/service/pkg/dao/tsl"
	"github.com/trexgen/trexgen/blueprints/service/pkg/db"
)

// Store keeps the objects of the kind T, whose pointer is an api.Object, in
// the table that GORM finds for T. All it does belongs to the transaction of
// its ctx, if there is one. GORM's hooks and associations play no part: what
// happens on a write is the services' to say, and to show.
//
// Its errors are those of package db, ErrStale and *QueryError. The zero Store
// is of no use.
type Store[T any] struct {
	sessions *db.SessionFactory
	table    string
	selected string            // the columns to read
	columns  map[string]column // those that clients may use
	returned []clause.Column   // those that a write reads back
}

// NewStore returns a store on sessions. It panics if T is no kind or an option
// does not fit T: both show as soon as the service starts.
func NewStore[T any](sessions *db.SessionFactory, opts ...Option) Store[T] {
	stamp.Meta(new(T))
	own, err := parseSchema[T]()
	if err != nil {
		panic(err)
	}
	var o options
	for _, opt := range opts {
		opt(&o)
	}
	columns, err := o.allowed(own)
	if err != nil {
		panic(err)
	}
	// Naming the columns, as against *, keeps statements valid while a
	// migration adds one.
	var selected []string
	for _, name := range own.DBNames {
		if own.FieldsByDBName[name].Readable {
			selected = append(selected, quote(own.Table)+"."+quote(name))
		}
	}
	return Store[T]{
		sessions: sessions, table: own.Table, selected: strings.Join(selected, ","),
		columns: columns, returned: rewritten(own),
	}
}

// session returns the session of ctx as this package uses it.
func (s Store[T]) session(ctx context.Context) *gorm.DB {
	return s.sessions.New(ctx).Session(&gorm.Session{SkipHooks: true, QueryFields: true})
}

// Get returns the object. An id that is no UUID is not found either.
func (s Store[T]) Get(ctx context.Context, id string) (*T, error) {
	return s.get(s.session(ctx), id)
}

// lockStrength keeps other writers from a row, but not rows that come to refer
// to it: FOR UPDATE would hold them up, and two objects that are made to refer
// to each other would run into a deadlock.
const lockStrength = "NO KEY UPDATE"

// GetForUpdate returns the object and locks its row until the transaction
// ends. Without a transaction it is an error: the lock would be gone at once.
// If others keep the row locked for too long the error is db.ErrLocked.
func (s Store[T]) GetForUpdate(ctx context.Context, id string) (*T, error) {
	if !db.InTransaction(ctx) {
		return nil, fmt.Errorf("lock row of %s: not in a transaction", s.table)
	}
	return s.get(s.sessions.BoundLocks(s.session(ctx)).Clauses(clause.Locking{Strength: lockStrength}), id)
}

func (s Store[T]) get(session *gorm.DB, id string) (*T, error) {
	if _, ok := tsl.ParseUUID(id); !ok {
		return nil, s.fail("get", id, db.ErrNotFound)
	}
	obj := new(T)
	if err := session.Where(`"id" = ?`, id).Take(obj).Error; err != nil {
		return nil, s.fail("get", id, err)
	}
	return obj, nil
}

// FindByIDs returns the objects that exist among ids, in the order of their
// ids, each once. The result is never nil.
func (s Store[T]) FindByIDs(ctx context.Context, ids []string) ([]T, error) {
	known := make([]string, 0, len(ids))
	for _, id := range ids {
		if canonical, ok := tsl.ParseUUID(id); ok {
			known = append(known, canonical)
		}
	}
	slices.Sort(known)
	found := []T{}
	const atOnce = 10_000 // a statement takes 65,535 arguments
	for some := range slices.Chunk(slices.Compact(known), atOnce) {
		var objects []T
		if err := s.session(ctx).Where(`"id" IN ?`, some).Order(`"id"`).Find(&objects).Error; err != nil {
			return nil, fmt.Errorf("find %s: %w", s.table, db.Translate(err))
		}
		found = append(found, objects...)
	}
	return found, nil
}

// Create inserts obj. It sets the id, unless there is one, the times and the
// version, and brings the rest into the form in which it is stored. If it
// fails, obj has what it had.
func (s Store[T]) Create(ctx context.Context, obj *T) error {
	before := *obj
	stamp.Created(obj)
	if err := s.writing(ctx).Omit(clause.Associations).Create(obj).Error; err != nil {
		id := stamp.Meta(obj).ID
		*obj = before
		return s.fail("create", id, err)
	}
	return nil
}

// writing returns a session whose statement reads back what the database
// stores in another form than it is given.
func (s Store[T]) writing(ctx context.Context) *gorm.DB {
	if len(s.returned) == 0 {
		return s.session(ctx)
	}
	return s.session(ctx).Clauses(clause.Returning{Columns: s.returned})
}

// Update writes all columns of obj but the id and the time of its creation. The
// row must be as old as obj: if it was written since obj was read, the error
// is ErrStale. It sets the time and the version, and brings the rest into the
// form in which it is stored; if it fails, obj has what it had.
func (s Store[T]) Update(ctx context.Context, obj *T) error {
	before, meta := *obj, *stamp.Meta(obj)
	if _, ok := tsl.ParseUUID(meta.ID); !ok {
		return s.fail("update", meta.ID, db.ErrNotFound)
	}
	stamp.Updated(obj)
	result := s.writing(ctx).Model(obj).Select("*").Omit(idColumn, "created_at", clause.Associations).
		Where(`"id" = ? AND "row_version" = ?`, meta.ID, meta.RowVersion).UpdateColumns(obj)
	err := result.Error
	if err == nil && result.RowsAffected == 0 {
		err = s.whyNotUpdated(ctx, meta.ID)
	}
	if err != nil {
		*obj = before
		return s.fail("update", meta.ID, err)
	}
	return nil
}

// whyNotUpdated tells a row that was written by others from one that is gone.
func (s Store[T]) whyNotUpdated(ctx context.Context, id string) error {
	_, err := s.Get(ctx, id)
	switch {
	case errors.Is(err, db.ErrNotFound):
		return db.ErrNotFound
	case err != nil:
		return err
	}
	return ErrStale
}

// Delete removes the object.
func (s Store[T]) Delete(ctx context.Context, id string) error {
	if _, ok := tsl.ParseUUID(id); !ok {
		return s.fail("delete", id, db.ErrNotFound)
	}
	result := s.session(ctx).Where(`"id" = ?`, id).Delete(new(T))
	err := db.Translate(result.Error)
	var inUse *db.ForeignKeyError
	switch {
	case err == nil && result.RowsAffected == 0:
		err = db.ErrNotFound
	case errors.As(err, &inUse):
		inUse.Referenced = true // no other key can be in the way, in whatever language that is said
	}
	return s.fail("delete", id, err)
}

// fail says what was done to which row; nil stays nil.
func (s Store[T]) fail(what, id string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s %q of %s: %w", what, id, s.table, db.Translate(err))
}
