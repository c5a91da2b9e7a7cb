package tsl

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const anID = "01980000-0000-7000-8000-00000000000a"

func testColumns() map[string]Column {
	return map[string]Column{
		"id":         {SQL: `"t"."id"`, Type: UUID},
		"name":       {SQL: `"t"."name"`, Type: Text},
		"owner.name": {SQL: `"owner"."name"`, Type: Text},
		"shelf":      {SQL: `"t"."shelf"`, Type: Int, Bits: 32},
		"number":     {SQL: `"t"."number"`, Type: Int, Bits: 64},
		"weight":     {SQL: `"t"."weight"`, Type: Float},
		"small":      {SQL: `"t"."small"`, Type: Float, Bits: 32},
		"extinct":    {SQL: `"t"."extinct"`, Type: Bool},
		"created_at": {SQL: `"t"."created_at"`, Type: Time},
		"price":      {SQL: `"t"."price"`, Type: Decimal},
		"day":        {SQL: `"t"."day"`, Type: Date},
		"not":        {SQL: `"t"."not"`, Type: Int},
		"or":         {SQL: `"t"."or"`, Type: Int},
		"in":         {SQL: `"t"."in"`, Type: Int},
		"is":         {SQL: `"t"."is"`, Type: Int},
		"like":       {SQL: `"t"."like"`, Type: Text},
		"tags":       {SQL: `"t"."tags"`, Type: JSON},
	}
}

func lookupIn(columns map[string]Column) func(string) (Column, bool) {
	return func(name string) (Column, bool) {
		column, ok := columns[name]
		return column, ok
	}
}

