package ocm

import (
	"context"
	"fmt"

	"github.com/trexgen/trexgen/blueprints/service/pkg/auth"
)

// actions are the verbs in the words of the access review, which knows get,
// list, create, update and delete. A stream of changes shows what a list does.
var actions = map[auth.Verb]string{
	auth.List:   "list",
	auth.Get:    "get",
	auth.Watch:  "list",
	auth.Create: "create",
	auth.Update: "update",
	auth.Delete: "delete",
}

// Authorizer is an auth.Authorizer that leaves the decision to reviews. Roles
// have no part in it, and neither has which object it is about.
type Authorizer struct {
	reviews Reviewer
	types   map[string]string
}

// NewAuthorizer returns an authorizer that goes by reviews. types has the
// resource type of each kind, by its plural as in paths.
func NewAuthorizer(reviews Reviewer, types map[string]string) *Authorizer {
	return &Authorizer{reviews: reviews, types: types}
}

// Authorize asks whether the account that the token names may do this. A token
// that names none is a refusal, a review without an answer an error.
func (a *Authorizer) Authorize(ctx context.Context, request auth.Request) (auth.Decision, error) {
	// Not the subject: an account of that very name may be somebody else.
	username := request.Identity.Claims.Username
	if username == "" {
		return auth.Decision{Reason: "the token has no claim preferred_username or username, which names the account"}, nil
	}
	action, known := actions[request.Verb]
	if !known {
		return auth.Decision{Reason: "the access review has no action for this verb"}, nil
	}
	resource, known := a.types[request.Kind]
	if !known {
		return auth.Decision{Reason: "the kind has no resource type: the OpenAPI document does not have it"}, nil
	}
	allowed, err := a.reviews.Allowed(ctx, Review{Username: username, Action: action, ResourceType: resource})
	if err != nil {
		return auth.Decision{}, err
	}
	return auth.Decision{Allowed: allowed, Reason: fmt.Sprintf("access review of %q: %s %s", username, action, resource)}, nil
}
