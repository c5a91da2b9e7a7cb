package auth_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/trexgen/trexgen/blueprints/service/pkg/auth"
	"github.com/trexgen/trexgen/blueprints/service/pkg/auth/devtoken"
	"github.com/trexgen/trexgen/blueprints/service/pkg/config"
)

// devConfig is what serve has in development without keys of an issuer.
func devConfig(t *testing.T) config.Auth {
	t.Helper()
	return config.Auth{
		Mode: config.AuthJWT, Issuer: config.DevIssuer, Audience: config.DevAudience, RolesClaim: "roles", MaxLifetime: 24 * time.Hour,
		DevKey: filepath.Join(t.TempDir(), "dev", "key.json"), AllowDevKeys: true,
	}
}

func devToken(t *testing.T, c config.Auth) string {
	t.Helper()
	issuer, _, err := devtoken.Open(c.DevKey)
	if err != nil {
		t.Fatal(err)
	}
	token, err := issuer.Token(jwt.MapClaims{
		"iss": c.Issuer, "aud": c.Audience, "sub": "jane", "roles": "viewer", "exp": time.Now().Add(time.Hour).Unix(),
	})
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestTokensOfDevelopers(t *testing.T) {
	t.Parallel()
	c := devConfig(t)
	a := newAuthenticator(t, c) // makes the key
	first := devToken(t, c)
	ask(a, "Bearer "+first).mustBe(t, jane)

	if err := os.Remove(c.DevKey); err != nil {
		t.Fatal(err)
	}
	ask(a, "Bearer "+devToken(t, c)).mustBe(t, jane)
	ask(a, "Bearer "+first).mustBe(t, invalid)
	ask(a, "Bearer "+devToken(t, devConfig(t))).mustBe(t, invalid)
}

// Whatever the configuration has been talked into.
func TestTokensOfDevelopersElsewhere(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	c := devConfig(t)
	token := devToken(t, c)
	c.AllowDevKeys = false
	for name, change := range map[string]func(*config.Auth){
		"the key":              func(*config.Auth) {},
		"with another issuer":  func(c *config.Auth) { c.Issuer = "us" },
		"the issuer by a URL":  func(c *config.Auth) { c.JWKSURL = "https://issuer" },
		"the issuer by a file": func(c *config.Auth) { c.JWKSFile = fileOf(t, i, jwkOf(t, "k", i.key.Public(), false, nil)).JWKSFile },
		"its file as a set":    func(c *config.Auth) { c.JWKSFile, c.Issuer = c.DevKey, "us" },
	} {
		with := c
		change(&with)
		if _, err := auth.New(with, slog.New(slog.DiscardHandler)); err == nil {
			t.Errorf("%s: got no error", name)
		}
	}
	ask(newAuthenticator(t, i.config()), "Bearer "+token).mustBe(t, invalid)
}