func TestCompile(t *testing.T) {
	t.Parallel()
	day := time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)
	lookup := lookupIn(testColumns())
	for _, tt := range []struct {
		text, clause string
		args         []any
	}{
		{"", "", nil},
		{" \t\n", "", nil},
		{"name = 'x'", `"t"."name" = ?`, []any{"x"}},
		{"name='x'", `"t"."name" = ?`, []any{"x"}},
		{"name != 'x'", `"t"."name" <> ?`, []any{"x"}},
		{"name <> 'x'", `"t"."name" <> ?`, []any{"x"}},
		{"name = 'T''Rex'", `"t"."name" = ?`, []any{"T'Rex"}},
		{"name = ''", `"t"."name" = ?`, []any{""}},
		{"name = ''''", `"t"."name" = ?`, []any{"'"}},
		{"name = '?'", `"t"."name" = ?`, []any{"?"}},
		{"name = 'é or 1=1 --'", `"t"."name" = ?`, []any{"é or 1=1 --"}},
		{"owner.name = 'x'", `"owner"."name" = ?`, []any{"x"}},
		{"number < 1", `"t"."number" < ?`, []any{int64(1)}},
		{"number<=-1", `"t"."number" <= ?`, []any{int64(-1)}},
		{"number > +1", `"t"."number" > ?`, []any{int64(1)}},
		{"number >= 9223372036854775807", `"t"."number" >= ?`, []any{int64(9223372036854775807)}},
		{"shelf = 2147483647", `"t"."shelf" = ?`, []any{int64(2147483647)}},
		{"weight > 3", `"t"."weight" > ?`, []any{3.0}},
		{"weight > -.5e-3", `"t"."weight" > ?`, []any{-.5e-3}},
		{"small = 0.1", `"t"."small" = ?`, []any{float64(float32(0.1))}},
		{"extinct = TRUE", `"t"."extinct" = ?`, []any{true}},
		{"extinct != false", `"t"."extinct" <> ?`, []any{false}},
		{"created_at > '2026-01-02'", `"t"."created_at" > ?`, []any{day}},
		{"created_at > '2026-01-02T02:00:00.5+02:00'", `"t"."created_at" > ?`, []any{day.Add(time.Second / 2)}},
		{"price = 0.1000000000000000000000000001", `"t"."price" = ?`, []any{"0.1000000000000000000000000001"}},
		{"price between -.5 and +12345678901234567890.", `"t"."price" BETWEEN ? AND ?`, []any{"-.5", "+12345678901234567890."}},
		{"day >= '0001-01-01' and day in ('9999-12-31')", `("t"."day" >= ? AND "t"."day" IN (?))`, []any{"0001-01-01", "9999-12-31"}},
		{"tags is null or tags is not null", `("t"."tags" IS NULL OR "t"."tags" IS NOT NULL)`, nil},
		{"name like 'T%'", `"t"."name" LIKE ?`, []any{"T%"}},
		{`name not ilike 't\_%\\'`, `"t"."name" NOT ILIKE ?`, []any{`t\_%\\`}},
		{"id like '0198%'", `"t"."id"::text LIKE ?`, []any{"0198%"}},
		{"name in ('a','b')", `"t"."name" IN (?, ?)`, []any{"a", "b"}},
		{"shelf not in (1)", `"t"."shelf" NOT IN (?)`, []any{int64(1)}},
		{"weight between 1 and 2", `"t"."weight" BETWEEN ? AND ?`, []any{1.0, 2.0}},
		{"weight not between 1 and 2", `"t"."weight" NOT BETWEEN ? AND ?`, []any{1.0, 2.0}},
		{"name is null", `"t"."name" IS NULL`, nil},
		{"name IS NOT NULL", `"t"."name" IS NOT NULL`, nil},
		{"not name is null", `NOT ("t"."name" IS NULL)`, nil},
		{"name is null or shelf is null and number is null",
			`("t"."name" IS NULL OR ("t"."shelf" IS NULL AND "t"."number" IS NULL))`, nil},
		{"(name is null or shelf is null) and number is null",
			`(("t"."name" IS NULL OR "t"."shelf" IS NULL) AND "t"."number" IS NULL)`, nil},
		{"not (name = 'a' or not weight > 3) AND shelf = 1",
			`(NOT (("t"."name" = ? OR NOT ("t"."weight" > ?))) AND "t"."shelf" = ?)`, []any{"a", 3.0, int64(1)}},

		// Columns may be called like keywords.
		{"not = 1 and not not != 2 or not is null", `(("t"."not" = ? AND NOT ("t"."not" <> ?)) OR "t"."not" IS NULL)`, []any{int64(1), int64(2)}},
		{"not not in (1) and not name is null", `(NOT ("t"."not" IN (?)) AND NOT ("t"."name" IS NULL))`, []any{int64(1)}},
		{"not like != 'a' and not like like 'b'", `(NOT ("t"."like" <> ?) AND NOT ("t"."like" LIKE ?))`, []any{"a", "b"}},
		{"not in in (1) and not in not in (2)", `(NOT ("t"."in" IN (?)) AND NOT ("t"."in" NOT IN (?)))`, []any{int64(1), int64(2)}},
		{"not in (1) or not is not null or not is is not null",
			`("t"."not" IN (?) OR "t"."not" IS NOT NULL OR NOT ("t"."is" IS NOT NULL))`, []any{int64(1)}},
		{"or = 1 or or = 1", `("t"."or" = ? OR "t"."or" = ?)`, []any{int64(1), int64(1)}},

		// An id that is no UUID belongs to nothing, as is said of GET.
		{"id = '" + anID + "'", `"t"."id" = ?`, []any{anID}},
		{"id = 'x'", "FALSE", nil},
		{"id != 'x'", `"t"."id" IS NOT NULL`, nil},
		{"id < 'x'", "FALSE", nil},
		{"id in ('x')", "FALSE", nil},
		{"id not in ('x')", `"t"."id" IS NOT NULL`, nil},
		{"id in ('x', '" + anID + "')", `"t"."id" IN (?)`, []any{anID}},
		{"id between 'x' and '" + anID + "'", "FALSE", nil},
		{"id not between 'x' and '" + anID + "'", `"t"."id" IS NOT NULL`, nil},
	} {
		clause, args, err := Compile(tt.text, lookup)
		if err != nil {
			t.Errorf("Compile(%q): %v", tt.text, err)
			continue
		}
		if diff := cmp.Diff(tt.clause, clause); diff != "" {
			t.Errorf("clause of %q (-want +got):\n%s", tt.text, diff)
		}
		if diff := cmp.Diff(tt.args, args); diff != "" {
			t.Errorf("arguments of %q (-want +got):\n%s", tt.text, diff)
		}
	}
}

