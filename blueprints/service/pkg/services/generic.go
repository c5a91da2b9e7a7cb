package services

import (
	"context"
	"reflect"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/apierror"
	"github.com/trexgen/trexgen/blueprints/service/pkg/dao"
)

// Transactor runs a use case in one transaction.
type Transactor interface {
	// InTx commits if fn returns nil and rolls back otherwise. What fn does
	// with its ctx belongs to the transaction.
	InTx(ctx context.Context, fn func(ctx context.Context) error) error
}

// Locker locks by name across all replicas.
type Locker interface {
	// Lock waits for the lock of the object; TryLock does not wait but returns
	// db.ErrLocked. In a transaction the lock is held until its end.
	Lock(ctx context.Context, kind, id string) (unlock func(), err error)
	TryLock(ctx context.Context, kind, id string) (unlock func(), err error)
}

// Publisher records what happened to an object.
type Publisher interface {
	// Publish writes the event in the transaction of ctx.
	Publish(ctx context.Context, what api.EventType, source, id string) error
}

// Store keeps the objects of one kind; dao.Store does, and daotest.Fake in
// tests.
type Store[T any] interface {
	Get(ctx context.Context, id string) (*T, error)
	GetForUpdate(ctx context.Context, id string) (*T, error)
	Create(ctx context.Context, obj *T) error
	Update(ctx context.Context, obj *T) error
	Delete(ctx context.Context, id string) error
	List(ctx context.Context, query dao.Query) (dao.Page[T], error)
	FindByIDs(ctx context.Context, ids []string) ([]T, error)
}

// Generic is the part of a service that is the same for every kind: it reads,
// lists and writes objects, and publishes an event with every write.
type Generic[T any] struct {
	tools  Tools
	store  Store[T]
	kind   string
	source string
}

// NewGeneric returns the generic service of a kind, named for people and as
// the source of its events.
func NewGeneric[T any](tools Tools, store Store[T], kind, source string) Generic[T] {
	return Generic[T]{tools: tools, store: store, kind: kind, source: source}
}

// Get returns the object, or an error of the code NotFound.
func (s Generic[T]) Get(ctx context.Context, id string) (*T, error) {
	obj, err := s.store.Get(ctx, id)
	return obj, s.explain(id, err)
}

// List returns a page of objects. A search or order that cannot be read is an
// error of the code Search or BadRequest.
func (s Generic[T]) List(ctx context.Context, query dao.Query) (dao.Page[T], error) {
	page, err := s.store.List(ctx, query)
	return page, s.explain("", err)
}

// Create stores obj, whose id and times it sets, if check agrees to it.
func (s Generic[T]) Create(ctx context.Context, obj *T, check func(ctx context.Context, obj *T) error) error {
	err := s.tools.Tx.InTx(ctx, func(ctx context.Context) error {
		if err := check(ctx, obj); err != nil {
			return err
		}
		if err := s.store.Create(ctx, obj); err != nil {
			return err
		}
		return s.tools.Events.Publish(ctx, api.CreateEvent, s.source, meta(obj).ID)
	})
	return s.explain("", err)
}

// Patch changes the object as apply says and returns it, if check agrees to
// the result. The row is locked in between, so that of two patches at once
// neither is lost. If apply changes nothing but the spelling of a value, nothing
// is written.
func (s Generic[T]) Patch(ctx context.Context, id string, apply func(obj *T) error, check func(ctx context.Context, obj *T) error) (*T, error) {
	var obj *T
	err := s.tools.Tx.InTx(ctx, func(ctx context.Context) (err error) {
		if obj, err = s.store.GetForUpdate(ctx, id); err != nil {
			return err
		}
		before := *obj
		if err := apply(obj); err != nil {
			return err
		}
		if same(reflect.ValueOf(before), reflect.ValueOf(*obj)) {
			*obj = before // in the spelling that is stored
			return nil
		}
		if err := check(ctx, obj); err != nil {
			return err
		}
		if err := s.store.Update(ctx, obj); err != nil {
			return err
		}
		return s.tools.Events.Publish(ctx, api.UpdateEvent, s.source, id)
	})
	if err != nil {
		return nil, s.explain(id, err)
	}
	return obj, nil
}

// Delete removes the object if check agrees to it.
func (s Generic[T]) Delete(ctx context.Context, id string, check func(ctx context.Context, obj *T) error) error {
	err := s.tools.Tx.InTx(ctx, func(ctx context.Context) error {
		obj, err := s.store.GetForUpdate(ctx, id)
		if err != nil {
			return err
		}
		if err := check(ctx, obj); err != nil {
			return err
		}
		if err := s.store.Delete(ctx, id); err != nil {
			return err
		}
		return s.tools.Events.Publish(ctx, api.DeleteEvent, s.source, id)
	})
	return s.explain(id, err)
}

// explain turns an error of the layers below into one for clients.
func (s Generic[T]) explain(id string, err error) error {
	return explain(s.kind, id, err)
}

// meta is the embedded Meta of obj, a pointer to a kind.
func meta(obj any) *api.Meta {
	object, ok := obj.(api.Object)
	if !ok {
		panic("services: the kind does not embed api.Meta")
	}
	return object.ObjectMeta()
}

// IsNotFound tells whether err says that the object does not exist.
func IsNotFound(err error) bool { return hasCode(err, apierror.NotFound) }
