package attack

import (
	"net/http"
	"strings"
	"testing"
)

// longest is about how much the line of a request may have.
const longest = 50_000

func FuzzSearch(f *testing.F) {
	fuzz(f, "search", "id = 'x'", "id in ('5eed0000-0000-4000-8000-000000000001', '')", "created_at between '2026-01-01' and '0000-01-01T00:00:00+23:59'",
		"not (id is null or updated_at <= '9999-12-31T23:59:59.999999999-23:59')", `id like '%\\' and not id ilike '_'`, "id = '\x00'",
		strings.Repeat("(", 40), strings.Repeat("not ", 40)+"id is null", strings.Repeat("id is null or ", 300)+"id is null", "id in ("+strings.Repeat("'',", 300)+"'')")
}

func FuzzOrderBy(f *testing.F) {
	fuzz(f, "orderBy", "id", "created_at desc,id ASC", " created_at  desc , id", "id,id", "id desc nulls first", ",", "row_version", "\"id\"", strings.Repeat("id,", 3000))
}

func FuzzFields(f *testing.F) {
	fuzz(f, "fields", "id", "kind, href", "id,id", "", ",", "row_version", "ID", "created_at desc", strings.Repeat("id,", 3000))
}

func FuzzAfter(f *testing.F) {
	fuzz(f, "after", "", "e30", "bnVsbA", "eyJvIjoiY3JlYXRlZF9hdCxpZCIsImsiOltdfQ", "eyJvIjoiY3JlYXRlZF9hdCxpZCIsImsiOlsiMjAyNi0wMS0wMSIsIngiXX0",
		"eyJvIjoiY3JlYXRlZF9hdCxpZCIsImsiOlsiMjAyNi0wMS0wMVQwMDowMDowMFoiLCI1ZWVkMDAwMC0wMDAwLTQwMDAtODAwMC0wMDAwMDAwMDAwMDEiXX0", "====", "\x00")
}

// fuzz gives the lists of all kinds any text as a parameter: it is an answer or a
// mistake of the client, and never one of the SQL that became of it.
func fuzz(f *testing.F, parameter string, seeds ...string) {
	a := newTarget(f)
	objects := a.seed(f)
	for _, seed := range seeds {
		f.Add(seed)
	}
	for _, text := range injections(f) {
		f.Add(text)
	}
	for _, r := range a.resources {
		for _, cursor := range a.cursors(f, r) {
			f.Add(cursor)
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, r := range a.resources {
			path := query(r.path, parameter, text) + "&size=1"
			if len(path) > longest {
				t.Skip("too long for a request")
			}
			if got := a.fire(t, shot{http.MethodGet, path, nil, nil}); got.status != http.StatusOK && got.status != http.StatusBadRequest {
				t.Errorf("%s: got %d %.500s, want 200 or 400", path, got.status, got.body)
			}
		}
	})
	for path := range objects {
		if got := a.fire(f, shot{http.MethodGet, path, nil, nil}); got.status != http.StatusOK {
			f.Errorf("%s: got %d afterwards", path, got.status)
		}
	}
}
