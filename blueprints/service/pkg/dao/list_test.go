package dao_test

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/dao"
)

// shelve stores 24 books with many ties and nulls, by two authors and none.
func shelve(t testing.TB, lib library) []book {
	t.Helper()
	one := create(t, lib.authors, &author{Name: "Darwin"})
	two := create(t, lib.authors, &author{Name: "Anning", Born: ptr(time.Date(1799, 5, 21, 0, 0, 0, 0, time.UTC))})
	authors := []*string{nil, &one.ID, &two.ID}
	var books []book
	for i := range 24 {
		obj := &book{
			Title: fmt.Sprintf("title %c", 'a'+i%4), Shelf: int32(i % 3), Number: 1<<53 + int64(i%5),
			Weight: float64(i%3) / 3, Small: float32(i%2) / 10, Lent: i%2 == 0, AuthorID: authors[i%3],
			Printed: time.Date(2000+i%3, 1, 1, 0, 0, 0, i%2*1000, time.UTC), Secret: "s",
		}
		if i%3 > 0 {
			obj.Slot, obj.Price, obj.Signed, obj.Subtitle = ptr(int32(i%2)), ptr(float64(i%5)/7), ptr(i%4 == 1), ptr("é'\"<&>")
			obj.Bought = ptr(obj.Printed.AddDate(1, 0, 0))
		}
		books = append(books, *create(t, lib.books, obj))
	}
	// As when one statement writes many: the times are no order.
	if err := lib.sessions.New(t.Context()).Exec(`UPDATE "books" SET "created_at" = ?`, books[0].CreatedAt).Error; err != nil {
		t.Fatal(err)
	}
	for i := range books {
		books[i].CreatedAt = books[0].CreatedAt
	}
	return books
}

// byNull compares as lists are ordered: null last in either direction.
func byNull[V any](direction int, compare func(a, b V) int, a, b *V) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return 1
	case b == nil:
		return -1
	}
	return direction * compare(*a, *b)
}

func byBool(a, b bool) int { return cmp.Compare(fmt.Sprint(a), fmt.Sprint(b)) }

func TestEachRowIsListedOnceInOrder(t *testing.T) {
	t.Parallel()
	lib := newLibrary(t)
	books := shelve(t, lib)
	names := map[string]*string{}
	found, err := lib.authors.List(t.Context(), dao.Query{Size: 10})
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range found.Items {
		names[a.ID] = &a.Name
	}
	name := func(b book) *string {
		if b.AuthorID == nil {
			return nil
		}
		return names[*b.AuthorID]
	}
	id := func(a, b book) int { return strings.Compare(a.ID, b.ID) }
	for _, tt := range []struct {
		order   string
		compare func(a, b book) int
	}{
		{"", id},
		{"created_at desc", func(a, b book) int { return -id(a, b) }},
		{"id DESC", func(a, b book) int { return -id(a, b) }},
		{" title , shelf ASC ", func(a, b book) int {
			return cmp.Or(strings.Compare(a.Title, b.Title), cmp.Compare(a.Shelf, b.Shelf), id(a, b))
		}},
		{"title desc,number", func(a, b book) int {
			return cmp.Or(-strings.Compare(a.Title, b.Title), cmp.Compare(a.Number, b.Number), id(a, b))
		}},
		{"weight desc,small desc", func(a, b book) int {
			return cmp.Or(-cmp.Compare(a.Weight, b.Weight), -cmp.Compare(a.Small, b.Small), -id(a, b))
		}},
		{"lent,printed desc", func(a, b book) int { return cmp.Or(byBool(a.Lent, b.Lent), -a.Printed.Compare(b.Printed), -id(a, b)) }},
		{"slot", func(a, b book) int { return cmp.Or(byNull(1, cmp.Compare[int32], a.Slot, b.Slot), id(a, b)) }},
		{"slot desc", func(a, b book) int { return cmp.Or(byNull(-1, cmp.Compare[int32], a.Slot, b.Slot), -id(a, b)) }},
		{"price desc,signed", func(a, b book) int {
			return cmp.Or(byNull(-1, cmp.Compare[float64], a.Price, b.Price), byNull(1, byBool, a.Signed, b.Signed), id(a, b))
		}},
		{"subtitle,bought desc,id", func(a, b book) int {
			return cmp.Or(byNull(1, strings.Compare, a.Subtitle, b.Subtitle), byNull(-1, time.Time.Compare, a.Bought, b.Bought), id(a, b))
		}},
		{"author_id desc", func(a, b book) int { return cmp.Or(byNull(-1, strings.Compare, a.AuthorID, b.AuthorID), -id(a, b)) }},
		{"author.name", func(a, b book) int { return cmp.Or(byNull(1, strings.Compare, name(a), name(b)), id(a, b)) }},
		{"author.name desc,title", func(a, b book) int {
			return cmp.Or(byNull(-1, strings.Compare, name(a), name(b)), strings.Compare(a.Title, b.Title), id(a, b))
		}},
	} {
		want := slices.Clone(books)
		slices.SortFunc(want, tt.compare)
		for _, size := range []int{1, 5, 24, 100} {
			got := walk(t, lib.books, dao.Query{Size: size, OrderBy: tt.order})
			if diff := gocmp.Diff(want, got); diff != "" {
				t.Errorf("order by %q in pages of %d (-want +got):\n%s", tt.order, size, gocmp.Diff(ids(want), ids(got)))
			}
		}
		var byNumber []book
		for number := 1; number <= 5; number++ {
			page, err := lib.books.List(t.Context(), dao.Query{Page: number, Size: 7, OrderBy: tt.order})
			if err != nil {
				t.Fatal(err)
			}
			byNumber = append(byNumber, page.Items...)
		}
		if diff := gocmp.Diff(ids(want), ids(byNumber)); diff != "" {
			t.Errorf("order by %q by page number (-want +got):\n%s", tt.order, diff)
		}
	}
}

