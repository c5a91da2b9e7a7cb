package auth_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/MicahParks/jwkset"
	"github.com/golang-jwt/jwt/v5"

	"github.com/trexgen/trexgen/blueprints/service/pkg/auth"
	"github.com/trexgen/trexgen/blueprints/service/pkg/config"
)

// jwkOf is key as JSON, with what members add to it or replace.
func jwkOf(t testing.TB, kid string, key any, private bool, members map[string]any) map[string]any {
	t.Helper()
	jwk, err := jwkset.NewJWKFromKey(key, jwkset.JWKOptions{
		Marshal: jwkset.JWKMarshalOptions{Private: private}, Metadata: jwkset.JWKMetadataOptions{KID: kid, USE: jwkset.UseSig},
	})
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(jwk.Marshal())
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]any
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	for name, value := range members {
		all[name] = value
	}
	return all
}

// fileOf returns the configuration for a file with these keys.
func fileOf(t testing.TB, i *issuer, keys ...map[string]any) config.Auth {
	t.Helper()
	text, err := json.Marshal(map[string]any{"keys": keys})
	if err != nil {
		t.Fatal(err)
	}
	c := i.config()
	c.JWKSURL, c.JWKSFile = "", filepath.Join(t.TempDir(), "keys.json")
	if err := os.WriteFile(c.JWKSFile, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return c
}

func newRSA(t testing.TB, bits int) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func newECDSA(t *testing.T, curve elliptic.Curve) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// Every algorithm goes with its kind of key, and with no other, and with no
// other algorithm than the key is for.
func TestKeysFitAlgorithms(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	_, edwards, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	keys := map[string]crypto.Signer{
		"RSA": newRSA(t, 2048), "P-256": newECDSA(t, elliptic.P256()), "P-384": newECDSA(t, elliptic.P384()),
		"P-521": newECDSA(t, elliptic.P521()), "Ed25519": edwards,
	}
	algorithms := map[string]string{
		"RS256": "RSA", "RS384": "RSA", "RS512": "RSA", "PS256": "RSA", "PS384": "RSA", "PS512": "RSA",
		"ES256": "P-256", "ES384": "P-384", "ES512": "P-521", "EdDSA": "Ed25519",
	}
	var all []map[string]any
	for name, key := range keys {
		all = append(all, jwkOf(t, name, key.Public(), false, nil))
	}
	a := newAuthenticator(t, fileOf(t, i, all...))
	for algorithm, own := range algorithms {
		method := jwt.GetSigningMethod(algorithm)
		ask(a, "Bearer "+sign(t, method, keys[own], own, i.claims(nil))).mustBe(t, jane)
		ask(a, "Bearer "+sign(t, method, keys[own], nil, i.claims(nil))).mustBe(t, jane)
		for other := range keys {
			if other != own { // the good signature of another key
				ask(a, "Bearer "+sign(t, method, keys[own], other, i.claims(nil))).mustBe(t, invalid)
			}
		}
		for other, itsKey := range algorithms {
			if other == algorithm || itsKey != own || own == "Ed25519" {
				continue
			}
			tied := newAuthenticator(t, fileOf(t, i, jwkOf(t, own, keys[own].Public(), false, map[string]any{"alg": other})))
			for _, kid := range []any{own, nil} {
				ask(tied, "Bearer "+sign(t, method, keys[own], kid, i.claims(nil))).mustBe(t, invalid)
				ask(tied, "Bearer "+sign(t, jwt.GetSigningMethod(other), keys[own], kid, i.claims(nil))).mustBe(t, jane)
			}
		}
	}
}

// The library takes a signature over any curve that has the right length.
func TestCurvesFitAlgorithms(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	a := newAuthenticator(t, fileOf(t, i, jwkOf(t, "k", i.key.Public(), false, nil)))
	for _, header := range []string{`{"alg":"ES384","kid":"k"}`, `{"alg":"ES384"}`} {
		text := i.raw(header, i.json(nil))
		text = text[:strings.LastIndexByte(text, '.')]
		sum := sha512.Sum384([]byte(text))
		r, s, err := ecdsa.Sign(rand.Reader, i.key, sum[:])
		if err != nil {
			t.Fatal(err)
		}
		signature := append(r.FillBytes(make([]byte, 48)), s.FillBytes(make([]byte, 48))...)
		if err := jwt.SigningMethodES384.Verify(text, signature, i.key.Public()); err != nil {
			t.Fatalf("the test is wrong: the library refuses the signature: %v", err)
		}
		ask(a, "Bearer "+text+"."+base64.RawURLEncoding.EncodeToString(signature)).mustBe(t, invalid)
	}
}

func TestKeysThatAreNotForSignatures(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	good := jwkOf(t, "good", i.key.Public(), false, nil)
	odd := newECDSA(t, elliptic.P256())
	weak := newRSA(t, 1024)
	tests := map[string]struct {
		key    map[string]any
		signer any
		method jwt.SigningMethod
		why    string // in the error, if there is no other key
	}{
		"to encrypt":         {jwkOf(t, "odd", odd.Public(), false, map[string]any{"use": "enc"}), odd, jwt.SigningMethodES256, "none is a public key"},
		"for another end":    {jwkOf(t, "odd", odd.Public(), false, map[string]any{"key_ops": []string{"encrypt"}}), odd, jwt.SigningMethodES256, "none is a public key"},
		"for no such":        {jwkOf(t, "odd", odd.Public(), false, map[string]any{"alg": "RS256"}), odd, jwt.SigningMethodES256, "none is a public key"},
		"RSA that is broken": {jwkOf(t, "odd", weak.Public(), false, nil), weak, jwt.SigningMethodRS256, `"odd": a key for RSA needs 2048 to 16384 bits, and it has 1024`},
		"a secret":           {map[string]any{"kty": "oct", "k": "c2VjcmV0", "kid": "odd"}, []byte("secret"), jwt.SigningMethodHS256, "none is a public key"},
		"of an unknown type": {map[string]any{"kty": "AKP", "kid": "odd", "pub": "x"}, odd, jwt.SigningMethodES256, `"odd"`},
		"off the curve":      {jwkOf(t, "odd", odd.Public(), false, map[string]any{"x": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}), odd, jwt.SigningMethodES256, `"odd"`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := auth.New(fileOf(t, i, tt.key), slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), tt.why) {
				t.Errorf("alone: got %v, want an error with %q", err, tt.why)
			}
			a := newAuthenticator(t, fileOf(t, i, tt.key, good))
			for _, kid := range []any{"odd", nil} {
				ask(a, "Bearer "+sign(t, tt.method, tt.signer, kid, i.claims(nil))).mustBe(t, invalid)
			}
			ask(a, "Bearer "+sign(t, jwt.SigningMethodES256, i.key, "good", i.claims(nil))).mustBe(t, jane)
		})
	}
}

