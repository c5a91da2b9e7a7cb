package dao_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/dao"
	"github.com/trexgen/trexgen/blueprints/service/pkg/db"
	"github.com/trexgen/trexgen/blueprints/service/test/devdb"
)

type mood string

// exhibit has the types that book lacks, lists of them, and references whose
// names are hard on SQL.
type exhibit struct {
	api.Meta

	Price    decimal.Decimal  `gorm:"type:numeric"`
	Insured  *decimal.Decimal `gorm:"type:numeric"`
	Rounded  *decimal.Decimal `gorm:"type:numeric(10,2)"`
	Made     api.Date
	Lent     *api.Date
	Code     uuid.UUID        `gorm:"type:uuid"`
	Tag      *uuid.UUID       `gorm:"type:uuid"`
	Data     json.RawMessage  `gorm:"serializer:json"`
	Extra    *json.RawMessage `gorm:"serializer:json"`
	Mood     mood
	Wish     *mood
	Names    []string           `gorm:"serializer:json"`
	Sizes    *[]int64           `gorm:"serializer:json"`
	Prices   []decimal.Decimal  `gorm:"serializer:json"`
	Days     []api.Date         `gorm:"serializer:json"`
	Codes    []uuid.UUID        `gorm:"serializer:json"`
	Moments  []time.Time        `gorm:"serializer:json"`
	Moods    []mood             `gorm:"serializer:json"`
	Weights  []float64          `gorm:"serializer:json"`
	Flags    []bool             `gorm:"serializer:json"`
	Whole    *string            `gorm:"column:exhibits_id;type:uuid"`
	Maker    *string            `gorm:"column:order_id;type:uuid"`
	Seller   *string            `gorm:"column:mood_id;type:uuid"`
	Outdated *[]decimal.Decimal `gorm:"serializer:json"`
}

const exhibits = `
	CREATE TABLE "exhibits" ("id" uuid PRIMARY KEY, "created_at" timestamptz NOT NULL, "updated_at" timestamptz NOT NULL,
		"row_version" bigint NOT NULL, "price" numeric NOT NULL CHECK ("price" >= 0), "insured" numeric, "rounded" numeric(10,2),
		"made" date NOT NULL, "lent" date, "code" uuid NOT NULL, "tag" uuid UNIQUE, "data" jsonb NOT NULL, "extra" jsonb,
		"mood" text NOT NULL CHECK ("mood" IN ('calm', 'wild')), "wish" text, "names" jsonb NOT NULL, "sizes" jsonb,
		"prices" jsonb NOT NULL, "days" jsonb NOT NULL, "codes" jsonb NOT NULL, "moments" jsonb NOT NULL,
		"moods" jsonb NOT NULL CHECK ("moods" <@ '["calm", "wild"]'::jsonb), "weights" jsonb NOT NULL, "flags" jsonb NOT NULL,
		"exhibits_id" uuid REFERENCES "exhibits" ("id") ON DELETE RESTRICT,
		"order_id" uuid REFERENCES "authors" ("id") ON DELETE RESTRICT,
		"mood_id" uuid REFERENCES "authors" ("id") ON DELETE RESTRICT, "outdated" jsonb);`

// gallery is a database of exhibits and of authors, who made or sold them. The
// names of the references are that of the table itself, a word of SQL and that
// of another column.
func newGallery(t testing.TB) (gallery dao.Store[exhibit], authors dao.Store[author]) {
	t.Helper()
	sessions := open(t, devdb.Empty(t))
	if err := sessions.New(t.Context()).Exec(tables + exhibits).Error; err != nil {
		t.Fatal(err)
	}
	return dao.NewStore[exhibit](sessions,
		dao.WithJoin[exhibit]("exhibits", "exhibits_id"),
		dao.WithJoin[author]("order", "order_id"),
		dao.WithJoin[author]("mood", "mood_id"),
	), dao.NewStore[author](sessions)
}

// newExhibit has each list nil or empty, and the rest as given.
func newExhibit(price string, made api.Date) *exhibit {
	return &exhibit{
		Price: decimal.RequireFromString(price), Made: made, Code: uuid.New(), Data: json.RawMessage(`{}`), Mood: "calm",
	}
}

