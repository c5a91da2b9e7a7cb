// Package policy says who may do what: in a table of roles, kinds and verbs that
// people read and test. What is not in the table is not allowed.
//
// See docs/auth.md for how to change it, and how to put another auth.Authorizer
// in its place.
package policy

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/trexgen/trexgen/blueprints/service/pkg/auth"
)

// Row says what may be done with the objects of a kind. Kind is in the plural,
// as in paths.
type Row struct {
	Kind   string
	Grants Grants
}

// Grants are the verbs that each role may do.
type Grants map[string][]auth.Verb

// Policy is an auth.Authorizer that is a table.
type Policy struct{ grants map[string]Grants }

// New returns the policy of the table. Errors are rows that cannot be meant:
// those without a kind or a role, with unknown verbs, and those of a kind that
// has another one.
func New(table []Row) (*Policy, error) {
	p := &Policy{grants: map[string]Grants{}}
	var problems []error
	for _, row := range table {
		if row.Kind == "" {
			problems = append(problems, errors.New("a row is of no kind"))
		}
		if _, twice := p.grants[row.Kind]; twice {
			problems = append(problems, fmt.Errorf("%s has more than one row: join them", row.Kind))
		}
		problems = append(problems, row.Grants.check(row.Kind)...)
		p.grants[row.Kind] = row.Grants
	}
	if len(problems) > 0 {
		return nil, fmt.Errorf("table of the policy: %w", errors.Join(problems...))
	}
	return p, nil
}

func (g Grants) check(kind string) (problems []error) {
	for _, role := range slices.Sorted(maps.Keys(g)) {
		if role == "" {
			problems = append(problems, fmt.Errorf("%s: a role has no name", kind))
		}
		for _, verb := range g[role] {
			if !slices.Contains(auth.Verbs(), verb) {
				problems = append(problems, fmt.Errorf("%s: %q, which %s may do, is no verb", kind, verb, role))
			}
		}
	}
	return problems
}

// Authorize allows what any of the roles of the identity may do.
func (p *Policy) Authorize(_ context.Context, request auth.Request) (auth.Decision, error) {
	grants, ok := p.grants[request.Kind]
	if !ok {
		return auth.Decision{Reason: "the policy has no row for the kind"}, nil
	}
	for _, role := range request.Identity.Roles {
		if slices.Contains(grants[role], request.Verb) {
			return auth.Decision{Allowed: true, Reason: "the role " + role + " may"}, nil
		}
	}
	var may []string
	for role, verbs := range grants {
		if slices.Contains(verbs, request.Verb) {
			may = append(may, role)
		}
	}
	slices.Sort(may)
	return auth.Decision{Reason: "only these roles may: [" + strings.Join(may, " ") + "]"}, nil
}
