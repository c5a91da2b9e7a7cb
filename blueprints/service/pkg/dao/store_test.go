package dao_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/dao"
	"github.com/trexgen/trexgen/blueprints/service/pkg/dao/daotest"
	"github.com/trexgen/trexgen/blueprints/service/pkg/db"
)

// store is what a Store and its fake have in common.
type store[T any] interface {
	Get(ctx context.Context, id string) (*T, error)
	GetForUpdate(ctx context.Context, id string) (*T, error)
	FindByIDs(ctx context.Context, ids []string) ([]T, error)
	Create(ctx context.Context, obj *T) error
	Update(ctx context.Context, obj *T) error
	Delete(ctx context.Context, id string) error
	List(ctx context.Context, query dao.Query) (dao.Page[T], error)
}

// eachStore runs test against a Store and against its fake.
func eachStore(t *testing.T, test func(t *testing.T, books store[book])) {
	t.Parallel()
	t.Run("Fake", func(t *testing.T) {
		t.Parallel()
		test(t, daotest.NewFake[book]())
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		t.Parallel()
		test(t, newLibrary(t).books)
	})
}

func TestWhatIsCreatedIsReadAgain(t *testing.T) {
	eachStore(t, func(t *testing.T, books store[book]) {
		zone := time.FixedZone("", 3600)
		obj := &book{
			Title: "Cosmos", Subtitle: ptr(""), Shelf: -1, Slot: ptr(int32(0)), Number: 1 << 60, Weight: 0.1, Small: 0.1,
			Signed: ptr(false), Printed: time.Date(1980, 1, 2, 3, 4, 5, 6789, zone), Bought: ptr(time.Date(2026, 1, 1, 0, 0, 0, 999, zone)),
			Notes: []string{"a"},
		}
		bought := obj.Bought
		create(t, books, obj)
		if obj.ID == "" || obj.RowVersion != 1 || obj.CreatedAt.IsZero() || !obj.UpdatedAt.Equal(obj.CreatedAt) {
			t.Errorf("meta after Create: %+v", obj.Meta)
		}
		if bought.Nanosecond() != 999 {
			t.Error("Create changed a time through the caller's pointer")
		}
		got, err := books.Get(t.Context(), obj.ID)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(obj, got); diff != "" {
			t.Errorf("read again (-created +got):\n%s", diff)
		}
		if got, err = books.Get(t.Context(), strings.ToUpper(obj.ID)); err != nil || got.ID != obj.ID {
			t.Errorf("by its id in capitals: %v, %v", got, err)
		}
	})
}

func TestCreateKeepsAnID(t *testing.T) {
	eachStore(t, func(t *testing.T, books store[book]) {
		id := api.NewID()
		obj := create(t, books, &book{Meta: api.Meta{ID: id}})
		if obj.ID != id {
			t.Errorf("id %s, want %s", obj.ID, id)
		}
		again := &book{Meta: api.Meta{ID: id}}
		var unique *db.UniqueError
		if err := books.Create(t.Context(), again); !errors.As(err, &unique) || unique.Column != "id" {
			t.Errorf("create twice: %v, want a UniqueError of id", err)
		}
		if diff := cmp.Diff(&book{Meta: api.Meta{ID: id}}, again); diff != "" {
			t.Errorf("what was not created has changed (-want +got):\n%s", diff)
		}
	})
}

func TestUpdateWritesZeroValues(t *testing.T) {
	eachStore(t, func(t *testing.T, books store[book]) {
		obj := create(t, books, &book{Title: "x", Subtitle: ptr("y"), Shelf: 3, Lent: true})
		created := obj.Meta
		obj.Title, obj.Subtitle, obj.Shelf, obj.Lent = "", nil, 0, false
		obj.CreatedAt = time.Time{}
		if err := books.Update(t.Context(), obj); err != nil {
			t.Fatal(err)
		}
		if obj.RowVersion != 2 || obj.UpdatedAt.Before(created.UpdatedAt) {
			t.Errorf("meta after Update: %+v", obj.Meta)
		}
		got, err := books.Get(t.Context(), obj.ID)
		if err != nil {
			t.Fatal(err)
		}
		obj.CreatedAt = created.CreatedAt
		if diff := cmp.Diff(obj, got); diff != "" {
			t.Errorf("read again (-updated +got):\n%s", diff)
		}
	})
}

func TestUpdateOfTheStaleAndTheGone(t *testing.T) {
	eachStore(t, func(t *testing.T, books store[book]) {
		first := create(t, books, &book{Title: "x"})
		second, err := books.Get(t.Context(), first.ID)
		if err != nil {
			t.Fatal(err)
		}
		if err := books.Update(t.Context(), first); err != nil {
			t.Fatal(err)
		}
		before := *second
		if err := books.Update(t.Context(), second); !errors.Is(err, dao.ErrStale) {
			t.Errorf("update of what was changed since: %v, want ErrStale", err)
		}
		if diff := cmp.Diff(&before, second); diff != "" {
			t.Errorf("what was not updated has changed (-want +got):\n%s", diff)
		}
		if err := books.Delete(t.Context(), first.ID); err != nil {
			t.Fatal(err)
		}
		if err := books.Update(t.Context(), first); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("update of what was deleted: %v, want ErrNotFound", err)
		}
		if _, err := books.Get(t.Context(), first.ID); !errors.Is(err, db.ErrNotFound) {
			t.Errorf("an update has brought back what was deleted: %v", err)
		}
	})
}

