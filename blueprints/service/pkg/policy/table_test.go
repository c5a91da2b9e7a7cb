package policy_test

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/trexgen/trexgen/blueprints/service/pkg/auth"
	"github.com/trexgen/trexgen/blueprints/service/pkg/policy"
)

// A matrix states what each role may do with the objects of a kind: the verbs,
// between spaces. It is written out, so that a change of the table, or of a set
// of verbs, has to be meant.
type matrix map[string]string

// check compares the table with m, for all roles that there are, for one that
// there is not, and for nobody in particular.
func (m matrix) check(t *testing.T, kind string) {
	t.Helper()
	table, err := policy.New(policy.Table)
	if err != nil {
		t.Fatal(err)
	}
	for role, stated := range m {
		for _, verb := range strings.Fields(stated) {
			if !slices.Contains(auth.Verbs(), auth.Verb(verb)) {
				t.Errorf("%s: %q is no verb", role, verb)
			}
		}
	}
	roles := map[string]bool{"": true, "nobody": true, "*": true}
	for role := range m {
		roles[role] = true
	}
	for _, row := range policy.Table {
		for role := range row.Grants {
			roles[role] = true
		}
	}
	for _, role := range slices.Sorted(maps.Keys(roles)) {
		for _, verb := range auth.Verbs() {
			want := slices.Contains(strings.Fields(m[role]), string(verb))
			if got := allows(t, table, kind, verb, role); got != want {
				t.Errorf("the role %q may %s %s: %t in the table, %t in this test; if the table is right, change the test", role, verb, kind, got, want)
			}
		}
	}
}

func TestEvents(t *testing.T) {
	t.Parallel()
	matrix{
		"admin":  "list get watch",
		"editor": "list get watch",
		"viewer": "list get watch",
	}.check(t, "events")
}

// TestTableIsStatedByTests looks for the test of each line, beside this one.
func TestTableIsStatedByTests(t *testing.T) {
	t.Parallel()
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	var tests strings.Builder
	for _, file := range files {
		if strings.HasSuffix(file.Name(), "_test.go") {
			src, err := os.ReadFile(file.Name())
			if err != nil {
				t.Fatal(err)
			}
			tests.Write(src)
		}
	}
	for _, row := range policy.Table {
		if !strings.Contains(tests.String(), `}.check(t, "`+row.Kind+`")`) {
			t.Errorf("no test states who may do what with %s; write one as for events", row.Kind)
		}
	}
}
