package auth_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/MicahParks/jwkset"
	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/apierror"
	"github.com/trexgen/trexgen/blueprints/service/pkg/auth"
	"github.com/trexgen/trexgen/blueprints/service/pkg/config"
)

// fail answers with the status of err and says the code in a header.
func fail(w http.ResponseWriter, _ *http.Request, err error) {
	e := apierror.From(err)
	w.Header().Set("Test-Reason", e.Reason)
	w.WriteHeader(e.Code.Status())
}

// outcome is what became of a request: who it was let in as, or how it was refused.
type outcome struct {
	Status    int
	Identity  auth.Identity
	Challenge string
	reason    string
}

var (
	invalid = outcome{Status: http.StatusUnauthorized, Challenge: `Bearer realm="` + api.ServiceName + `", error="invalid_token"`}
	missing = outcome{Status: http.StatusUnauthorized, Challenge: `Bearer realm="` + api.ServiceName + `"`}
	jane    = outcome{Status: http.StatusOK, Identity: auth.Identity{Subject: "jane", Roles: []string{"viewer"}}}
)

// ask sends a request with the given Authorization headers.
func ask(a *auth.Authenticator, headers ...string) outcome {
	var got outcome
	handler := a.Authenticate(fail)(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		got.Identity, _ = auth.FromContext(r.Context())
	}))
	r := httptest.NewRequest(http.MethodGet, api.V1Path+"/widgets", nil)
	for _, h := range headers {
		r.Header.Add("Authorization", h)
	}
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	got.Identity.Claims = auth.Claims{} // have a test of their own
	got.Status, got.Challenge, got.reason = w.Code, w.Header().Get("WWW-Authenticate"), w.Header().Get("Test-Reason")
	return got
}

func (o outcome) mustBe(t *testing.T, want outcome) {
	t.Helper()
	o.reason = ""
	o.Identity.Expires = time.Time{} // that of the token, which has a test of its own
	if diff := cmp.Diff(want, o, cmp.AllowUnexported(outcome{})); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

// What goes on for long, such as a stream, has to end with its token.
func TestIdentityExpiresWithItsToken(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	expiry := time.Now().Add(time.Hour).Truncate(time.Second)
	got := ask(newAuthenticator(t, i.config()), "Bearer "+i.token(jwt.MapClaims{"exp": expiry.Unix()})).Identity.Expires
	const leeway = 30 * time.Second
	if want := expiry.Add(leeway); !got.Equal(want) {
		t.Errorf("got %s, want %s", got, want)
	}
	open := newAuthenticator(t, config.Auth{Mode: config.AuthNone})
	if got := ask(open).Identity.Expires; !got.IsZero() {
		t.Errorf("without authentication: got %s, want none", got)
	}
}

func newAuthenticator(t *testing.T, c config.Auth) *auth.Authenticator {
	t.Helper()
	a, err := auth.New(c, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestTokens(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	a := newAuthenticator(t, i.config())
	other, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	good := i.token(nil)
	parts := strings.Split(good, ".")
	swapped := strings.Split(i.token(jwt.MapClaims{"sub": "eve"}), ".")
	ago, soon := time.Now().Add(-time.Hour).Unix(), time.Now().Add(time.Hour).Unix()

	tests := []struct {
		name  string
		token string
		want  outcome
	}{
		{"good", good, jane},
		{"no key id, but a good signature", sign(t, jwt.SigningMethodES256, i.key, nil, i.claims(nil)), jane},
		{"several audiences", i.token(jwt.MapClaims{"aud": []string{"others", audience}}), jane},
		{"one role as a string", i.token(jwt.MapClaims{"roles": "viewer"}), jane},
		{"no roles", i.token(jwt.MapClaims{"roles": nil}), outcome{Status: http.StatusOK, Identity: auth.Identity{Subject: "jane"}}},
		{"expired within the leeway", i.token(jwt.MapClaims{"exp": time.Now().Add(-5 * time.Second).Unix()}), jane},

		{"algorithm none", sign(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, i.kid, i.claims(nil)), invalid},
		{"another key under the known id", sign(t, jwt.SigningMethodES256, other, i.kid, i.claims(nil)), invalid},
		{"another key and no id", sign(t, jwt.SigningMethodES256, other, nil, i.claims(nil)), invalid},
		{"key id is no string", sign(t, jwt.SigningMethodES256, i.key, 7, i.claims(nil)), invalid},
		{"claims of another token", parts[0] + "." + swapped[1] + "." + parts[2], invalid},
		{"no signature", parts[0] + "." + parts[1] + ".", invalid},
		{"garbage", "garbage", invalid},
		{"expired", i.token(jwt.MapClaims{"exp": ago}), invalid},
		{"no expiry", i.token(jwt.MapClaims{"exp": nil}), invalid},
		{"not valid yet", i.token(jwt.MapClaims{"nbf": soon}), invalid},
		{"wrong issuer", i.token(jwt.MapClaims{"iss": "https://evil"}), invalid},
		{"no issuer", i.token(jwt.MapClaims{"iss": nil}), invalid},
		{"wrong audience", i.token(jwt.MapClaims{"aud": "others"}), invalid},
		{"no audience", i.token(jwt.MapClaims{"aud": nil}), invalid},
		{"no subject", i.token(jwt.MapClaims{"sub": nil}), invalid},
		{"a subject that cannot be stored", i.token(jwt.MapClaims{"sub": "ja\x00ne"}), invalid},
		{"an endless subject", i.token(jwt.MapClaims{"sub": strings.Repeat("j", 1025)}), invalid},
		{"roles are no strings", i.token(jwt.MapClaims{"roles": []int{1}}), invalid},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			ask(a, "Bearer "+tt.token).mustBe(t, tt.want)
		})
	}
}

func TestAuthorizationHeader(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	a := newAuthenticator(t, i.config())
	good := i.token(nil)
	tests := map[string]struct {
		headers []string
		want    outcome
	}{
		"none":               {nil, missing},
		"another scheme":     {[]string{"Basic " + good}, missing},
		"scheme alone":       {[]string{"Bearer "}, missing},
		"token alone":        {[]string{good}, missing},
		"scheme in any case": {[]string{"bearer " + good}, jane},
		"two headers":        {[]string{"Bearer " + good, "Bearer " + good}, invalid},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ask(a, tt.headers...).mustBe(t, tt.want)
		})
	}
}

