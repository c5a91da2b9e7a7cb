package auth

import (
	"context"
	"slices"

	"github.com/trexgen/trexgen/blueprints/service/pkg/apierror"
)

// Verb is what a request does to objects of a kind.
type Verb string

// The verbs. A request below one object that changes something, such as an
// action on it, is an update of the object.
const (
	List   Verb = "list"
	Get    Verb = "get"
	Create Verb = "create"
	Update Verb = "update"
	Delete Verb = "delete"
)

// Any stands for every kind or every verb in a Policy.
const Any = "*"

// The roles of DefaultPolicy.
const (
	RoleAdmin  = "admin"
	RoleEditor = "editor"
	RoleViewer = "viewer"
)

// Authorizer decides what an identity may do. It returns nil if it may, an
// error of code Forbidden if it may not, and any other error if it cannot tell,
// which is a refusal too. The kind is in the plural, as in paths.
type Authorizer interface {
	Authorize(ctx context.Context, who Identity, kind string, verb Verb) error
}

// Policy is an Authorizer that is a table: role → kind → verbs. What is not in
// it is not allowed.
type Policy map[string]map[string][]Verb

// DefaultPolicy lets admins do everything, editors too but for deleting, and
// viewers read.
func DefaultPolicy() Policy {
	return Policy{
		RoleAdmin:  {Any: {Any}},
		RoleEditor: {Any: {List, Get, Create, Update}},
		RoleViewer: {Any: {List, Get}},
	}
}

// Authorize allows what any of the roles of who allows.
func (p Policy) Authorize(_ context.Context, who Identity, kind string, verb Verb) error {
	for _, role := range who.Roles {
		if allows(p[role][kind], verb) || allows(p[role][Any], verb) {
			return nil
		}
	}
	return apierror.New(apierror.Forbidden, "not allowed to %s %s", verb, kind)
}

func allows(verbs []Verb, verb Verb) bool {
	return slices.Contains(verbs, verb) || slices.Contains(verbs, Any)
}
