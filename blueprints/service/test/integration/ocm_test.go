package integration_test

import (
	"net/http"
	"slices"
	"testing"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/apierror"
	"github.com/trexgen/trexgen/blueprints/service/pkg/client/ocm"
	"github.com/trexgen/trexgen/blueprints/service/pkg/client/ocm/ocmtest"
	"github.com/trexgen/trexgen/blueprints/service/test"
)

const eventsPath = api.V1Path + "/events"

// bearer is a header with a token for an account. It has the role that may do
// everything by the policy, which is not asked.
func bearer(issuer *test.Issuer, username any) []string {
	token := issuer.Sign(map[string]any{"sub": "alice", "roles": []string{"admin"}, "preferred_username": username}, nil)
	return []string{"Authorization", "Bearer " + token}
}

func TestAnAccessReviewDecides(t *testing.T) {
	t.Parallel()
	issuer, server := test.NewIssuer(t), ocmtest.New(t, "alice:list:Event")
	s := test.Start(t, slices.Concat(issuer.Flags(), server.Flags(), []string{"--ocm-cache=1m"})...)

	alice, bob := bearer(issuer, "alice"), bearer(issuer, "bob")
	const operation = "op-of-the-review"
	s.Do(t, http.MethodGet, eventsPath, nil, append(alice, "X-Operation-Id", operation)...).Want(http.StatusOK)
	s.Do(t, http.MethodGet, eventsPath, nil, alice...).Want(http.StatusOK)
	s.Do(t, http.MethodGet, eventsPath, nil, bob...).Want(http.StatusForbidden).WantError(apierror.Forbidden)
	one := eventsPath + "/0190a5d0-0000-7000-8000-000000000000"
	s.Do(t, http.MethodGet, one, nil, alice...).Want(http.StatusForbidden)
	s.Do(t, http.MethodGet, eventsPath, nil).Want(http.StatusUnauthorized)
	// An account is what the review is about, not the subject of a token.
	s.Do(t, http.MethodGet, eventsPath, nil, bearer(issuer, nil)...).Want(http.StatusForbidden)

	want := []ocm.Review{
		{Username: "alice", Action: "list", ResourceType: "Event"},
		{Username: "bob", Action: "list", ResourceType: "Event"},
		{Username: "alice", Action: "get", ResourceType: "Event"},
	}
	if got := server.Reviews(); !slices.Equal(got, want) {
		t.Errorf("asked for %v, want %v", got, want)
	}
	if got := server.Headers()[0].Get("X-Operation-Id"); got != operation {
		t.Errorf("the review has the operation id %q, want that of the request", got)
	}
	s.WaitForMetric(t, `ocm_reviews_total{kept="true",result="allowed"} 1`)
	s.WaitForMetric(t, `ocm_reviews_total{kept="false",result="denied"} 2`)
	s.WaitForMetric(t, `ocm_review_duration_seconds_count 3`)
}

// Who cannot be asked has not said yes.
func TestNothingIsAllowedWhileTheAccessReviewIsAway(t *testing.T) {
	t.Parallel()
	issuer, server := test.NewIssuer(t), ocmtest.New(t, "*:*:*")
	s := test.Start(t, slices.Concat(issuer.Flags(), server.Flags(), []string{"--ocm-cache=0"})...)
	alice := bearer(issuer, "alice")
	s.Do(t, http.MethodGet, eventsPath, nil, alice...).Want(http.StatusOK)

	server.Answer(http.StatusInternalServerError, `{"reason":"secrets of the review","allowed":true}`)
	for range 6 {
		got := s.Do(t, http.MethodGet, eventsPath, nil, alice...).Want(http.StatusServiceUnavailable)
		got.WantError(apierror.Unavailable)
		if reason := got.Object()["reason"]; reason != apierror.Unavailable.Reason() || got.Header.Get("Retry-After") == "" {
			t.Errorf("got the reason %q, Retry-After %q", reason, got.Header.Get("Retry-After"))
		}
	}
	if got := len(server.Reviews()); got != 6 {
		t.Errorf("asked %d times, want 6: the circuit opens after 5 failures", got)
	}
	s.WaitForMetric(t, "ocm_circuit_open 1")
	// Who may do nothing anyway gets to know no more.
	s.Do(t, http.MethodGet, eventsPath, nil).Want(http.StatusUnauthorized)
}

func TestAMockOfTheAccessReviewDecides(t *testing.T) {
	t.Parallel()
	issuer := test.NewIssuer(t)
	s := test.Start(t, append(issuer.Flags(), "--authorizer=ocm", "--ocm-mock=alice:list:Event,bob:*:*")...)
	s.Do(t, http.MethodGet, eventsPath, nil, bearer(issuer, "alice")...).Want(http.StatusOK)
	s.Do(t, http.MethodGet, eventsPath, nil, bearer(issuer, "bob")...).Want(http.StatusOK)
	s.Do(t, http.MethodGet, eventsPath, nil, bearer(issuer, "carol")...).Want(http.StatusForbidden)
}
