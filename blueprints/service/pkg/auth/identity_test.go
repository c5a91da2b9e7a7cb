package auth_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/auth"
)

func TestWhatStandsOutsideLearnsTheSender(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	handler := newAuthenticator(t, i.config()).Authenticate(fail)(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		// Work on behalf of someone else.
		auth.WithIdentity(r.Context(), auth.Identity{Subject: "eve"})
	}))
	for header, want := range map[string]string{"Bearer " + i.token(nil): "jane", "Bearer nonsense": "", "": ""} {
		r := httptest.NewRequest(http.MethodGet, api.V1Path+"/widgets", nil)
		r.Header.Set("Authorization", header)
		ctx, sender := auth.ExpectIdentity(r.Context())
		if who, ok := sender(); ok {
			t.Errorf("before the request: got %q", who.Subject)
		}
		handler.ServeHTTP(httptest.NewRecorder(), r.WithContext(ctx))
		if who, ok := sender(); ok != (want != "") || who.Subject != want {
			t.Errorf("%.20q: got %q, %t, want %q", header, who.Subject, ok, want)
		}
	}
}
