package test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/MicahParks/jwkset"
	"github.com/golang-jwt/jwt/v5"
)

// Audience is whom the tokens of an Issuer are for.
const Audience = "these-tests"

// Issuer is an issuer of tokens as a service meets one: it has one key at a
// time, for ES256, and serves the public half over HTTP.
type Issuer struct {
	t      testing.TB
	server *httptest.Server

	mu    sync.Mutex
	key   *ecdsa.PrivateKey
	id    int // of the key
	away  bool
	loads int
}

// NewIssuer starts an issuer on a port of its own and stops it when the test
// ends.
func NewIssuer(t testing.TB) *Issuer {
	t.Helper()
	i := &Issuer{t: t}
	i.Rotate()
	i.server = httptest.NewServer(http.HandlerFunc(i.serveKeys))
	t.Cleanup(i.server.Close)
	return i
}

func (i *Issuer) serveKeys(w http.ResponseWriter, _ *http.Request) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.loads++
	if i.away {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	jwk, err := jwkset.NewJWKFromKey(i.key.Public(), jwkset.JWKOptions{
		Metadata: jwkset.JWKMetadataOptions{KID: i.keyID(), USE: jwkset.UseSig, ALG: jwkset.AlgES256},
	})
	if err == nil {
		err = json.NewEncoder(w).Encode(jwkset.JWKSMarshal{Keys: []jwkset.JWKMarshal{jwk.Marshal()}})
	}
	if err != nil {
		i.t.Errorf("serve the keys of tokens: %v", err)
	}
}

func (i *Issuer) keyID() string { return fmt.Sprintf("key-%d", i.id) }

// Flags make a service believe the tokens of i and no others.
func (i *Issuer) Flags() []string {
	return []string{"--auth=jwt", "--jwks-url=" + i.server.URL, "--jwt-issuer=" + i.server.URL, "--jwt-audience=" + Audience}
}

// Token returns a token that is good for an hour. It may be called in a fuzz
// target too, and so may Sign and SignWith.
func (i *Issuer) Token(subject string, roles ...string) string {
	return i.Sign(map[string]any{"sub": subject, "roles": roles}, nil)
}

// Sign returns a token that is good but for what claims and header change in
// it; what they give as nil is left out. The signature is the issuer's, whatever
// the header says.
func (i *Issuer) Sign(claims, header map[string]any) string {
	i.mu.Lock()
	key := i.key
	i.mu.Unlock()
	return i.SignWith(jwt.SigningMethodES256, key, claims, header)
}

// SignWith is Sign with the signature of another method and key. The header
// names the method, and the issuer's key.
func (i *Issuer) SignWith(method jwt.SigningMethod, key any, claims, header map[string]any) string {
	i.mu.Lock()
	id := i.keyID()
	i.mu.Unlock()
	now := time.Now()
	token := jwt.NewWithClaims(method, changed(jwt.MapClaims{
		"iss": i.server.URL, "aud": Audience, "sub": "jane", "roles": []string{"viewer"},
		"iat": now.Unix(), "exp": now.Add(time.Hour).Unix(),
	}, claims))
	token.Header["kid"] = id
	token.Header = changed(token.Header, header)
	text, err := token.SignedString(key)
	if err != nil {
		i.t.Fatal(err)
	}
	return text
}

// changed returns values with the changes; those to nil are left out.
func changed[M ~map[string]any](values M, changes map[string]any) M {
	maps.Copy(values, changes)
	maps.DeleteFunc(values, func(_ string, value any) bool { return value == nil })
	return values
}

// PublicKey is the public half of the key, which anyone can have.
func (i *Issuer) PublicKey() *ecdsa.PublicKey {
	i.mu.Lock()
	defer i.mu.Unlock()
	return &i.key.PublicKey
}

// Rotate replaces the key. The former one is gone at once.
func (i *Issuer) Rotate() {
	i.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		i.t.Fatal(err)
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.key, i.id = key, i.id+1
}

// SetAway makes i fail to serve its keys, or serve them again. Tokens can be had
// all the same.
func (i *Issuer) SetAway(away bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.away = away
}

// Loads is how often the keys were asked for.
func (i *Issuer) Loads() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.loads
}

// Close stops i: its port is closed. It may be called more than once.
func (i *Issuer) Close() { i.server.Close() }