func TestRowsThatComeAndGoDoNotShiftPages(t *testing.T) {
	t.Parallel()
	lib := newLibrary(t)
	var want []string
	for range 6 {
		want = append(want, create(t, lib.books, &book{}).ID)
	}
	first, err := lib.books.List(t.Context(), dao.Query{Size: 3})
	if err != nil {
		t.Fatal(err)
	}
	for _, gone := range want[1:3] { // the last one is what the cursor was made of
		if err := lib.books.Delete(t.Context(), gone); err != nil {
			t.Fatal(err)
		}
	}
	second, err := lib.books.List(t.Context(), dao.Query{Size: 3, After: first.Next})
	if err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff(want, ids(append(first.Items, second.Items...))); diff != "" {
		t.Errorf("both pages (-want +got):\n%s", diff)
	}
	if second.Total != 4 {
		t.Errorf("total %d, want 4", second.Total)
	}
}

func TestSearchFinds(t *testing.T) {
	t.Parallel()
	lib := newLibrary(t)
	books := shelve(t, lib)
	for search, match := range map[string]func(b book) bool{
		"title = 'title a'":                     func(b book) bool { return b.Title == "title a" },
		"title like '%b' or title ilike '% C'":  func(b book) bool { return strings.ContainsAny(b.Title, "bc") },
		`title like 'title\_a'`:                 func(book) bool { return false },
		"id = '" + books[3].ID + "'":            func(b book) bool { return b.ID == books[3].ID },
		"id like '%" + books[3].ID[10:] + "'":   func(b book) bool { return b.ID == books[3].ID },
		"id = 'x' or shelf = 1":                 func(b book) bool { return b.Shelf == 1 },
		"author_id != 'x'":                      func(b book) bool { return b.AuthorID != nil },
		"shelf in (0, 2) and lent = true":       func(b book) bool { return b.Shelf != 1 && b.Lent },
		"number = 9007199254740993":             func(b book) bool { return b.Number == 1<<53+1 },
		"small = 0.1":                           func(b book) bool { return b.Small != 0 },
		"weight between 0.3 and 0.4":            func(b book) bool { return b.Shelf == 1 },
		"not (slot = 1)":                        func(b book) bool { return b.Slot != nil && *b.Slot != 1 },
		"slot is null and subtitle is null":     func(b book) bool { return b.Slot == nil },
		"subtitle = 'é''\"<&>'":                 func(b book) bool { return b.Subtitle != nil },
		"printed > '2001-01-01'":                func(b book) bool { return b.Printed.After(time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)) },
		"printed = '2001-01-01T01:00:00+01:00'": func(b book) bool { return b.Printed.Equal(time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)) },
		"author.name = 'Anning'":                func(b book) bool { return b.Shelf == 2 },
		"author.born is null":                   func(b book) bool { return b.Shelf != 2 },
		"author.name = 'Anning' and author.born < '1800-01-01' or shelf = 0": func(b book) bool { return b.Shelf != 1 },
	} {
		var want []string
		for _, b := range books {
			if match(b) {
				want = append(want, b.ID)
			}
		}
		for _, query := range []dao.Query{
			{Search: search, Size: 100},
			{Search: search, Size: 3},
			{Search: search, Size: 3, OrderBy: "author.name"},
		} {
			got := ids(walk(t, lib.books, query))
			slices.Sort(got)
			if diff := gocmp.Diff(want, got, gocmp.Transformer("nil", func(s []string) []string { return append([]string{}, s...) })); diff != "" {
				t.Errorf("%+v (-want +got):\n%s", query, diff)
			}
		}
	}
}