func jsonOf(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// What a client is answered after a write has to be what it reads ever after.
func TestEveryTypeIsReadAsItWasAnswered(t *testing.T) {
	t.Parallel()
	gallery, authors := newGallery(t)
	maker := create(t, authors, &author{Name: "Anning"})
	moment := time.Date(2026, 1, 2, 3, 4, 5, 123456789, time.FixedZone("", 3600))
	digits := strings.Repeat("9", 64)
	obj := newExhibit(digits+"."+digits, api.Date{Year: 1, Month: 1, Day: 1})
	obj.Insured, obj.Rounded = ptr(decimal.RequireFromString("-0.10")), ptr(decimal.RequireFromString("1.555"))
	obj.Lent, obj.Tag = ptr(api.Date{Year: 9999, Month: 12, Day: 31}), ptr(uuid.New())
	obj.Data = json.RawMessage(`{ "z": [1.50, 1e2, -0.0, "<\u00e9>"], "a": {"b": null} }`)
	obj.Extra = ptr(json.RawMessage(`"text"`))
	obj.Wish = ptr(mood("wild"))
	obj.Sizes = &[]int64{1<<53 + 1, -1 << 63}
	obj.Prices, obj.Days, obj.Codes = []decimal.Decimal{obj.Price}, []api.Date{obj.Made, *obj.Lent}, []uuid.UUID{uuid.New()}
	obj.Moments, obj.Moods, obj.Weights, obj.Flags = []time.Time{moment}, []mood{"wild", "wild"}, []float64{1e308, 5e-324, 0.1, math.Copysign(0, -1)}, []bool{true}
	obj.Maker = ptr(strings.ToUpper(maker.ID))
	moments := obj.Moments
	create(t, gallery, obj)
	if !moments[0].Equal(moment) {
		t.Error("Create changed a list that the caller may share")
	}
	if *obj.Maker != maker.ID {
		t.Errorf("the id in capitals became %q, want %q", *obj.Maker, maker.ID)
	}
	same := func(when string) {
		t.Helper()
		got, err := gallery.Get(t.Context(), obj.ID)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(jsonOf(t, obj), jsonOf(t, got)); diff != "" {
			t.Errorf("read after %s (-written +got):\n%s", when, diff)
		}
		page, err := gallery.List(t.Context(), dao.Query{Size: 10, Search: "id = '" + obj.ID + "'"})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]exhibit{*got}, page.Items); diff != "" {
			t.Errorf("listed after %s (-read +listed):\n%s", when, diff)
		}
	}
	same("create")
	if obj.Names == nil || !obj.Rounded.Equal(decimal.RequireFromString("1.56")) {
		t.Errorf("names %v, rounded %v; want an empty list and 1.56", obj.Names, obj.Rounded)
	}

	obj.Data = json.RawMessage(`  [ {"b":1,"a":2} ]  `)
	obj.Extra, obj.Insured, obj.Lent, obj.Tag, obj.Wish, obj.Sizes = nil, nil, nil, nil, nil, nil
	obj.Prices, obj.Moments, obj.Outdated = nil, nil, ptr([]decimal.Decimal(nil))
	if err := gallery.Update(t.Context(), obj); err != nil {
		t.Fatal(err)
	}
	same("update")
	if obj.RowVersion != 2 || obj.Prices == nil || obj.Moments == nil || obj.Outdated == nil {
		t.Errorf("after the update: version %d, lists %v, %v, %v; want 2 and none nil", obj.RowVersion, obj.Prices, obj.Moments, obj.Outdated)
	}
}

// fill stores exhibits with ties and nulls in each column and each reference.
func fill(t *testing.T, gallery dao.Store[exhibit], authors dao.Store[author]) []exhibit {
	t.Helper()
	makers := []*author{create(t, authors, &author{Name: "A"}), create(t, authors, &author{Name: "B", Born: ptr(api.Now())})}
	var all []exhibit
	for i := range 12 {
		obj := newExhibit([]string{"0", "0.1", "9007199254740993", "9007199254740992"}[i%4], api.Date{Year: 2026, Month: 1, Day: 1 + i%3})
		obj.Code[0] = byte(i % 2)
		if i%3 > 0 {
			obj.Insured, obj.Lent = ptr(decimal.New(int64(i%2), -30)), ptr(api.Date{Year: 1 + i%4, Month: 1, Day: 1})
			obj.Tag, obj.Wish, obj.Extra = ptr(uuid.New()), ptr(mood("wild")), ptr(json.RawMessage(`1`))
			obj.Maker, obj.Seller = &makers[i%2].ID, &makers[(i+1)%2].ID
			obj.Whole = &all[i/2].ID
		}
		all = append(all, *create(t, gallery, obj))
	}
	return all
}

