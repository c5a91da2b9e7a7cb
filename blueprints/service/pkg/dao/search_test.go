package dao_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/dao"
)

// literals are values of each type that are close to what does not fit.
var literals = map[string][]string{
	"text": {"''", "''''", "'%'", "'_a'", "'é漢😀'", `'\'`, `'\\'`, `'a\\\'`, `'?'`, "'$1'", "'@x'", "'\n'", "'; --'", "'{}'", "':x'"},
	"uuid": {"''", "'x'", "'01980000-0000-7000-8000-00000000000a'", "'01980000-0000-7000-8000-00000000000A'",
		"'{01980000-0000-7000-8000-00000000000a}'", "'0198000000007000800000000000000a'", "'00000000-0000-0000-0000-000000000000'"},
	"int": {"0", "-1", "+1", "2147483647", "2147483648", "-2147483649", "9223372036854775807", "-9223372036854775808", "9223372036854775808",
		"1.5", "1e3", "0x1", "00", "-0"},
	"float": {"0", "-0", ".5", "1e308", "1e-320", "3.5e38", "1e39", "1e-50", "5.", "123456789012345678901234567890", "1e400", "-1e308"},
	"bool":  {"true", "FALSE", "maybe"},
	"time": {"'2026-01-01'", "'0000-01-01'", "'9999-12-31T23:59:59.999999999-23:59'", "'0000-01-01T00:00:00+23:59'",
		"'2026-01-01T00:00:00Z'", "'2026-06-30T23:59:60Z'", "'infinity'", "'2026-1-1'", "'2026-01-01T00:00:00,5Z'"},
}

var searched = map[string]string{
	"id": "uuid", "author_id": "uuid", "title": "text", "subtitle": "text", "shelf": "int", "slot": "int", "number": "int",
	"pages": "int", "weight": "float", "price": "float", "small": "float", "lent": "bool", "signed": "bool", "printed": "time",
	"bought": "time", "created_at": "time", "updated_at": "time", "author.id": "uuid", "author.name": "text", "author.born": "time",
}

// expression draws a search, most of which parse.
func expression(t *rapid.T, depth int) string {
	if depth > 0 {
		switch rapid.IntRange(0, 5).Draw(t, "shape") {
		case 0:
			return "not " + expression(t, depth-1)
		case 1:
			return "(" + expression(t, depth-1) + ")"
		case 2:
			return expression(t, depth-1) + " and " + expression(t, depth-1)
		case 3:
			return expression(t, depth-1) + " OR " + expression(t, depth-1)
		}
	}
	column := rapid.SampledFrom(slices.Sorted(maps.Keys(searched))).Draw(t, "column")
	literal := func() string { return rapid.SampledFrom(literals[searched[column]]).Draw(t, "literal") }
	switch test := rapid.SampledFrom(strings.Fields("= != <> < <= > >= like ilike in between null")).Draw(t, "test"); test {
	case "like", "ilike":
		return column + " " + test + " " + literal()
	case "in":
		return fmt.Sprintf("%s not in (%s, %s)", column, literal(), literal())
	case "between":
		return fmt.Sprintf("%s between %s and %s", column, literal(), literal())
	case "null":
		return column + " is not null"
	default:
		return column + test + literal()
	}
}

func TestWhatParsesExecutes(t *testing.T) {
	t.Parallel()
	lib := newLibrary(t)
	shelve(t, lib)
	parsed, refusals := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		order := rapid.SampledFrom(slices.Sorted(maps.Keys(searched))).Draw(rt, "order") + rapid.SampledFrom([]string{"", " desc"}).Draw(rt, "direction")
		query := dao.Query{Search: expression(rt, 3), OrderBy: order, Size: rapid.IntRange(1, 3).Draw(rt, "size")}
		page, err := lib.books.List(t.Context(), query)
		var refused *dao.QueryError
		if errors.As(err, &refused) {
			refusals++
			return
		}
		if err != nil {
			rt.Fatalf("%+v: %v", query, err)
		}
		parsed++
		if query.After = page.Next; query.After != "" {
			if _, err := lib.books.List(t.Context(), query); err != nil {
				rt.Fatalf("the next page of %+v: %v", query, err)
			}
		}
	})
	if parsed < 20 || refusals < 5 {
		t.Errorf("%d searches executed, %d refused: too few of either to tell", parsed, refusals)
	}
}

// Each literal by itself, so that none hides behind another.
func TestEveryLiteralIsRefusedOrExecutes(t *testing.T) {
	t.Parallel()
	lib := newLibrary(t)
	create(t, lib.books, &book{Title: api.NewID()})
	for column, typ := range searched {
		for _, literal := range literals[typ] {
			for _, test := range []string{"%s = %s", "%s < %s", "%s like %s", "%s in (%s)"} {
				search := fmt.Sprintf(test, column, literal)
				_, err := lib.books.List(t.Context(), dao.Query{Search: search, Size: 1})
				var refused *dao.QueryError
				if err != nil && !errors.As(err, &refused) {
					t.Errorf("%s: %v", search, err)
				}
			}
		}
	}
}
