package integration_test

import (
	"net/http"
	"testing"

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
