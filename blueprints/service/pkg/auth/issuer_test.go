package auth_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/MicahParks/jwkset"
	"github.com/golang-jwt/jwt/v5"

	"github.com/trexgen/trexgen/blueprints/service/pkg/config"
)

const audience = "these-tests"

// issuer is an issuer of tokens with one current key.
type issuer struct {
	t      testing.TB
	server *httptest.Server

	mu    sync.Mutex
	key   *ecdsa.PrivateKey
	kid   string
	down  bool
	loads int
}

func newIssuer(t testing.TB) *issuer {
	t.Helper()
	i := &issuer{t: t}
	i.rotate("first")
	i.server = httptest.NewServer(http.HandlerFunc(i.serveKeys))
	t.Cleanup(i.server.Close)
	return i
}

func (i *issuer) serveKeys(w http.ResponseWriter, _ *http.Request) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.loads++
	if i.down {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	if _, err := w.Write(keysOf(i.t, i.kid, i.key.Public(), jwkset.UseSig)); err != nil {
		i.t.Error(err)
	}
}

// keysOf returns a set with one key.
func keysOf(t testing.TB, kid string, key crypto.PublicKey, use jwkset.USE) []byte {
	t.Helper()
	jwk, err := jwkset.NewJWKFromKey(key, jwkset.JWKOptions{Metadata: jwkset.JWKMetadataOptions{KID: kid, USE: use}})
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(jwkset.JWKSMarshal{Keys: []jwkset.JWKMarshal{jwk.Marshal()}})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func (i *issuer) rotate(kid string) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		i.t.Fatal(err)
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.key, i.kid = key, kid
}

func (i *issuer) setDown(down bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.down = down
}

func (i *issuer) loaded() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.loads
}

func (i *issuer) config() config.Auth {
	return config.Auth{
		Mode: config.AuthJWT, JWKSURL: i.server.URL, Issuer: i.server.URL, Audience: audience,
		RolesClaim: "roles", MaxLifetime: 24 * time.Hour,
	}
}

// claims are good ones but for changes; a change to nil leaves the claim out.
func (i *issuer) claims(changes jwt.MapClaims) jwt.MapClaims {
	now := time.Now()
	all := jwt.MapClaims{
		"iss": i.server.URL, "aud": audience, "sub": "jane", "roles": []string{"viewer"},
		"iat": now.Unix(), "exp": now.Add(time.Hour).Unix(),
	}
	for name, value := range changes {
		all[name] = value
		if value == nil {
			delete(all, name)
		}
	}
	return all
}

// token is a good one but for changes.
func (i *issuer) token(changes jwt.MapClaims) string {
	i.mu.Lock()
	defer i.mu.Unlock()
	return sign(i.t, jwt.SigningMethodES256, i.key, i.kid, i.claims(changes))
}

func sign(t testing.TB, method jwt.SigningMethod, key any, kid any, claims jwt.MapClaims) string {
	t.Helper()
	token := jwt.NewWithClaims(method, claims)
	if kid != nil {
		token.Header["kid"] = kid
	}
	text, err := token.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
