package attack

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/MicahParks/jwkset"
	"github.com/golang-jwt/jwt/v5"

	"github.com/trexgen/trexgen/blueprints/service/test"
)

// TestTokens shows that no operation that asks for a token takes one that the
// issuer did not make, or did not make for it and for now.
func TestTokens(t *testing.T) {
	t.Parallel()
	issuer := test.NewIssuer(t)
	a := newTarget(t, issuer.Flags()...)
	f := newForger(t, issuer)
	old := issuer.Token("jane", "admin")
	a.want(t, "a good token", []string{"Bearer " + old}, http.StatusOK)
	issuer.Rotate()
	good := issuer.Token("jane", "admin")
	a.want(t, "a token after the rotation", []string{"Bearer " + good}, http.StatusOK)
	a.want(t, "the token before it", []string{"Bearer " + old}, http.StatusUnauthorized)
	for name, values := range f.headers(good) {
		a.want(t, name, values, http.StatusUnauthorized)
	}
	for _, op := range findOperations(a.contract.Document) {
		a.wantClosed(t, op, f)
	}
	if n := f.asked.Load(); n != 0 {
		t.Errorf("the keys of a stranger were asked for %d times", n)
	}
}

// want reports a list of each collection that is answered otherwise.
func (a *target) want(t testing.TB, what string, authorization []string, status int) {
	t.Helper()
	for _, r := range a.resources {
		got := a.fire(t, shot{http.MethodGet, r.path, http.Header{"Authorization": authorization}, nil})
		challenge := got.header.Get("WWW-Authenticate")
		if got.status != status || (status == http.StatusUnauthorized) != strings.HasPrefix(challenge, "Bearer ") {
			t.Errorf("%s at %s: got %d with the challenge %q, want %d", what, r.path, got.status, challenge, status)
		}
	}
}

// wantClosed tries an operation without a token, and with some that are none: in
// the header, and where a token has no business.
func (a *target) wantClosed(t testing.TB, op operation, f *forger) {
	t.Helper()
	if op.Security != nil && len(*op.Security) == 0 {
		return // the document says that it asks for none
	}
	path := strings.ReplaceAll(op.path, "{id}", "5eed0000-0000-4000-8000-000000000001")
	good := f.issuer.Token("jane", "admin")
	for name, s := range map[string]shot{
		"no token":             {op.method, path, http.Header{}, nil},
		"a forged token":       {op.method, path, http.Header{"Authorization": {"Bearer " + f.unsigned("none")}}, nil},
		"a parameter":          {op.method, path + "?access_token=" + good + "&token=" + good, http.Header{}, nil},
		"a cookie":             {op.method, path, http.Header{"Cookie": {"access_token=" + good + "; Authorization=Bearer " + good}}, nil},
		"another header":       {op.method, path, http.Header{"X-Authorization": {"Bearer " + good}, "Proxy-Authorization": {"Bearer " + good}}, nil},
		"a name from a proxy":  {op.method, path, http.Header{"X-Remote-User": {"admin"}, "X-Forwarded-User": {"admin"}, "X-User": {"admin"}}, nil},
		"a word of the client": {op.method, path, http.Header{"X-Forwarded-For": {"127.0.0.1"}, "X-Real-Ip": {"127.0.0.1"}}, nil},
	} {
		if requestSchema(op.Operation) != nil {
			s.body = []byte("{}")
			s.header.Set("Content-Type", "application/json")
		}
		if got := a.fire(t, s); got.status != http.StatusUnauthorized {
			t.Errorf("%s, %s %s: got %d, want 401", name, s.method, s.path, got.status)
		}
	}
}

// forger makes tokens that look like those of an issuer.
type forger struct {
	t       testing.TB
	issuer  *test.Issuer
	ec      *ecdsa.PrivateKey
	rsa     *rsa.PrivateKey
	ed      ed25519.PrivateKey
	server  *httptest.Server // of keys that nobody should want
	asked   atomic.Int64
	private jwkset.JWK
}

