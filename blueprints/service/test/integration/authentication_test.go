package integration_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/apierror"
	"github.com/trexgen/trexgen/blueprints/service/test"
)

const events = api.V1Path + "/events"

// ask lists the events with a token.
func ask(t *testing.T, s *test.Service, token string) test.Response {
	t.Helper()
	return s.Do(t, http.MethodGet, events, nil, "Authorization", "Bearer "+token)
}

func TestTokensOfTheIssuer(t *testing.T) {
	t.Parallel()
	issuer := test.NewIssuer(t)
	s := test.Start(t, issuer.Flags()...)
	good := issuer.Token("jane", "viewer")
	ask(t, s, good).Want(http.StatusOK)
	ask(t, s, issuer.Token("jane")).WantError(apierror.Forbidden)
	ask(t, s, issuer.Sign(map[string]any{"aud": "others"}, nil)).WantError(apierror.InvalidToken)
	ask(t, s, test.NewIssuer(t).Token("jane", "admin")).WantError(apierror.InvalidToken)

	issuer.Rotate()
	rotated := issuer.Token("jane", "viewer")
	ask(t, s, rotated).Want(http.StatusOK)
	ask(t, s, good).WantError(apierror.InvalidToken)

	issuer.SetAway(true)
	ask(t, s, rotated).Want(http.StatusOK)
}

// What a client gets to see when it has no token, and when its token is no good.
func TestChallenges(t *testing.T) {
	t.Parallel()
	issuer := test.NewIssuer(t)
	s := test.Start(t, issuer.Flags()...)
	realm := `Bearer realm="` + api.ServiceName + `"`
	expired := issuer.Sign(map[string]any{"exp": 1}, nil)
	for what, tt := range map[string]struct {
		answer    test.Response
		code      apierror.Code
		challenge string
	}{
		"no token":      {s.Do(t, http.MethodGet, events, nil), apierror.Unauthenticated, realm},
		"other scheme":  {s.Do(t, http.MethodGet, events, nil, "Authorization", "Basic YTpi"), apierror.Unauthenticated, realm},
		"expired token": {ask(t, s, expired).WantError(apierror.InvalidToken, "expired"), apierror.InvalidToken, realm + `, error="invalid_token"`},
		"no role":       {ask(t, s, issuer.Token("jane")), apierror.Forbidden, ""},
	} {
		tt.answer.WantError(tt.code)
		if got := tt.answer.Header.Get("WWW-Authenticate"); got != tt.challenge {
			t.Errorf("%s: got the challenge %q, want %q", what, got, tt.challenge)
		}
	}
}

// Without keys the service runs, but is neither ready nor open.
func TestIssuerAwayAtTheStart(t *testing.T) {
	t.Parallel()
	issuer := test.NewIssuer(t)
	issuer.SetAway(true)
	s := test.Start(t, issuer.Flags()...)
	token := issuer.Token("jane", "viewer")
	refused := ask(t, s, token)
	refused.WantError(apierror.Unavailable)
	if refused.Header.Get("Retry-After") == "" {
		t.Error("without keys: an answer does not say when to try again")
	}
	if got := readiness(t, s); got != http.StatusServiceUnavailable {
		t.Errorf("without keys: readiness is %d", got)
	}
	s.Do(t, http.MethodGet, api.BasePath, nil).Want(http.StatusOK)

	issuer.SetAway(false)
	deadline := time.Now().Add(30 * time.Second)
	for readiness(t, s) != http.StatusOK {
		if time.Now().After(deadline) {
			t.Fatal("not ready though the keys are there")
		}
	}
	ask(t, s, token).Want(http.StatusOK)
}

func readiness(t *testing.T, s *test.Service) int {
	t.Helper()
	answer, err := http.Get(s.HealthURL + "/readyz")
	if err != nil {
		t.Fatal(err)
	}
	if err := answer.Body.Close(); err != nil {
		t.Error(err)
	}
	return answer.StatusCode
}

func TestRolesFromAnotherClaim(t *testing.T) {
	t.Parallel()
	issuer := test.NewIssuer(t)
	s := test.Start(t, append(issuer.Flags(), "--jwt-roles-claim=realm_access.roles")...)
	ask(t, s, issuer.Token("jane", "viewer")).WantError(apierror.Forbidden)
	below := map[string]any{"realm_access": map[string]any{"roles": []string{"viewer"}}}
	ask(t, s, issuer.Sign(below, nil)).Want(http.StatusOK)
}
