package dao

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/trexgen/trexgen/blueprints/service/pkg/dao/tsl"
)

func testColumns() map[string]column {
	columns := map[string]column{}
	for _, c := range []column{
		{name: "id", Column: tsl.Column{SQL: "id", Type: tsl.UUID}},
		{name: "created_at", Column: tsl.Column{SQL: "created_at", Type: tsl.Time}},
		{name: "name", Column: tsl.Column{SQL: "name", Type: tsl.Text}},
		{name: "size", Column: tsl.Column{SQL: "size", Type: tsl.Int, Bits: 32}, nullable: true},
		{name: "weight", Column: tsl.Column{SQL: "weight", Type: tsl.Float}},
		{name: "done", Column: tsl.Column{SQL: "done", Type: tsl.Bool}},
	} {
		columns[c.name] = c
	}
	return columns
}

func parse(t testing.TB, text string) ordering {
	t.Helper()
	order, err := parseOrder(text, testColumns())
	if err != nil {
		t.Fatal(err)
	}
	return order
}

func TestOrderAsSQL(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ text, name, sql, after string }{
		{"", "created_at,id", "created_at,id", "(created_at,id) > (?,?)"},
		{"created_at desc", "created_at desc,id desc", "created_at DESC,id DESC", "(created_at,id) < (?,?)"},
		{"id DESC", "id desc", "id DESC", "(id) < (?)"},
		{" name  asc , id ", "name,id", "name,id", "(name,id) > (?,?)"},
		{"size", "size,id", "size,id", "(size > ? OR size IS NULL OR size = ? AND (id > ?))"},
		{"size desc", "size desc,id desc", "size DESC NULLS LAST,id DESC", "(size < ? OR size IS NULL OR size = ? AND (id < ?))"},
		{"name desc,weight", "name desc,weight,id", "name DESC,weight,id",
			"(name < ? OR name = ? AND (weight > ? OR weight = ? AND (id > ?)))"},
	} {
		order := parse(t, tt.text)
		keys := make([]any, len(order))
		for i := range keys {
			keys[i] = i
		}
		after, args := order.after(keys)
		if diff := cmp.Diff([]string{tt.name, tt.sql, tt.after}, []string{order.String(), order.sql(), after}); diff != "" {
			t.Errorf("order %q (-want +got):\n%s", tt.text, diff)
		}
		if marks := strings.Count(after, "?"); marks != len(args) {
			t.Errorf("order %q: %d marks for %d arguments", tt.text, marks, len(args))
		}
	}
}

func TestAfterNull(t *testing.T) {
	t.Parallel()
	const id = "01980000-0000-7000-8000-00000000000a"
	after, args := parse(t, "size").after([]any{nil, id})
	if after != "(size IS NULL AND (id > ?))" || len(args) != 1 || args[0] != id {
		t.Errorf("after null: %s %v", after, args)
	}
}

// A client can send anything. Whatever gets past decode must be fit for its
// column: the database never sees the rest.
func TestMadeUpCursors(t *testing.T) {
	t.Parallel()
	const id = `"01980000-0000-7000-8000-00000000000a"`
	order := parse(t, "name,size,weight,done,created_at,id")
	encode := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	of := func(keys string) string { return encode(fmt.Sprintf(`{"o":%q,"k":%s}`, order, keys)) }
	good := `["x",1,1.5,true,"2026-01-01T00:00:00.000001Z",` + id + `]`
	if keys, err := order.decode(of(good)); err != nil || len(keys) != 6 {
		t.Fatalf("a good one: %v, %v", keys, err)
	}
	for name, after := range map[string]string{
		"no base64":       "???",
		"no JSON":         encode("x"),
		"another order":   encode(`{"o":"name","k":["x",` + id + `]}`),
		"no keys":         encode(fmt.Sprintf(`{"o":%q}`, order)),
		"null keys":       of("null"),
		"an object":       of("{}"),
		"too few":         of(`["x"]`),
		"too many":        of(strings.Replace(good, "[", "[1,", 1)),
		"null for name":   of(strings.Replace(good, `"x"`, "null", 1)),
		"NUL in name":     of(strings.Replace(good, `"x"`, `"\u0000"`, 1)),
		"list for name":   of(strings.Replace(good, `"x"`, `["x"]`, 1)),
		"int overflow":    of(strings.Replace(good, `1,`, `2147483648,`, 1)),
		"fraction":        of(strings.Replace(good, `1,`, `1.1,`, 1)),
		"float overflow":  of(strings.Replace(good, `1.5`, `1e999`, 1)),
		"text for number": of(strings.Replace(good, `1.5`, `"NaN"`, 1)),
		"number for bool": of(strings.Replace(good, `true`, `1`, 1)),
		"no time":         of(strings.Replace(good, `"2026`, `"20x26`, 1)),
		"no id":           of(strings.Replace(good, id, `"x"`, 1)),
		"trailing text":   encode(fmt.Sprintf(`{"o":%q,"k":%s} x`, order, good)),
	} {
		keys, err := order.decode(after)
		var refused *QueryError
		if !errors.As(err, &refused) || refused.Param != "after" {
			t.Errorf("%s: %v, %v; want a QueryError about after", name, keys, err)
		}
	}
}

func FuzzCursor(f *testing.F) {
	order := parse(f, "name,size,id")
	good, err := order.encode(`["x",null,"01980000-0000-7000-8000-00000000000a"]`)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Fuzz(func(t *testing.T, after string) {
		keys, err := order.decode(after)
		var refused *QueryError
		if err != nil && !errors.As(err, &refused) || err == nil && len(keys) != len(order) {
			t.Fatalf("decode(%q) = %v, %v", after, keys, err)
		}
	})
}