func TestEveryTypeOrdersAndPages(t *testing.T) {
	t.Parallel()
	gallery, authors := newGallery(t)
	all := fill(t, gallery, authors)
	for _, column := range []string{
		"price", "insured", "made", "lent", "code", "tag", "mood", "wish", "exhibits_id", "order_id",
		"exhibits.price", "exhibits.made", "exhibits.code", "exhibits.created_at", "order.name", "mood.born", "order.name desc,mood.name",
	} {
		for _, order := range []string{column, column + " desc"} {
			whole := ids(walk(t, gallery, dao.Query{Size: 100, OrderBy: order}))
			if sorted := slices.Sorted(slices.Values(whole)); len(slices.Compact(sorted)) != len(all) {
				t.Errorf("order by %s lists %d exhibits, want %d", order, len(sorted), len(all))
			}
			for _, size := range []int{1, 5} {
				if diff := cmp.Diff(whole, ids(walk(t, gallery, dao.Query{Size: size, OrderBy: order}))); diff != "" {
					t.Errorf("order by %s in pages of %d (-whole +pages):\n%s", order, size, diff)
				}
			}
		}
	}
	byPrice := walk(t, gallery, dao.Query{Size: 2, OrderBy: "price,made desc"})
	if !slices.IsSortedFunc(byPrice, func(a, b exhibit) int {
		if c := a.Price.Cmp(b.Price); c != 0 {
			return c
		}
		return b.Made.Compare(a.Made)
	}) {
		t.Errorf("order by price, made desc: got %v", byPrice)
	}
}