func newForger(t testing.TB, issuer *test.Issuer) *forger {
	t.Helper()
	f := &forger{t: t, issuer: issuer}
	var errs [4]error
	f.ec, errs[0] = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	f.rsa, errs[1] = rsa.GenerateKey(rand.Reader, 2048)
	_, f.ed, errs[2] = ed25519.GenerateKey(rand.Reader)
	f.private, errs[3] = jwkset.NewJWKFromKey(f.ec.Public(), jwkset.JWKOptions{Metadata: jwkset.JWKMetadataOptions{KID: "mine"}})
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
	f.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		f.asked.Add(1)
		_ = json.NewEncoder(w).Encode(jwkset.JWKSMarshal{Keys: []jwkset.JWKMarshal{f.private.Marshal()}}) // counted already
	}))
	t.Cleanup(f.server.Close)
	return f
}

// unsigned is a token without a signature whose header names the algorithm.
func (f *forger) unsigned(algorithm string) string {
	signed := f.issuer.Sign(map[string]any{"sub": "jane", "roles": []string{"admin"}}, map[string]any{"alg": algorithm})
	return signed[:strings.LastIndex(signed, ".")+1]
}

// as is a token for an admin, signed by method and key.
func (f *forger) as(method jwt.SigningMethod, key any, header map[string]any) string {
	f.t.Helper()
	return f.issuer.SignWith(method, key, map[string]any{"sub": "jane", "roles": []string{"admin"}}, header)
}

// headers are the values of Authorization that let nobody in, by what is wrong
// with them. One token is good but for what is made of it.
func (f *forger) headers(good string) map[string][]string {
	all := map[string][]string{
		"none": nil, "an empty one": {""}, "no token": {"Bearer"}, "no token behind": {"Bearer "}, "nonsense": {"Bearer x"}, "dots": {"Bearer .."},
		"another scheme": {"Basic " + good}, "no scheme": {good}, "two schemes": {"Bearer Bearer " + good}, "two tokens": {"Bearer " + good + " " + good},
		"two in a list": {"Bearer " + good + ", Bearer " + good}, "two headers": {"Bearer " + good, "Bearer x"}, "the same twice": {"Bearer " + good, "Bearer " + good},
		"a long one": {"Bearer " + strings.Repeat("x", 50_000)}, "many dots": {"Bearer " + strings.Repeat(".", 50_000)}, "quotes": {`Bearer "` + good + `"`},
	}
	for name, token := range f.forged() {
		all[name] = []string{"Bearer " + token}
	}
	for name, token := range damagedTokens(good) {
		all[name] = []string{"Bearer " + token}
	}
	now := time.Now()
	for name, claims := range map[string]map[string]any{
		"expired": {"exp": now.Add(-time.Hour).Unix()}, "no expiry": {"exp": nil}, "expiry as text": {"exp": "tomorrow"}, "not yet valid": {"nbf": now.Add(time.Hour).Unix()},
		"another audience": {"aud": "others"}, "no audience": {"aud": nil}, "an empty audience": {"aud": []string{}}, "part of the audience": {"aud": test.Audience[1:]},
		"another issuer": {"iss": "https://issuer.example"}, "no issuer": {"iss": nil}, "nobody": {"sub": nil}, "an empty subject": {"sub": ""}, "a NUL": {"sub": "a\x00b"},
		"a number for a subject": {"sub": 1}, "expiry in the far past": {"exp": -1 << 53}, "expiry beyond numbers": {"exp": json.Number("1e300")},
	} {
		all[name] = []string{"Bearer " + f.issuer.Sign(claims, nil)}
	}
	return all
}