func TestSkippedKeysAreNamed(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	var log bytes.Buffer
	c := fileOf(t, i, jwkOf(t, "weak", newRSA(t, 1024).Public(), false, nil), jwkOf(t, "good", i.key.Public(), false, nil))
	if _, err := auth.New(c, slog.New(slog.NewTextHandler(&log, nil))); err != nil {
		t.Fatal(err)
	}
	if got := log.String(); !strings.Contains(got, "weak") || !strings.Contains(got, "1024") || strings.Contains(got, "good") {
		t.Errorf("the log: %s", got)
	}
}

// Whoever can read a private key can sign; a set that has one is not believed
// at all. The same goes for keys of developers, but in development.
func TestExposedKeysAreRefused(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	good := jwkOf(t, "good", i.key.Public(), false, nil)
	_, edwards, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	marked := jwkOf(t, "development-only-x", i.key.Public(), false, nil)
	for name, tt := range map[string]struct {
		key  map[string]any
		want string
		dev  bool // fine in development
	}{
		"RSA":            {jwkOf(t, "rsa", newRSA(t, 2048), true, nil), `"rsa": its private half`, false},
		"ECDSA":          {jwkOf(t, "ecdsa", newECDSA(t, elliptic.P384()), true, nil), `"ecdsa": its private half`, false},
		"Ed25519":        {jwkOf(t, "edwards", edwards, true, nil), `"edwards": its private half`, false},
		"to encrypt":     {jwkOf(t, "enc", newECDSA(t, elliptic.P256()), true, map[string]any{"use": "enc"}), `"enc": its private half`, false},
		"broken":         {map[string]any{"kty": "EC", "d": "x", "kid": "broken"}, `"broken": its private half`, false},
		"marked by id":   {marked, "developer", true},
		"marked by mark": {jwkOf(t, "x", i.key.Public(), false, map[string]any{"development_only": true}), "developer", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := fileOf(t, i, good, tt.key)
			if _, err := auth.New(c, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want an error with %q", err, tt.want)
			}
			c.AllowDevKeys = true
			if _, err := auth.New(c, slog.New(slog.DiscardHandler)); (err == nil) != tt.dev {
				t.Errorf("in development: got %v, want it accepted: %t", err, tt.dev)
			}
		})
	}
}

// What was believed before is not believed any longer.
func TestKeysThatBecomeExposedCloseTheDoor(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	c := fileOf(t, i, jwkOf(t, i.kid, i.key.Public(), false, nil))
	a := newAuthenticator(t, c)
	ask(a, "Bearer "+i.token(nil)).mustBe(t, jane)
	exposed, err := os.ReadFile(fileOf(t, i, jwkOf(t, i.kid, i.key, true, nil)).JWKSFile)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(c.JWKSFile, exposed, 0o600); err != nil {
		t.Fatal(err)
	}
	ask(a, "Bearer "+sign(t, jwt.SigningMethodES256, i.key, "makes them load", i.claims(nil))).mustBe(t, outcome{Status: http.StatusServiceUnavailable})
	ask(a, "Bearer "+i.token(nil)).mustBe(t, outcome{Status: http.StatusServiceUnavailable})
	if a.Ready() == nil {
		t.Error("ready with keys that are exposed")
	}
}