func TestEveryTypeIsSearched(t *testing.T) {
	t.Parallel()
	gallery, authors := newGallery(t)
	all := fill(t, gallery, authors)
	tagged := all[1]
	for search, match := range map[string]func(e exhibit) bool{
		"price = 9007199254740993":                             func(e exhibit) bool { return e.Price.String() == "9007199254740993" },
		"price = 0.10":                                         func(e exhibit) bool { return e.Price.String() == "0.1" },
		"price between -1 and .5":                              func(e exhibit) bool { return e.Price.LessThan(decimal.New(1, 0)) },
		"price in (0, 7)":                                      func(e exhibit) bool { return e.Price.IsZero() },
		"insured = 0.000000000000000000000000000001":           func(e exhibit) bool { return e.Insured != nil && !e.Insured.IsZero() },
		"made = '2026-01-02' or made > '2026-01-02'":           func(e exhibit) bool { return e.Made.Day > 1 },
		"lent is not null and lent not in '2026-01-01'":        nil,
		"lent < '0002-01-01'":                                  func(e exhibit) bool { return e.Lent != nil && e.Lent.Year < 2 },
		"made between '0001-01-01' and '9999-12-31'":           func(exhibit) bool { return true },
		"tag = '" + strings.ToUpper(tagged.Tag.String()) + "'": func(e exhibit) bool { return e.ID == tagged.ID },
		"tag = 'x'":                                   func(exhibit) bool { return false },
		"mood = 'calm' and wish ilike 'W%'":           func(e exhibit) bool { return e.Wish != nil },
		"extra is null and names is not null":         func(e exhibit) bool { return e.Extra == nil },
		"extra = 1":                                   nil,
		"names in ('a')":                              nil,
		"exhibits.names = 'a'":                        nil,
		"exhibits.id = '" + *tagged.Whole + "'":       func(e exhibit) bool { return e.Whole != nil && *e.Whole == *tagged.Whole },
		"exhibits.mood = 'calm' and mood = 'calm'":    func(e exhibit) bool { return e.Whole != nil },
		"exhibits.data is null":                       func(e exhibit) bool { return e.Whole == nil },
		"order.name = 'A' and mood.name = 'B'":        func(e exhibit) bool { return e.Maker != nil && *e.Maker == *all[2].Maker },
		"order.name = mood.name":                      nil,
		"order.born is not null or mood.name is null": func(e exhibit) bool { return e.Maker == nil || *e.Maker != *all[2].Maker },
	} {
		page, err := gallery.List(t.Context(), dao.Query{Search: search, Size: 100, OrderBy: "order.name,id"})
		if match == nil {
			if refused := new(dao.QueryError); !errors.As(err, &refused) || refused.Param != "search" {
				t.Errorf("%s: %v, want a QueryError", search, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", search, err)
			continue
		}
		want := []string{}
		for _, e := range all {
			if match(e) {
				want = append(want, e.ID)
			}
		}
		got := ids(page.Items)
		slices.Sort(got)
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: got %v, want %v", search, got, want)
		}
	}
	for _, order := range []string{"names", "extra desc", "exhibits.data"} {
		_, err := gallery.List(t.Context(), dao.Query{OrderBy: order, Size: 1})
		if refused := new(dao.QueryError); !errors.As(err, &refused) || !strings.Contains(refused.Reason, "no order") {
			t.Errorf("order by %s: %v, want a QueryError that there is no order", order, err)
		}
	}
}

func TestOddLiteralsOfNewTypesAreRefusedOrExecute(t *testing.T) {
	t.Parallel()
	gallery, _ := newGallery(t)
	executed := 0
	for column, literals := range map[string][]string{
		"price": {"00", "-0", "+.5", "5.", ".", "-", "1e3", "NaN", "Infinity", strings.Repeat("9", 1000), "." + strings.Repeat("9", 1000), strings.Repeat("9", 1001)},
		"lent":  {"'0001-01-01'", "'9999-12-31'", "'10000-01-01'", "'infinity'", "'today'", "'2026-02-29'", "'0044-03-15 BC'", "''"},
		"mood":  {"'calm'", "'none'", "''", "'%'"},
		"tag":   {"'x'", "'{01980000-0000-7000-8000-00000000000a}'", "'01980000-0000-7000-8000-00000000000A'"},
	} {
		for _, literal := range literals {
			for _, test := range []string{"%s = %s", "%s < %s", "%s not in (%s)"} {
				search := fmt.Sprintf(test, column, literal)
				_, err := gallery.List(t.Context(), dao.Query{Search: search, Size: 1})
				if refused := new(dao.QueryError); err != nil && !errors.As(err, &refused) {
					t.Errorf("%.100s: %v", search, err)
				} else if err == nil {
					executed++
				}
			}
		}
	}
	if executed < 30 {
		t.Errorf("only %d searches were executed", executed)
	}
}

func TestDeleteOfWhatIsReferredTo(t *testing.T) {
	t.Parallel()
	gallery, authors := newGallery(t)
	all := fill(t, gallery, authors)
	var inUse *db.ForeignKeyError
	if err := gallery.Delete(t.Context(), *all[1].Whole); !errors.As(err, &inUse) || !inUse.Referenced || inUse.Table != "exhibits" {
		t.Errorf("delete of an exhibit: %v, want a ForeignKeyError of exhibits", err)
	}
	if err := authors.Delete(t.Context(), *all[1].Maker); !errors.As(err, &inUse) || !inUse.Referenced || inUse.Table != "exhibits" {
		t.Errorf("delete of an author: %v, want a ForeignKeyError of exhibits", err)
	}
	obj := newExhibit("1", api.Date{Year: 2026, Month: 1, Day: 1})
	obj.Whole = ptr(api.NewID())
	if err := gallery.Create(t.Context(), obj); !errors.As(err, &inUse) || inUse.Referenced || inUse.Column != "exhibits_id" {
		t.Errorf("reference to nothing: %v, want a ForeignKeyError of exhibits_id", err)
	}
	var refused *db.CheckError
	if err := gallery.Create(t.Context(), newExhibit("-1", api.Date{Year: 2026, Month: 1, Day: 1})); !errors.As(err, &refused) || refused.Column != "price" {
		t.Errorf("a price below 0: %v, want a CheckError of price", err)
	}
	wild := newExhibit("1", api.Date{Year: 2026, Month: 1, Day: 1})
	wild.Moods = []mood{"sad"}
	if err := gallery.Create(t.Context(), wild); !errors.As(err, &refused) || refused.Column != "moods" || wild.ID != "" {
		t.Errorf("an unknown mood: %v with the id %q, want a CheckError of moods and no id", err, wild.ID)
	}
}