func TestCompileRefuses(t *testing.T) {
	t.Parallel()
	lookup := lookupIn(testColumns())
	for _, tt := range []struct {
		text string
		at   int
		says string // part of the reason
	}{
		{"nope = 1", 1, `no column "nope"`},
		{strings.Repeat("\u202e", 2000) + " = 1", 1, "means nothing here"},
		{strings.Repeat("\u0130", 4000) + " = 1", 1, "there is no column"},
		{"weight = " + strings.Repeat("9", 8000), 10, "a number that the column can hold"},
		{"name " + strings.Repeat("x", 8000), 6, "is wanted"},
		{"Name = 'x'", 1, `no column "Name"`},
		{"name = 'x'; drop table t", 11, `';' means nothing here`},
		{"name = 'x", 8, "has no end"},
		{"name = 'x''", 8, "has no end"},
		{"name = 'é' and nope = 1", 16, `no column "nope"`},
		{"name", 5, "a comparison such as = is wanted, not the end"},
		{"name =", 7, "a 'text' is wanted, not the end"},
		{"name = 1", 8, `a 'text' is wanted, not "1"`},
		{"name = null", 8, "is null"},
		{"name = x", 8, `a 'text' is wanted, not "x"`},
		{"name is 'x'", 9, "null is wanted"},
		{"name not = 'x'", 10, "like, ilike, in or between is wanted"},
		{"name = 'x' or", 14, "a column is wanted, not the end"},
		{"name = 'x' shelf = 1", 12, `and, or or the end is wanted, not "shelf"`},
		{"name = 'x')", 11, `and, or or the end is wanted, not ")"`},
		{"(name = 'x'", 12, "and, or or ) is wanted, not the end"},
		{"()", 2, "a column is wanted"},
		{"'x' = name", 1, "a column is wanted"},
		{"shelf = 1.5", 9, `"1.5" is not a whole number`},
		{"shelf = 2147483648", 9, "is not a whole number that the column can hold"},
		{"number = 9223372036854775808", 10, "that the column can hold"},
		{"number = 1_000", 10, "not a whole number"},
		{"weight = 1e999", 10, "not a number that the column can hold"},
		{"small = 1e39", 9, "not a number that the column can hold"},
		{"weight = 0x1p4", 10, "not a number"},
		{"weight = -", 10, "not a number"},
		{"weight = '3'", 10, "a number is wanted"},
		{"weight like '3'", 13, "only a text"},
		{"extinct = 'true'", 11, "true or false is wanted"},
		{"extinct = maybe", 11, "not true or false"},
		{"created_at = 'yesterday'", 14, "is not a 'time'"},
		{"created_at = '2026-02-30'", 14, "is not a 'time'"},
		{"price = 1e5", 9, "not a number such as 1.5"},
		{"price = .", 9, "not a number"},
		{"price = +-1", 9, "not a number"},
		{"price = 1.5.1", 9, "not a number"},
		{"price = '1.5'", 9, "a number such as 1.5"},
		{"price = " + strings.Repeat("1", maxDigits+1), 9, "at most 1000 digits"},
		{"day = '2026-01-02T00:00:00Z'", 7, "is not a 'date'"},
		{"day = '2026-02-30'", 7, "is not a 'date'"},
		{"day = '0000-01-01'", 7, "is not a 'date'"},
		{"day like '2026%'", 10, "only a text"},
		{"tags = 'a'", 6, "tags is a list or free JSON: only is null"},
		{"tags not in ('a')", 6, "tags is a list"},
		{"tags is 'a'", 9, "null is wanted"},
		{`name like 'a\'`, 11, "escapes nothing"},
		{"name like x", 11, "a 'pattern' is wanted"},
		{"name in 'a'", 9, "( is wanted"},
		{"name in ()", 10, "a 'text' is wanted"},
		{"name in ('a' 'b')", 14, ", or ) is wanted"},
		{"weight between 1 or 2", 18, "and is wanted"},
		{"name = 'a\x00'", 10, "NUL"},
		{"name = 'a\xff'", 1, "UTF-8"},
		{strings.Repeat("(", 50) + "name = 'x'" + strings.Repeat(")", 50), MaxDepth + 2, "levels deep"},
		{strings.Repeat("not ", 50) + "name = 'x'", 4*(MaxDepth+1) + 1, "levels deep"},
		{"shelf in (" + strings.Repeat("1,", MaxTerms) + "1)", 11 + 2*MaxTerms, "more than 250 terms"},
		{"shelf = 1" + strings.Repeat(" or shelf = 1", MaxTerms), 0, "more than 250 terms"},
		{"name = '" + strings.Repeat("x", MaxLength) + "'", 1, "longer than"},
	} {
		clause, _, err := Compile(tt.text, lookup)
		var refused *Error
		if !errors.As(err, &refused) {
			t.Errorf("Compile(%.60q) = %q, %v; want an *Error", tt.text, clause, err)
			continue
		}
		if len(refused.Reason) > 600 { // a request must not make an answer that is larger than it
			t.Errorf("Compile(%.60q): the reason has %d bytes", tt.text, len(refused.Reason))
		}
		if tt.at > 0 && refused.At != tt.at || !strings.Contains(refused.Reason, tt.says) {
			t.Errorf("Compile(%.60q): %v; want at %d: …%s…", tt.text, err, tt.at, tt.says)
		}
	}
}

