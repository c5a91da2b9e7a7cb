package auth_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/MicahParks/jwkset"
	"github.com/golang-jwt/jwt/v5"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/auth"
)

// raw returns a token of exactly these texts, with the issuer's good signature.
func (i *issuer) raw(header, claims string) string {
	text := base64.RawURLEncoding.EncodeToString([]byte(header)) + "." + base64.RawURLEncoding.EncodeToString([]byte(claims))
	signature, err := jwt.SigningMethodES256.Sign(text, i.key)
	if err != nil {
		i.t.Fatal(err)
	}
	return text + "." + base64.RawURLEncoding.EncodeToString(signature)
}

// json is claims as text.
func (i *issuer) json(changes jwt.MapClaims) string {
	i.t.Helper()
	text, err := json.Marshal(i.claims(changes))
	if err != nil {
		i.t.Fatal(err)
	}
	return string(text)
}

func mustRefuse(t *testing.T, a *auth.Authenticator, tokens map[string]string) {
	t.Helper()
	for name, token := range tokens {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ask(a, "Bearer "+token).mustBe(t, invalid)
		})
	}
}

// With HMAC whatever is known of the public key would be the secret.
func TestPublicKeyIsNoSecret(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	a := newAuthenticator(t, i.config())
	der, err := x509.MarshalPKIXPublicKey(i.key.Public())
	if err != nil {
		t.Fatal(err)
	}
	point, err := i.key.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	set := keysOf(t, i.kid, i.key.Public(), jwkset.UseSig)
	var keys jwkset.JWKSMarshal
	if err := json.Unmarshal(set, &keys); err != nil {
		t.Fatal(err)
	}
	jwk, err := json.Marshal(keys.Keys[0])
	if err != nil {
		t.Fatal(err)
	}
	inPEM := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	tokens := map[string]string{}
	for name, secret := range map[string][]byte{
		"PEM": inPEM, "PEM without its line break": inPEM[:len(inPEM)-1], "PEM of another type": pem.EncodeToMemory(&pem.Block{Type: "EC PUBLIC KEY", Bytes: der}),
		"DER": der, "DER in base64": []byte(base64.StdEncoding.EncodeToString(der)), "point": point,
		"compressed point": elliptic.MarshalCompressed(i.key.Curve, i.key.X, i.key.Y),
		"x":                []byte(keys.Keys[0].X), "x and y": []byte(keys.Keys[0].X + keys.Keys[0].Y), "JWK": jwk, "set": set,
		"key id": []byte(i.kid), "nothing": {},
	} {
		for _, method := range []jwt.SigningMethod{jwt.SigningMethodHS256, jwt.SigningMethodHS384, jwt.SigningMethodHS512} {
			tokens[name+" "+method.Alg()] = sign(t, method, secret, i.kid, i.claims(nil))
		}
		tokens[name+" without key id"] = sign(t, jwt.SigningMethodHS256, secret, nil, i.claims(nil))
	}
	mustRefuse(t, a, tokens)
}

// The signature is good but for nothing: only the header's algorithm is wrong.
func TestAlgorithmsAreListed(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	a := newAuthenticator(t, i.config())
	tokens := map[string]string{"none at all": i.raw(`{"typ":"JWT","kid":"first"}`, i.json(nil))}
	for _, algorithm := range []string{
		`"none"`, `"None"`, `"NONE"`, `"nOnE"`, `" none"`, `"none "`, `"none\u0000"`, `"\u006eone"`, `""`, `null`, `0`, `true`, `["ES256"]`, `{"ES256":1}`,
		`"es256"`, `"ES256 "`, `"ES256,none"`, `"ES256K"`, `"ES384"`, `"ES512"`, `"RS256"`, `"PS256"`, `"EdDSA"`, `"HS256"`, `"A128KW"`, `"dir"`,
	} {
		header := fmt.Sprintf(`{"typ":"JWT","kid":"first","alg":%s}`, algorithm)
		token := i.raw(header, i.json(nil))
		tokens[algorithm] = token
		tokens[algorithm+" without signature"] = token[:strings.LastIndex(token, ".")+1]
	}
	mustRefuse(t, a, tokens)
}