// forged are tokens that the issuer did not sign.
func (f *forger) forged() map[string]string {
	der, err := x509.MarshalPKIXPublicKey(f.issuer.PublicKey())
	if err != nil {
		f.t.Fatal(err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	point, err := f.issuer.PublicKey().Bytes()
	if err != nil {
		f.t.Fatal(err)
	}
	private := f.private.Marshal()
	mine := map[string]any{"kid": private.KID}
	all := map[string]string{
		"another key": f.as(jwt.SigningMethodES256, f.ec, nil), "an unknown key": f.as(jwt.SigningMethodES256, f.ec, mine),
		"no key named": f.as(jwt.SigningMethodES256, f.ec, map[string]any{"kid": nil}), "a number for a key": f.as(jwt.SigningMethodES256, f.ec, map[string]any{"kid": 1}),
		"a key by its path": f.as(jwt.SigningMethodHS256, []byte{}, map[string]any{"kid": "../../../../dev/null"}),
		"a key by SQL":      f.as(jwt.SigningMethodES256, f.ec, map[string]any{"kid": "x' UNION SELECT 'key' --"}),
		"a key brought":     f.as(jwt.SigningMethodES256, f.ec, map[string]any{"jwk": private}), "a key to be fetched": f.as(jwt.SigningMethodES256, f.ec, map[string]any{"jku": f.server.URL, "kid": private.KID}),
		"a certificate to be fetched": f.as(jwt.SigningMethodES256, f.ec, map[string]any{"x5u": f.server.URL}),
		"an extension":                f.issuer.Sign(map[string]any{"sub": "jane"}, map[string]any{"crit": []string{"exp"}, "b64": false}),
		"RSA":                         f.as(jwt.SigningMethodRS256, f.rsa, nil), "PSS": f.as(jwt.SigningMethodPS256, f.rsa, nil), "Ed25519": f.as(jwt.SigningMethodEdDSA, f.ed, nil),
		"RSA in name": f.issuer.Sign(nil, map[string]any{"alg": "RS256"}), "Ed25519 in name": f.issuer.Sign(nil, map[string]any{"alg": "EdDSA"}),
		"no algorithm": f.issuer.Sign(nil, map[string]any{"alg": nil}), "a list of algorithms": f.issuer.Sign(nil, map[string]any{"alg": []string{"ES256", "none"}}),
		"a small letter": f.issuer.Sign(nil, map[string]any{"alg": "es256"}),
	}
	for name, secret := range map[string][]byte{
		"PEM": text, "PEM without its end": bytes.TrimSpace(text), "DER": der, "the point": point, "nothing": {}, "a zero": {0}, "the audience": []byte(test.Audience),
	} {
		for _, method := range []jwt.SigningMethod{jwt.SigningMethodHS256, jwt.SigningMethodHS384, jwt.SigningMethodHS512} {
			all[method.Alg()+" with "+name] = f.as(method, secret, nil)
		}
	}
	for _, none := range []string{"none", "None", "NONE", "nOnE", "none ", "", "null", "\u017fone", "no\u0000ne"} {
		all["unsigned, "+none] = f.unsigned(none)
		all["unsigned in part, "+none] = strings.TrimSuffix(f.unsigned(none), ".")
		all["unsigned with something, "+none] = f.unsigned(none) + "eA"
	}
	return all
}

// damagedTokens are what is left of a good token when one part is changed.
func damagedTokens(good string) map[string]string {
	parts := strings.Split(good, ".")
	header, claims, signature := parts[0], parts[1], parts[2]
	encode := base64.RawURLEncoding.EncodeToString
	raw, err := base64.RawURLEncoding.DecodeString(signature)
	if err != nil {
		panic(err) // a token that is signed has a signature
	}
	swapped := append(bytes.Clone(raw[32:]), raw[:32]...)
	return map[string]string{
		"no signature": header + "." + claims + ".", "half a signature": header + "." + claims + "." + encode(raw[:32]),
		"zeros": header + "." + claims + "." + encode(make([]byte, 64)), "a longer signature": header + "." + claims + "." + encode(append(raw, 0)),
		"swapped halves": header + "." + claims + "." + encode(swapped), "ones": header + "." + claims + "." + encode(bytes.Repeat([]byte{0xff}, 64)),
		"padding": good + "=", "four parts": good + ".x", "five parts": good + ".x.y", "a space": header + " ." + claims + "." + signature,
		"other claims":   header + "." + encode([]byte(`{"sub":"root","roles":["admin"]}`)) + "." + signature,
		"other header":   encode([]byte(`{"alg":"ES256"}`)) + "." + claims + "." + signature,
		"no JSON":        encode([]byte("x")) + "." + encode([]byte("y")) + "." + signature,
		"deep JSON":      encode([]byte(strings.Repeat("[", 10_000))) + "." + claims + "." + signature,
		"deep claims":    header + "." + encode([]byte(strings.Repeat(`{"a":`, 5_000))) + "." + signature,
		"a name twice":   encode([]byte(`{"alg":"ES256","alg":"none"}`)) + "." + claims + ".",
		"claims as JSON": `{"protected":"` + header + `","payload":"` + claims + `","signature":"` + signature + `"}`,
	}
}