func TestEveryTypeIsComplete(t *testing.T) {
	t.Parallel()
	for typ := Text; typ <= JSON; typ++ {
		if row, ok := types[typ]; !ok || row.parse == nil || row.wanted == "" || row.literal == end {
			t.Errorf("type %d: row %+v is not complete", typ, row)
		}
	}
}

func TestColumnParses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		column Column
		text   string
		want   any // nil if it cannot be read
	}{
		{Column{Type: Text}, "x'?", "x'?"},
		{Column{Type: Text}, "x\x00", nil},
		{Column{Type: Text}, "x\xff", nil},
		{Column{Type: UUID}, anID, anID},
		{Column{Type: UUID}, strings.ReplaceAll(anID, "-", ""), nil},
		{Column{Type: UUID}, strings.Repeat("x", 36), nil},
		{Column{Type: Int, Bits: 16}, "32767", int64(32767)},
		{Column{Type: Int, Bits: 16}, "32768", nil},
		{Column{Type: Float}, "1.5", 1.5},
		{Column{Type: Float}, "", nil},
		{Column{Type: Float}, "NaN", nil},
		{Column{Type: Float}, "-inf", nil},
		{Column{Type: Bool}, "true", true},
		{Column{Type: Bool}, "t", nil},
		{Column{Type: Decimal}, "1.50", "1.50"},
		{Column{Type: Decimal}, "NaN", nil},
		{Column{Type: Decimal}, "", nil},
		{Column{Type: Date}, "2026-01-02", "2026-01-02"},
		{Column{Type: Date}, "infinity", nil},
		{Column{Type: JSON}, "[]", nil},
		{Column{Type: Time}, "2026-01-02", time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)},
	} {
		if got, ok := tt.column.Parse(tt.text); ok != (tt.want != nil) || ok && got != tt.want {
			t.Errorf("%+v.Parse(%q) = %v, %t; want %v", tt.column, tt.text, got, ok, tt.want)
		}
	}
}

// FuzzCompile proves that a clause never carries what a user wrote: it is
// made of words of SQL and columns of the list, with a mark an argument.
func FuzzCompile(f *testing.F) {
	for _, text := range []string{
		"name = 'T''Rex?' and (weight >= 10 or not extinct = true)",
		"created_at between '2026-01-01' and '2026-02-01T00:00:00Z' or owner.name is not null",
		"id in ('x', '" + anID + "') and shelf not in (1, -2) or name not ilike '%\\\\'",
	} {
		f.Add(text)
	}
	columns := testColumns()
	lookup := lookupIn(columns)
	allowed := map[string]bool{"(": true, ")": true, "?": true, ",": true, "=": true, "<>": true, "<": true, "<=": true, ">": true, ">=": true}
	for _, keyword := range strings.Fields("AND OR NOT IN LIKE ILIKE BETWEEN IS NULL FALSE") {
		allowed[keyword] = true
	}
	for _, column := range columns {
		allowed[column.SQL], allowed[column.SQL+"::text"] = true, true
	}
	split := strings.NewReplacer("(", " ( ", ")", " ) ", ",", " , ")
	f.Fuzz(func(t *testing.T, text string) {
		clause, args, err := Compile(text, lookup)
		if err != nil {
			var refused *Error
			if !errors.As(err, &refused) || refused.At < 1 || clause != "" || args != nil {
				t.Fatalf("Compile(%q) = %q, %v, %v", text, clause, args, err)
			}
			return
		}
		if marks := strings.Count(clause, "?"); marks != len(args) {
			t.Fatalf("%q: %d marks for %d arguments", clause, marks, len(args))
		}
		for _, piece := range strings.Fields(split.Replace(clause)) {
			if !allowed[piece] {
				t.Fatalf("%q came from outside into the clause %q", piece, clause)
			}
		}
	})
}

func BenchmarkCompile(b *testing.B) {
	lookup := lookupIn(testColumns())
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := Compile("name = 'T-Rex' and (weight >= 10 or extinct = true)", lookup); err != nil {
			b.Fatal(err)
		}
	}
}