func TestTypesOfTokens(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	a := newAuthenticator(t, i.config())
	for members, want := range map[string]outcome{
		``: jane, `,"typ":"JWT"`: jane, `,"typ":"jwt"`: jane, `,"typ":"at+jwt"`: jane, `,"typ":"application/at+jwt"`: jane, `,"x5t":"abc","unknown":{"a":1}`: jane,
		`,"typ":"logout+jwt"`: invalid, `,"typ":"dpop+jwt"`: invalid, `,"typ":"secevent+jwt"`: invalid, `,"typ":"application/application/jwt"`: invalid,
		`,"typ":7`: invalid, `,"cty":"JWT"`: invalid, `,"crit":["exp"]`: invalid, `,"crit":[]`: invalid, `,"crit":null`: invalid,
		`,"b64":false`: invalid, `,"b64":true`: invalid, `,"alg":"ES256"`: invalid, `,"kid":"first"`: invalid, `,"x":{"a":1,"a":2}`: invalid,
	} {
		ask(a, "Bearer "+i.raw(`{"alg":"ES256","kid":"first"`+members+`}`, i.json(nil))).mustBe(t, want)
	}
}

// A token must not say which key it is to be verified with, nor where that is.
func TestKeysInTokensAreNotBelieved(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	a := newAuthenticator(t, i.config())
	evil, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	set := keysOf(t, i.kid, evil.Public(), jwkset.UseSig)
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		_, _ = w.Write(set) // whoever asks gets too much already
	}))
	t.Cleanup(server.Close)
	var keys struct{ Keys []any }
	if err := json.Unmarshal(set, &keys); err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]any{"jwk": keys.Keys[0], "jku": server.URL, "x5u": server.URL, "x5c": []string{"MIIB"}} {
		for _, kid := range []any{i.kid, "../../../../dev/null", server.URL, "' or 1=1 --", "x\x00", "", 0, nil, []string{i.kid}, map[string]any{i.kid: i.kid}} {
			token := jwt.NewWithClaims(jwt.SigningMethodES256, i.claims(nil))
			token.Header[name], token.Header["kid"] = value, kid
			text, err := token.SignedString(evil)
			if err != nil {
				t.Fatal(err)
			}
			ask(a, "Bearer "+text).mustBe(t, invalid)
		}
	}
	if got := asked.Load(); got != 0 {
		t.Errorf("the address in a token was asked %d times", got)
	}
}

