package scaffold

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// kindsOfScript returns the kinds that a script makes.
func kindsOfScript(t *testing.T, file string) []Kind {
	t.Helper()
	src, err := os.ReadFile("../../testdata/script/" + file)
	if err != nil {
		t.Fatal(err)
	}
	var kinds []Kind
	for _, m := range kindArgs.FindAllStringSubmatch(string(src), -1) {
		k, err := ParseKind(m[1] + " " + strings.ReplaceAll(m[2]+m[3], "''", "'"))
		if err != nil {
			t.Errorf("%s: %v", file, err)
		}
		kinds = append(kinds, k)
	}
	return kinds
}

// kindArgs finds the kinds in a script, whose quotes are doubled inside of quotes.
var kindArgs = regexp.MustCompile(`(?:exec trexgen add kind|--kind) '?(\w+)(?: --fields '((?:[^']|'')*)'| ((?:[^']|'')*)')`)

// A use is a type, alone or in lists, with a modifier.
type use struct {
	typ, modifier string
	list          bool
}

func usesOf(kinds []Kind) map[use]bool {
	found := map[use]bool{}
	for _, k := range kinds {
		for _, f := range k.Fields {
			words := splitOutside(f.String(), ":")[2:]
			if !f.Required {
				words = append(words, "optional")
			}
			for _, word := range words {
				key, _, _ := strings.Cut(word, "=")
				found[use{f.Type.Key, key, f.List}] = true
			}
		}
	}
	return found
}

// legalUses are all that the tables allow.
func legalUses() []use {
	var all []use
	for i, row := range fieldTypes {
		for _, list := range []bool{false, true} {
			for _, m := range modifiers {
				implied := row.Key == "ref" && m.Key == "index"
				if !implied && m.refusal(Field{Type: &fieldTypes[i], List: list}) == "" && (!list || row.refuses["[]"] == "") {
					all = append(all, use{row.Key, m.Key, list})
				}
			}
		}
	}
	return all
}

func TestScriptTriesEveryTypeWithEveryModifier(t *testing.T) {
	t.Parallel()
	kinds := kindsOfScript(t, "new_every_type.txtar")
	if len(kinds) < 20 {
		t.Errorf("%d kinds, want 20 at least", len(kinds))
	}
	found := usesOf(kinds)
	for _, u := range legalUses() {
		if !found[u] {
			t.Errorf("no field has %+v", u)
		}
	}
}

func TestShortScriptTriesEachTypeAndEachModifier(t *testing.T) {
	t.Parallel()
	found := usesOf(kindsOfScript(t, "new_types.txtar"))
	has := func(fits func(use) bool) bool {
		for u := range found {
			if fits(u) {
				return true
			}
		}
		return false
	}
	for _, u := range legalUses() {
		if !has(func(f use) bool { return f.typ == u.typ && f.list == u.list }) {
			t.Errorf("no field has the type of %+v", u)
		}
		if !has(func(f use) bool { return f.modifier == u.modifier && f.list == u.list }) {
			t.Errorf("no field has the modifier of %+v", u)
		}
	}
}

// TestScriptTriesEveryRelation looks for the ways in which kinds refer to others.
func TestScriptTriesEveryRelation(t *testing.T) {
	t.Parallel()
	relations := map[string]func(k Kind, f Field) bool{
		"to the kind itself":           func(k Kind, f Field) bool { return f.Ref.Pascal() == k.Name.Pascal() },
		"required":                     func(_ Kind, f Field) bool { return f.Required },
		"one to one":                   func(_ Kind, f Field) bool { return f.Unique },
		"for good":                     func(_ Kind, f Field) bool { return f.Immutable },
		"called like the table itself": func(k Kind, f Field) bool { return f.Name.Snake() == k.Name.Many().Snake() },
		"called like the other table":  func(k Kind, f Field) bool { return f.Name.Snake() == "data" && k.Name.Pascal() != "Datum" },
		"called by a word of SQL":      func(_ Kind, f Field) bool { return f.Name.Snake() == "order" },
		"twice to one kind": func(k Kind, f Field) bool {
			return slices.ContainsFunc(k.Fields, func(g Field) bool { return g.isRef() && g.Ref == f.Ref && g.Name != f.Name })
		},
	}
	for _, k := range kindsOfScript(t, "new_every_type.txtar") {
		for _, f := range k.Fields {
			for what, fits := range relations {
				if f.isRef() && fits(k, f) {
					delete(relations, what)
				}
			}
		}
	}
	for what := range relations {
		t.Errorf("no reference %s", what)
	}
}
