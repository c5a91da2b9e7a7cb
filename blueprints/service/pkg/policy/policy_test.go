package policy_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/trexgen/trexgen/blueprints/service/pkg/auth"
	"github.com/trexgen/trexgen/blueprints/service/pkg/policy"
)

// allows tells what p makes of a request.
func allows(t *testing.T, p *policy.Policy, kind string, verb auth.Verb, roles ...string) bool {
	t.Helper()
	decision, err := p.Authorize(t.Context(), auth.Request{Identity: auth.Identity{Subject: "jane", Roles: roles}, Kind: kind, Verb: verb})
	if err != nil {
		t.Fatal(err)
	}
	if decision.Reason == "" {
		t.Errorf("%v %s %s: no reason for the log", roles, verb, kind)
	}
	return decision.Allowed
}

func TestPolicyAllowsWhatTheTableSays(t *testing.T) {
	t.Parallel()
	p, err := policy.New([]policy.Row{
		{Kind: "widgets", Grants: policy.Grants{"clerk": {auth.Create, auth.Get}, "boss": policy.All}},
		{Kind: "gadgets", Grants: policy.Grants{"clerk": {auth.Delete}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name  string
		kind  string
		verb  auth.Verb
		roles []string
		want  bool
	}{
		{"what the role may", "widgets", auth.Create, []string{"clerk"}, true},
		{"what it may not", "widgets", auth.Delete, []string{"clerk"}, false},
		{"with another kind it may", "gadgets", auth.Delete, []string{"clerk"}, true},
		{"a second role may", "widgets", auth.Delete, []string{"clerk", "boss"}, true},
		{"the other role may nothing there", "gadgets", auth.Delete, []string{"boss"}, false},
		{"no role", "widgets", auth.Get, nil, false},
		{"an unknown role", "widgets", auth.Get, []string{"admin"}, false},
		{"an empty role", "widgets", auth.Get, []string{""}, false},
		{"a wildcard", "widgets", auth.Get, []string{"*"}, false},
		{"another case", "widgets", auth.Get, []string{"Clerk"}, false},
		{"an unknown kind", "gizmos", auth.Get, []string{"clerk", "boss"}, false},
		{"no kind", "", auth.Get, []string{"boss"}, false},
		{"an unknown verb", "widgets", "own", []string{"boss"}, false},
		{"no verb", "widgets", "", []string{"boss"}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := allows(t, p, tt.kind, tt.verb, tt.roles...); got != tt.want {
				t.Errorf("%v %s %s: got %t, want %t", tt.roles, tt.verb, tt.kind, got, tt.want)
			}
		})
	}
}

func TestPolicyWithoutRowsAllowsNothing(t *testing.T) {
	t.Parallel()
	p, err := policy.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, verb := range auth.Verbs() {
		if allows(t, p, "events", verb, policy.Admin) {
			t.Errorf("%s is allowed", verb)
		}
	}
}

func TestTableThatCannotBeMeant(t *testing.T) {
	t.Parallel()
	_, err := policy.New([]policy.Row{
		{Kind: "widgets", Grants: policy.Grants{"clerk": {"raed"}}},
		{Kind: "widgets", Grants: policy.Grants{"": policy.Read}},
		{Grants: policy.Grants{"clerk": policy.Read}},
	})
	if err == nil {
		t.Fatal("no error")
	}
	for _, part := range []string{`widgets: "raed", which clerk may do, is no verb`, "widgets has more than one row", "widgets: a role has no name", "a row is of no kind"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("no %q in %v", part, err)
		}
	}
}

// The sets are what their names say, so that a line of the table can be believed.
func TestSetsOfVerbs(t *testing.T) {
	t.Parallel()
	for name, set := range map[string]struct{ got, want []auth.Verb }{
		"Read":  {policy.Read, []auth.Verb{auth.List, auth.Get, auth.Watch}},
		"Write": {policy.Write, append([]auth.Verb{auth.Create, auth.Update}, policy.Read...)},
		"All":   {policy.All, auth.Verbs()},
	} {
		got, want := slices.Sorted(slices.Values(set.got)), slices.Sorted(slices.Values(set.want))
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", name, got, want)
		}
	}
}
