package dao_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/dao"
	"github.com/trexgen/trexgen/blueprints/service/pkg/db"
	"github.com/trexgen/trexgen/blueprints/service/test/devdb"
)

func TestStoreTakesPartInTheTransaction(t *testing.T) {
	t.Parallel()
	lib := newLibrary(t)
	undo := errors.New("undo")
	var inside *book
	err := lib.sessions.InTx(t.Context(), func(ctx context.Context) error {
		inside = &book{Title: "x"}
		if err := lib.books.Create(ctx, inside); err != nil {
			return err
		}
		if _, err := lib.books.Get(ctx, inside.ID); err != nil {
			t.Errorf("in the transaction: %v", err)
		}
		return undo
	})
	if !errors.Is(err, undo) {
		t.Fatal(err)
	}
	if _, err := lib.books.Get(t.Context(), inside.ID); !errors.Is(err, db.ErrNotFound) {
		t.Errorf("after the roll-back: %v, want ErrNotFound", err)
	}
}

func TestGetForUpdateLocksTheRow(t *testing.T) {
	t.Parallel()
	lib := newLibrary(t)
	obj := create(t, lib.books, &book{Title: "x"})
	if _, err := lib.books.GetForUpdate(t.Context(), obj.ID); err == nil {
		t.Error("without a transaction: no error")
	}
	err := lib.sessions.InTx(t.Context(), func(ctx context.Context) error {
		if _, err := lib.books.GetForUpdate(ctx, obj.ID); err != nil {
			return err
		}
		var free []string
		err := lib.sessions.New(t.Context()).Raw(`SELECT "id" FROM "books" FOR UPDATE SKIP LOCKED`).Scan(&free).Error
		if len(free) > 0 {
			t.Errorf("free rows: %v, want none", free)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// One who keeps a row for long must not have all who want it wait with a
// connection each.
func TestGetForUpdateGivesUpInTime(t *testing.T) {
	t.Parallel()
	url := devdb.Empty(t)
	holder, waiter := open(t, url), openWith(t, db.Config{URL: url, LockTimeout: 50 * time.Millisecond})
	if err := holder.New(t.Context()).Exec(tables).Error; err != nil {
		t.Fatal(err)
	}
	obj := create(t, dao.NewStore[author](holder), &author{Name: "x"})
	err := holder.InTx(t.Context(), func(ctx context.Context) error {
		if _, err := dao.NewStore[author](holder).GetForUpdate(ctx, obj.ID); err != nil {
			return err
		}
		return waiter.InTx(t.Context(), func(ctx context.Context) error {
			_, err := dao.NewStore[author](waiter).GetForUpdate(ctx, obj.ID)
			return err
		})
	})
	if !errors.Is(err, db.ErrLocked) {
		t.Errorf("error %v, want ErrLocked", err)
	}
	err = waiter.InTx(t.Context(), func(ctx context.Context) error {
		_, err := dao.NewStore[author](waiter).GetForUpdate(ctx, obj.ID)
		return err
	})
	if err != nil {
		t.Errorf("once the row is free: %v", err)
	}
}

// Of two objects that come to refer to each other at once neither waits for the
// other: they would wait for ever.
func TestGetForUpdateLetsOthersReferToTheRow(t *testing.T) {
	t.Parallel()
	lib := newLibrary(t)
	obj := create(t, lib.authors, &author{Name: "x"})
	err := lib.sessions.InTx(t.Context(), func(ctx context.Context) error {
		if _, err := lib.authors.GetForUpdate(ctx, obj.ID); err != nil {
			return err
		}
		return lib.sessions.InTx(t.Context(), func(ctx context.Context) error {
			if err := lib.sessions.New(ctx).Exec(`SET LOCAL lock_timeout = '5s'`).Error; err != nil {
				return err
			}
			return lib.books.Create(ctx, &book{Title: "x", AuthorID: &obj.ID})
		})
	})
	if err != nil {
		t.Errorf("a book of an author whose row is locked: %v", err)
	}
}

func TestErrorsOfTheDatabaseAreTranslated(t *testing.T) {
	t.Parallel()
	lib := newLibrary(t)
	create(t, lib.authors, &author{Name: "Sagan"})
	var unique *db.UniqueError
	if err := lib.authors.Create(t.Context(), &author{Name: "Sagan"}); !errors.As(err, &unique) || unique.Column != "name" {
		t.Errorf("create: %v, want a UniqueError of name", err)
	}
	obj := create(t, lib.books, &book{Title: "x"})
	obj.AuthorID = ptr(api.NewID())
	var foreign *db.ForeignKeyError
	if err := lib.books.Update(t.Context(), obj); !errors.As(err, &foreign) || foreign.Column != "author_id" {
		t.Errorf("update: %v, want a ForeignKeyError of author_id", err)
	}
}

func TestManyIDsAtOnce(t *testing.T) {
	t.Parallel()
	lib := newLibrary(t)
	obj := create(t, lib.authors, &author{Name: "x"})
	many := []string{obj.ID}
	for range 70_000 { // more than a statement takes
		many = append(many, api.NewID())
	}
	found, err := lib.authors.FindByIDs(t.Context(), many)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]author{*obj}, found); diff != "" {
		t.Errorf("found (-want +got):\n%s", diff)
	}
}

func TestNewStoreRefusesSlips(t *testing.T) {
	t.Parallel()
	for name, build := range map[string]func(){
		"no kind":             func() { dao.NewStore[struct{ Name string }](nil) },
		"hide the unknown":    func() { dao.NewStore[book](nil, dao.WithHidden("secrets")) },
		"hide the id":         func() { dao.NewStore[book](nil, dao.WithHidden("id")) },
		"join by the unknown": func() { dao.NewStore[book](nil, dao.WithJoin[author]("author", "writer_id")) },
		"join twice": func() {
			dao.NewStore[book](nil, dao.WithJoin[author]("author", "author_id"), dao.WithJoin[author]("author", "author_id"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			build()
		})
	}
}