func TestListRefuses(t *testing.T) {
	t.Parallel()
	books := dao.NewStore[book](nil, dao.WithHidden("secret")) // asks no database
	for _, tt := range []struct {
		query       dao.Query
		param, says string
	}{
		{dao.Query{Search: "secret = 's'"}, "search", "secret"},
		{dao.Query{Search: "row_version = 1"}, "search", "row_version"},
		{dao.Query{Search: "notes = 'a'"}, "search", "notes"},
		{dao.Query{Search: "author.name = 'a'"}, "search", "author.name"},
		{dao.Query{Search: "title = 'a' and"}, "search", "at 16: "},
		{dao.Query{OrderBy: "secret"}, "orderBy", "secret"},
		{dao.Query{OrderBy: "title,,id"}, "orderBy", "comma"},
		{dao.Query{OrderBy: "title,"}, "orderBy", "comma"},
		{dao.Query{OrderBy: "title up"}, "orderBy", `"up"`},
		{dao.Query{OrderBy: "title desc nulls first"}, "orderBy", "nulls"},
		{dao.Query{OrderBy: "title,shelf,title desc"}, "orderBy", "twice"},
		{dao.Query{OrderBy: `title;drop table "books"`}, "orderBy", "no column"},
		{dao.Query{OrderBy: strings.Repeat("title,", 20)}, "orderBy", "twice"},
		{dao.Query{OrderBy: strings.Repeat("x", 8000)}, "orderBy", "no column"},
		{dao.Query{OrderBy: "title " + strings.Repeat("x", 8000)}, "orderBy", "only asc or desc"},
	} {
		page, err := books.List(t.Context(), tt.query)
		var refused *dao.QueryError
		if !errors.As(err, &refused) || refused.Param != tt.param || !strings.Contains(refused.Reason, tt.says) {
			t.Errorf("%+v: %v; want a QueryError about %s: …%s…", tt.query, err, tt.param, tt.says)
		}
		if page.Items == nil {
			t.Errorf("%+v: items are nil", tt.query)
		}
		if err != nil && len(err.Error()) > 600 { // a request must not make an answer that is larger than it
			t.Errorf("%.100v…: the reason has %d bytes", tt.query, len(err.Error()))
		}
	}
}

func BenchmarkList(b *testing.B) {
	lib := newLibrary(b)
	for range 300 {
		create(b, lib.books, &book{Title: api.NewID()})
	}
	for _, query := range []dao.Query{{Size: 100}, {Size: 100, OrderBy: "author.name"}} {
		b.Run("order="+query.OrderBy, func(b *testing.B) {
			for b.Loop() {
				if _, err := lib.books.List(b.Context(), query); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
