package auth_test

import (
	"encoding/base64"
	"log/slog"
	"net/http"
	"testing"

	"github.com/trexgen/trexgen/blueprints/service/pkg/auth"
)

// Whatever is sent as a token, nothing panics and nobody is let in as someone
// whom the issuer has not named.
func FuzzTokens(f *testing.F) {
	i := newIssuer(f)
	a, err := auth.New(fileOf(f, i, jwkOf(f, i.kid, i.key.Public(), false, nil)), slog.New(slog.DiscardHandler))
	if err != nil {
		f.Fatal(err)
	}
	encoded := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	header := `{"alg":"ES256","kid":"first"}`
	f.Add(i.token(nil))
	f.Add(i.raw(header, i.json(nil)))
	f.Add(encoded(`{"alg":"none"}`) + "." + encoded(`{"sub":"eve"}`) + ".")
	f.Add(i.raw(`{"alg":["ES256"],"crit":null,"typ":7,"kid":{}}`, `{"aud":[1],"exp":1e400,"roles":{"a":[]}}`))
	f.Add("..")
	f.Fuzz(func(t *testing.T, token string) {
		got := ask(a, "Bearer "+token)
		if letIn := got.Status == http.StatusOK && got.Identity.Subject == "jane"; !letIn && got.Status != http.StatusUnauthorized {
			t.Errorf("status %d, identity %+v", got.Status, got.Identity)
		}
	})
}

// The signature is good here, so that what is in the token is looked at.
func FuzzSignedTokens(f *testing.F) {
	i := newIssuer(f)
	a, err := auth.New(fileOf(f, i, jwkOf(f, i.kid, i.key.Public(), false, nil)), slog.New(slog.DiscardHandler))
	if err != nil {
		f.Fatal(err)
	}
	header := `{"alg":"ES256","kid":"first"}`
	f.Add(header, i.json(nil))
	f.Add(`{"alg":"ES256","typ":"at+jwt"}`, `{"sub":"eve","Sub":"jane"}`)
	f.Add(`{"alg":"HS256","alg":"ES256"}`, `{"aud":[1],"exp":1e400,"roles":{"a":[]}}`)
	f.Add(`[]`, `null`)
	f.Fuzz(func(t *testing.T, header, claims string) {
		got := ask(a, "Bearer "+i.raw(header, claims))
		if got.Status != http.StatusUnauthorized && (got.Status != http.StatusOK || got.Identity.Subject == "") {
			t.Errorf("header %q, claims %q: status %d, identity %+v", header, claims, got.Status, got.Identity)
		}
	})
}