func TestUnknownIDs(t *testing.T) {
	eachStore(t, func(t *testing.T, books store[book]) {
		obj := create(t, books, &book{Title: "x"})
		for _, id := range []string{"", "x", api.NewID(), obj.ID + "0", "{" + obj.ID + "}", "a\x00", strings.ReplaceAll(obj.ID, "-", "")} {
			if _, err := books.Get(t.Context(), id); !errors.Is(err, db.ErrNotFound) {
				t.Errorf("Get(%q): %v, want ErrNotFound", id, err)
			}
			if err := books.Delete(t.Context(), id); !errors.Is(err, db.ErrNotFound) {
				t.Errorf("Delete(%q): %v, want ErrNotFound", id, err)
			}
			if err := books.Update(t.Context(), &book{Meta: api.Meta{ID: id, RowVersion: 1}}); !errors.Is(err, db.ErrNotFound) {
				t.Errorf("Update(%q): %v, want ErrNotFound", id, err)
			}
			if found, err := books.FindByIDs(t.Context(), []string{id}); err != nil || found == nil || len(found) > 0 {
				t.Errorf("FindByIDs(%q) = %v, %v; want an empty list", id, found, err)
			}
		}
	})
}

func TestFindByIDs(t *testing.T) {
	eachStore(t, func(t *testing.T, books store[book]) {
		first, second := create(t, books, &book{Title: "1"}), create(t, books, &book{Title: "2"})
		create(t, books, &book{Title: "3"})
		found, err := books.FindByIDs(t.Context(), []string{second.ID, "x", first.ID, strings.ToUpper(second.ID)})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]book{*first, *second}, found); diff != "" {
			t.Errorf("found (-want +got):\n%s", diff)
		}
	})
}

func TestListPages(t *testing.T) {
	eachStore(t, func(t *testing.T, books store[book]) {
		if page, err := books.List(t.Context(), dao.Query{Size: 10}); err != nil || page.Items == nil || page.Page != 1 || page.Total != 0 {
			t.Errorf("of nothing: %+v, %v", page, err)
		}
		var all []book
		for range 5 {
			all = append(all, *create(t, books, &book{Title: "x"}))
		}
		for _, tt := range []struct {
			query dao.Query
			want  []book
			more  bool
		}{
			{dao.Query{Page: 1, Size: 2}, all[:2], true},
			{dao.Query{Size: 2}, all[:2], true},
			{dao.Query{Page: 3, Size: 2}, all[4:], false},
			{dao.Query{Page: 1, Size: 5}, all, false},
			{dao.Query{Page: 2, Size: 5}, []book{}, false},
			{dao.Query{Page: 99, Size: 5}, []book{}, false},
			{dao.Query{Page: 1 << 62, Size: 100}, []book{}, false},
			{dao.Query{Page: 1, Size: 0}, []book{}, false},
			{dao.Query{Size: 2, OrderBy: "created_at"}, all[:2], true},
		} {
			page, err := books.List(t.Context(), tt.query)
			if err != nil {
				t.Errorf("%+v: %v", tt.query, err)
				continue
			}
			want := dao.Page[book]{Items: tt.want, Page: max(tt.query.Page, 1), Total: 5, Next: page.Next}
			if diff := cmp.Diff(want, page); diff != "" || (page.Next != "") != tt.more {
				t.Errorf("%+v: next %q, want one %t; (-want +got):\n%s", tt.query, page.Next, tt.more, diff)
			}
		}
	})
}

func TestListFollowsNext(t *testing.T) {
	eachStore(t, func(t *testing.T, books store[book]) {
		var want []string
		for range 7 {
			want = append(want, create(t, books, &book{Title: "x"}).ID)
		}
		got := walk(t, books, dao.Query{Size: 3})
		if diff := cmp.Diff(want, ids(got)); diff != "" {
			t.Errorf("by cursor (-want +got):\n%s", diff)
		}
		for _, query := range []dao.Query{{Size: 3, After: "x"}, {Size: 3, After: api.NewID()}} {
			var refused *dao.QueryError
			if _, err := books.List(t.Context(), query); !errors.As(err, &refused) || refused.Param != "after" {
				t.Errorf("%+v: %v, want a QueryError about after", query, err)
			}
		}
		page, err := books.List(t.Context(), dao.Query{Size: 3})
		if err != nil {
			t.Fatal(err)
		}
		var refused *dao.QueryError
		if _, err := books.List(t.Context(), dao.Query{Page: 2, Size: 3, After: page.Next}); !errors.As(err, &refused) {
			t.Errorf("after and page together: %v, want a QueryError", err)
		}
	})
}

// walk follows Next from the first page to the last.
func walk[T any](t testing.TB, objects store[T], query dao.Query) []T {
	t.Helper()
	var all []T
	var total int64
	for i := 0; ; i++ {
		page, err := objects.List(t.Context(), query)
		if err != nil {
			t.Fatalf("%+v: %v", query, err)
		}
		if all = append(all, page.Items...); i == 0 {
			total = page.Total
		}
		if page.Total != total {
			t.Errorf("total %d on one page, %d on another", total, page.Total)
		}
		if page.Next == "" {
			if int64(len(all)) != total {
				t.Errorf("%+v: %d items, total %d", query, len(all), total)
			}
			return all
		}
		if len(page.Items) != query.Size {
			t.Fatalf("%+v: %d items and yet a next page", query, len(page.Items))
		}
		query.After = page.Next
	}
}

func ids[T any](objects []T) []string {
	ids := make([]string, len(objects))
	for i := range objects {
		obj, _ := any(&objects[i]).(api.Object)
		ids[i] = obj.ObjectMeta().ID
	}
	return ids
}