func TestReasonsKeepInternalsBack(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	a := newAuthenticator(t, i.config())
	for token, want := range map[string]string{
		i.token(jwt.MapClaims{"exp": 1}):              "the token has expired",
		i.token(jwt.MapClaims{"iss": "https://evil"}): "the token is not valid",
	} {
		if got := ask(a, "Bearer "+token).reason; got != want {
			t.Errorf("reason: got %q, want %q", got, want)
		}
	}
}

func TestRotatedKeyIsLoaded(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	a := newAuthenticator(t, i.config())
	old := i.token(nil)
	ask(a, "Bearer "+old).mustBe(t, jane)

	b := newAuthenticator(t, i.config())
	runUntilReady(t, b)
	i.rotate("second")
	ask(b, "Bearer "+i.token(nil)).mustBe(t, jane)
	ask(b, "Bearer "+old).mustBe(t, invalid)
}

func TestUnknownKeyIDsDoNotFloodTheIssuer(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	a := newAuthenticator(t, i.config())
	runUntilReady(t, a)
	before := i.loaded()
	good, bad := i.token(nil), sign(t, jwt.SigningMethodES256, i.key, "made up", i.claims(nil))

	done := make(chan outcome)
	const flood = 50
	for range flood {
		go func() { done <- ask(a, "Bearer "+bad) }()
	}
	for range flood {
		(<-done).mustBe(t, invalid)
	}
	if got := i.loaded() - before; got != 1 {
		t.Errorf("%d tokens with an unknown key id: the issuer was asked %d times, want once", flood, got)
	}
	ask(a, "Bearer "+good).mustBe(t, jane)
}

