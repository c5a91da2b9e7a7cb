package auth_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/auth"
)

func TestClaimsAreKept(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	a := newAuthenticator(t, i.config())
	for name, test := range map[string]struct {
		token jwt.MapClaims
		want  auth.Claims
	}{
		"none": {nil, auth.Claims{}},
		"as OpenID has them": {
			jwt.MapClaims{"preferred_username": "jane.doe", "email": "jane@example.com", "azp": "console"},
			auth.Claims{Username: "jane.doe", Email: "jane@example.com", Client: "console"},
		},
		"as others have them": {
			jwt.MapClaims{"username": "jdoe", "client_id": "cli"}, auth.Claims{Username: "jdoe", Client: "cli"},
		},
		"both":             {jwt.MapClaims{"username": "jdoe", "preferred_username": "jane.doe"}, auth.Claims{Username: "jane.doe"}},
		"no texts":         {jwt.MapClaims{"username": 7, "email": []string{"a@b"}, "azp": true}, auth.Claims{}},
		"null":             {jwt.MapClaims{"username": any(nil), "email": "jane@example.com"}, auth.Claims{Email: "jane@example.com"}},
		"endless":          {jwt.MapClaims{"email": strings.Repeat("j", 1025)}, auth.Claims{}},
		"not to be stored": {jwt.MapClaims{"email": "a\x00b"}, auth.Claims{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.want.Issuer = i.server.URL
			var got auth.Identity
			handler := a.Authenticate(fail)(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				got, _ = auth.FromContext(r.Context())
			}))
			r := httptest.NewRequest(http.MethodGet, api.V1Path+"/widgets", nil)
			r.Header.Set("Authorization", "Bearer "+i.token(test.token))
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, r)
			if w.Code != http.StatusOK || got.Subject != "jane" || got.Claims != test.want {
				t.Errorf("status %d, identity %+v, want the claims %+v", w.Code, got, test.want)
			}
		})
	}
}
