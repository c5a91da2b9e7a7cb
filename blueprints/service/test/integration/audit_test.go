package integration_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/MicahParks/jwkset"
	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/audit"
	"github.com/trexgen/trexgen/blueprints/service/pkg/auth"
	"github.com/trexgen/trexgen/blueprints/service/test"
)

// signer signs tokens; keys is the file with its public key.
type signer struct {
	key  *ecdsa.PrivateKey
	keys string
}

func newSigner(t *testing.T) signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	jwk, err := jwkset.NewJWKFromKey(key.Public(), jwkset.JWKOptions{Metadata: jwkset.JWKMetadataOptions{KID: "test", USE: jwkset.UseSig}})
	must(t, err)
	text, err := json.Marshal(jwkset.JWKSMarshal{Keys: []jwkset.JWKMarshal{jwk.Marshal()}})
	must(t, err)
	s := signer{key, filepath.Join(t.TempDir(), "jwks.json")}
	must(t, os.WriteFile(s.keys, text, 0o600))
	return s
}

// token is one of issuer and audience "test" with these claims.
func (s signer) token(t *testing.T, claims jwt.MapClaims) string {
	t.Helper()
	claims["iss"], claims["aud"], claims["exp"] = "test", "test", time.Now().Add(time.Hour).Unix()
	token := jwt.NewWithClaims(jwt.SigningMethodES256, claims)
	token.Header["kid"] = "test"
	text, err := token.SignedString(s.key)
	must(t, err)
	return text
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// change has s delete the object on a request with these headers: it passes
// what requests of the API pass to find out who sends them, and a service.
func change(t *testing.T, s *test.Service, object string, headers ...string) {
	t.Helper()
	handler := s.Env.Handlers.Authenticator.Authenticate(func(w http.ResponseWriter, _ *http.Request, err error) {
		http.Error(w, err.Error(), http.StatusUnauthorized)
	})(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := s.Env.Database.Sessions.InTx(r.Context(), func(ctx context.Context) error {
			return s.Env.Services.Events().Publish(ctx, api.DeleteEvent, "no kind", object)
		})
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	}))
	r := httptest.NewRequestWithContext(t.Context(), http.MethodDelete, "/", nil)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		t.Fatalf("got %d %s", w.Code, w.Body)
	}
}

// wantEntry checks that there is this entry about the object, and no other; a
// nil one is none.
func wantEntry(t *testing.T, s *test.Service, object string, want *audit.Entry) {
	t.Helper()
	got, err := audit.List(t.Context(), s.Env.Database.Sessions, audit.Selection{SourceID: object, Limit: 10})
	must(t, err)
	var all []audit.Entry
	if want != nil {
		want.EventType, want.Source, want.SourceID = api.DeleteEvent, "no kind", object
		all = append(all, *want)
	}
	ignored := cmpopts.IgnoreFields(audit.Entry{}, "ID", "CreatedAt", "EventID")
	if diff := cmp.Diff(all, got, ignored, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
}

func TestAuditSaysWhoSentTheRequest(t *testing.T) {
	t.Parallel()
	signer := newSigner(t)
	s := test.Start(t, "--audit", "--auth=jwt", "--jwks-file="+signer.keys, "--jwt-issuer=test", "--jwt-audience=test")
	object := api.NewID()
	change(t, s, object, "Authorization", "Bearer "+signer.token(t, jwt.MapClaims{
		"sub": "jane", "roles": "admin", "preferred_username": "jane.doe", "email": "jane@example.com", "azp": "console",
	}))
	wantEntry(t, s, object, &audit.Entry{Actor: "jane", Claims: audit.Claims{
		Claims: auth.Claims{Issuer: "test", Username: "jane.doe", Email: "jane@example.com", Client: "console"},
		Roles:  []string{"admin"},
	}})
}

func TestAuditWithoutAuthentication(t *testing.T) {
	t.Parallel()
	s, object := test.Start(t, "--audit"), api.NewID()
	change(t, s, object)
	wantEntry(t, s, object, &audit.Entry{Actor: "anonymous", Claims: audit.Claims{Roles: []string{"admin"}}})
}

func TestNoAuditUnlessWanted(t *testing.T) {
	t.Parallel()
	s, object := test.Start(t), api.NewID()
	change(t, s, object)
	wantEntry(t, s, object, nil)
}
