package ocm_test

import (
	"context"
	"errors"
	"testing"

	"github.com/trexgen/trexgen/blueprints/service/pkg/auth"
	"github.com/trexgen/trexgen/blueprints/service/pkg/client/ocm"
)

var _ auth.Authorizer = (*ocm.Authorizer)(nil)

// reviewer answers a review as the test says.
type reviewer func(ocm.Review) (bool, error)

func (r reviewer) Allowed(_ context.Context, review ocm.Review) (bool, error) { return r(review) }

var types = map[string]string{"events": "Event"}

func as(username string) auth.Identity {
	return auth.Identity{Subject: "root", Roles: []string{auth.RoleAdmin}, Claims: auth.Claims{Username: username}}
}

func TestEveryVerbIsAReview(t *testing.T) {
	t.Parallel()
	for verb, action := range map[auth.Verb]string{
		auth.List: "list", auth.Get: "get", auth.Watch: "list", auth.Create: "create", auth.Update: "update", auth.Delete: "delete",
	} {
		for _, allowed := range []bool{true, false} {
			var asked ocm.Review
			a := ocm.NewAuthorizer(reviewer(func(review ocm.Review) (bool, error) { asked = review; return allowed, nil }), types)
			got, err := a.Authorize(t.Context(), auth.Request{Identity: as("alice"), Kind: "events", Verb: verb, ID: "1"})
			if want := (ocm.Review{Username: "alice", Action: action, ResourceType: "Event"}); asked != want {
				t.Errorf("%s: asked for %v, want %v", verb, asked, want)
			}
			if err != nil || got.Allowed != allowed {
				t.Errorf("%s: got %v, %v, want %t", verb, got, err, allowed)
			}
		}
	}
	for _, verb := range auth.Verbs() {
		yes := ocm.NewAuthorizer(ocm.Mock{{Username: "*", Action: "*", ResourceType: "*"}}, types)
		if got, err := yes.Authorize(t.Context(), auth.Request{Identity: as("alice"), Kind: "events", Verb: verb}); err != nil || !got.Allowed {
			t.Errorf("the verb %q has no action (%v, %v)", verb, got, err)
		}
	}
}

func TestWhatCannotBeAskedForIsRefused(t *testing.T) {
	t.Parallel()
	a := ocm.NewAuthorizer(reviewer(func(review ocm.Review) (bool, error) {
		t.Errorf("asked for %v", review)
		return true, nil
	}), types)
	for name, request := range map[string]auth.Request{
		"no account":      {Identity: as(""), Kind: "events", Verb: auth.Get},
		"an unknown kind": {Identity: as("alice"), Kind: "widgets", Verb: auth.Get},
		"no kind":         {Identity: as("alice"), Verb: auth.Get},
		"an unknown verb": {Identity: as("alice"), Kind: "events", Verb: "approve"},
		"no verb":         {Identity: as("alice"), Kind: "events"},
	} {
		got, err := a.Authorize(t.Context(), request)
		if err != nil || got.Allowed || got.Reason == "" {
			t.Errorf("%s: got %v, %v, want a refusal with a reason", name, got, err)
		}
	}
}

func TestWithoutAnAnswerThereIsNoDecision(t *testing.T) {
	t.Parallel()
	away := errors.New("away")
	a := ocm.NewAuthorizer(reviewer(func(ocm.Review) (bool, error) { return true, away }), types)
	got, err := a.Authorize(t.Context(), auth.Request{Identity: as("alice"), Kind: "events", Verb: auth.Get})
	if got.Allowed || !errors.Is(err, away) {
		t.Errorf("got %v, %v, want the error", got, err)
	}
}