func TestIssuerAwayAtStart(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	i.setDown(true)
	a := newAuthenticator(t, i.config())
	if err := a.Ready(); err == nil {
		t.Error("ready without keys")
	}
	ask(a, "Bearer "+i.token(nil)).mustBe(t, outcome{Status: http.StatusServiceUnavailable})
	if err := a.Ready(); err == nil {
		t.Error("ready without keys")
	}

	i.setDown(false)
	runUntilReady(t, a)
	ask(a, "Bearer "+i.token(nil)).mustBe(t, jane)

	i.setDown(true)
	ask(a, "Bearer "+i.token(nil)).mustBe(t, jane)
	if err := a.Ready(); err != nil {
		t.Errorf("the issuer went away after the keys were loaded: %v", err)
	}
}

// runUntilReady runs a until the end of the test and waits for its keys. There
// is no signal for them but Ready.
func runUntilReady(t *testing.T, a *auth.Authenticator) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- a.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("run: %v", err)
		}
	})
	deadline := time.NewTimer(10 * time.Second)
	defer deadline.Stop()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for a.Ready() != nil {
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatal("the keys were not loaded within 10 s")
		}
	}
}

func TestKeysFromFile(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	c := i.config()
	c.JWKSURL, c.JWKSFile = "", filepath.Join(t.TempDir(), "keys.json")
	write := func(text []byte) {
		t.Helper()
		if err := os.WriteFile(c.JWKSFile, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}

	if _, err := auth.New(c, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), "--jwks-file") {
		t.Errorf("a file that is not there: got %v", err)
	}
	for _, text := range []string{"", "{}", `{"keys":[]}`, `{"keys":[{"kty":"oct","k":"c2VjcmV0","kid":"first"}]}`, string(keysOf(t, i.kid, i.key.Public(), jwkset.UseEnc))} {
		write([]byte(text))
		if _, err := auth.New(c, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), "--jwks-file "+c.JWKSFile) {
			t.Errorf("a file without a key for signatures (%s): got %v", text, err)
		}
	}

	write(keysOf(t, i.kid, i.key.Public(), ""))
	a := newAuthenticator(t, c)
	if err := a.Ready(); err != nil {
		t.Error(err)
	}
	ask(a, "Bearer "+i.token(nil)).mustBe(t, jane)

	i.rotate("second")
	write(keysOf(t, i.kid, i.key.Public(), jwkset.UseSig))
	ask(a, "Bearer "+i.token(nil)).mustBe(t, jane)
}

func TestWithoutAuthentication(t *testing.T) {
	t.Parallel()
	a := newAuthenticator(t, config.Auth{Mode: config.AuthNone})
	ask(a).mustBe(t, outcome{Status: http.StatusOK, Identity: auth.Identity{Subject: "anonymous", Roles: []string{auth.RoleAdmin}}})
	if err := a.Ready(); err != nil {
		t.Error(err)
	}
}

func TestWhatIsNotSetUpLetsNobodyIn(t *testing.T) {
	t.Parallel()
	var zero auth.Authenticator
	ask(&zero).mustBe(t, missing)
	ask(&zero, "Bearer x").mustBe(t, outcome{Status: http.StatusServiceUnavailable})
	if zero.Ready() == nil {
		t.Error("the zero authenticator is ready")
	}
	good := config.Auth{Mode: config.AuthJWT, JWKSURL: "https://issuer", Issuer: "us", Audience: "us", RolesClaim: "roles", MaxLifetime: time.Hour}
	newAuthenticator(t, good)
	for what, change := range map[string]func(*config.Auth){
		"nothing":          func(c *config.Auth) { *c = config.Auth{} },
		"an unknown mode":  func(c *config.Auth) { c.Mode = "nobody" },
		"no issuer":        func(c *config.Auth) { c.Issuer = "" },
		"no audience":      func(c *config.Auth) { c.Audience = "" },
		"no claim":         func(c *config.Auth) { c.RolesClaim = "" },
		"no lifetime":      func(c *config.Auth) { c.MaxLifetime = 0 },
		"no place of keys": func(c *config.Auth) { c.JWKSURL = "" },
	} {
		c := good
		change(&c)
		if _, err := auth.New(c, slog.New(slog.DiscardHandler)); err == nil {
			t.Errorf("%s: got no error", what)
		}
	}
}