func TestFormsOfTokens(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	a := newAuthenticator(t, i.config())
	good := i.token(nil)
	parts := strings.Split(good, ".")
	// The last character of 64 bytes in base64 carries four bits that are not used.
	last := parts[2][len(parts[2])-1]
	loose := parts[2][:len(parts[2])-1] + string("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"[strings.IndexByte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", last)|1])
	nested := i.raw(`{"alg":"ES256","kid":"first"}`, `"`+good+`"`)
	ask(a, "Bearer "+good).mustBe(t, jane)
	mustRefuse(t, a, map[string]string{
		"bits that are not used": parts[0] + "." + parts[1] + "." + loose,
		"padded":                 parts[0] + "." + parts[1] + "." + parts[2] + "==",
		"zero signature":         parts[0] + "." + parts[1] + "." + strings.Repeat("A", 86),
		"signature twice":        good + "." + parts[2],
		"encrypted":              "a.b.c.d.e",
		"two parts":              parts[0] + "." + parts[1],
		"dots":                   "..", "many dots": strings.Repeat(".", 1000),
		"space in it":       parts[0] + " ." + parts[1] + "." + parts[2],
		"two at once":       good + ", " + good,
		"in quotes":         `"` + good + `"`,
		"a token in it":     nested,
		"claims are a list": i.raw(`{"alg":"ES256","kid":"first"}`, `[]`),
		"claims are null":   i.raw(`{"alg":"ES256","kid":"first"}`, `null`),
		"no UTF-8":          i.raw(`{"alg":"ES256","kid":"first"}`, strings.Replace(i.json(nil), "jane", "ja\xffne", 1)),
		"text after it":     i.raw(`{"alg":"ES256","kid":"first"}`, i.json(nil)+"{}"),
		"deep":              i.raw(`{"alg":"ES256","kid":"first"}`, strings.Repeat("[", 11000)),
		"deep header":       i.raw(strings.Repeat(`{"a":`, 2000), i.json(nil)),
		"a claim twice":     i.raw(`{"alg":"ES256","kid":"first"}`, strings.Replace(i.json(nil), "{", `{"sub":"eve",`, 1)),
		"and below":         i.raw(`{"alg":"ES256","kid":"first"}`, strings.Replace(i.json(nil), "{", `{"x":{"a":1,"a":2},`, 1)),
		"expiry is a text":  i.token(jwt.MapClaims{"exp": "soon"}),
		"expiry is a list":  i.token(jwt.MapClaims{"exp": []int64{time.Now().Unix()}}),
		"subject is none":   i.token(jwt.MapClaims{"sub": 7}),
	})
	for _, expiry := range []string{"1e400", "1e300", "-1e300", "99999999999999999999", "9223372036854775807", "253402300800", "-1", "0", "NaN"} {
		claims := strings.Replace(i.json(jwt.MapClaims{"exp": nil}), "{", `{"exp":`+expiry+",", 1)
		ask(a, "Bearer "+i.raw(`{"alg":"ES256","kid":"first"}`, claims)).mustBe(t, invalid)
	}
}

// Users may choose some claims at some issuers. These must not pass for others.
func TestNamesOfClaimsAreExact(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	a := newAuthenticator(t, i.config())
	ask(a, "Bearer "+i.token(jwt.MapClaims{"Sub": "eve", "SUB": "eve", "Roles": []string{"admin"}, "ROLES": "admin", "roleſ": "admin"})).mustBe(t, jane)
	ask(a, "Bearer "+i.token(jwt.MapClaims{"aud": nil, "Aud": audience})).mustBe(t, invalid)
	ask(a, "Bearer "+i.token(jwt.MapClaims{"exp": nil, "EXP": time.Now().Add(time.Hour).Unix()})).mustBe(t, invalid)
}

func TestTokensAreBounded(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	a := newAuthenticator(t, i.config())
	// Four characters of base64 carry three bytes.
	fits := i.token(jwt.MapClaims{"pad": strings.Repeat("x", (16<<10-len(i.token(nil)))*3/4-20)})
	if got := len(fits); got > 16<<10 || got < 15<<10 {
		t.Fatalf("the test is wrong: the token has %d bytes", got)
	}
	ask(a, "Bearer "+fits).mustBe(t, jane)
	large := ask(a, "Bearer "+i.token(jwt.MapClaims{"pad": strings.Repeat("x", 16<<10)}))
	large.mustBe(t, invalid)
	if !strings.Contains(large.reason, "16384 bytes") {
		t.Errorf("reason: got %q", large.reason)
	}
	ask(a, "Bearer "+strings.Repeat(".", 1<<20)).mustBe(t, invalid)
}

// Only the header counts: what is in a URL ends up in logs.
func TestTokensInURLsAndBodiesAreNotRead(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	a := newAuthenticator(t, i.config())
	handler := a.Authenticate(fail)(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("let in") }))
	form := "access_token=" + i.token(nil)
	r := httptest.NewRequest(http.MethodPost, api.V1Path+"/widgets?"+form, strings.NewReader(form))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Cookie", form)
	r.Header.Set("Proxy-Authorization", "Bearer "+i.token(nil))
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	if w.Code != http.StatusUnauthorized {
		t.Errorf("got %d", w.Code)
	}
}

// The causes of errors go to the log, where a token must not be found.
func TestErrorsDoNotShowTokens(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	a := newAuthenticator(t, i.config())
	good := i.token(jwt.MapClaims{"email": "planted@example.com"})
	parts := strings.Split(good, ".")
	for what, token := range map[string]string{
		"cut":            good[:len(good)-8],
		"another header": parts[1] + "." + parts[1] + "." + parts[2],
		"no claims":      parts[0] + "." + parts[2] + "." + parts[1],
		"padded":         good + "=",
		"expired":        i.token(jwt.MapClaims{"exp": 1, "email": "planted@example.com"}),
		"for others":     i.token(jwt.MapClaims{"aud": "others", "email": "planted@example.com"}),
		"bad roles":      i.token(jwt.MapClaims{"roles": []any{"planted@example.com", 7}}),
		"bad claims":     i.token(jwt.MapClaims{"exp": "planted@example.com"}),
	} {
		var got error
		handler := a.Authenticate(func(_ http.ResponseWriter, _ *http.Request, err error) { got = err })(http.NotFoundHandler())
		r := httptest.NewRequest(http.MethodGet, api.V1Path+"/widgets", nil)
		r.Header.Set("Authorization", "Bearer "+token)
		handler.ServeHTTP(httptest.NewRecorder(), r)
		if got == nil {
			t.Fatalf("%s: let in", what)
		}
		text := got.Error()
		for cause := errors.Unwrap(got); cause != nil; cause = errors.Unwrap(cause) {
			text += "\n" + cause.Error()
		}
		for _, secret := range append(strings.Split(token, "."), "planted") {
			if secret != "" && strings.Contains(text, secret) {
				t.Errorf("%s: the error shows %q: %s", what, secret, text)
			}
		}
	}
}
