package config_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/trexgen/trexgen/blueprints/service/pkg/config"
)

// What developers' tokens need must never be there by default elsewhere.
func TestKeysOfDevelopers(t *testing.T) {
	t.Parallel()
	type facts struct {
		Uses, Allows             bool
		DevKey, Issuer, Audience string
	}
	ours := facts{Uses: true, Allows: true, DevKey: ".dev/token-key.json", Issuer: config.DevIssuer, Audience: config.DevAudience}
	at := func(path string) facts { f := ours; f.DevKey = path; return f }
	test := with(dev, "BONE_VAULT_ENV", "testing")
	keys := []string{"BONE_VAULT_AUTH", "jwt", "BONE_VAULT_JWKS_URL", "http://issuer/keys", "BONE_VAULT_JWT_ISSUER", "http://issuer", "BONE_VAULT_JWT_AUDIENCE", "us"}
	for name, tt := range map[string]struct {
		env     map[string]string
		want    facts
		refusal string
	}{
		"development without authentication": {env: dev, want: facts{Allows: true, DevKey: ".dev/token-key.json"}},
		"development":                        {env: with(dev, "BONE_VAULT_AUTH", "jwt"), want: ours},
		"development, other place":           {env: with(dev, "BONE_VAULT_AUTH", "jwt", "BONE_VAULT_DEV_KEY", "k"), want: at("k")},
		"development, keys of an issuer":     {env: with(dev, keys...), want: facts{Allows: true, DevKey: ".dev/token-key.json", Issuer: "http://issuer", Audience: "us"}},
		"development, both":                  {env: with(with(dev, keys...), "BONE_VAULT_DEV_KEY", "k"), refusal: "--dev-key (BONE_VAULT_DEV_KEY): goes without --jwks-url"},
		"development, issuer without keys":   {env: with(dev, "BONE_VAULT_AUTH", "jwt", "BONE_VAULT_JWT_ISSUER", "us"), refusal: "--jwt-issuer (BONE_VAULT_JWT_ISSUER): goes with"},
		"development, audience without keys": {env: with(dev, "BONE_VAULT_AUTH", "jwt", "BONE_VAULT_JWT_AUDIENCE", "me"), refusal: "--jwt-audience (BONE_VAULT_JWT_AUDIENCE): goes with"},

		"development, keys that none asks for": {env: with(dev, "BONE_VAULT_JWKS_URL", "http://issuer/keys"), refusal: "--jwks-url (BONE_VAULT_JWKS_URL): goes with --auth=jwt"},
		"development, a file of them":          {env: with(dev, "BONE_VAULT_JWKS_FILE", "k"), refusal: "--jwks-file (BONE_VAULT_JWKS_FILE): goes with --auth=jwt"},
		"development, another key":             {env: with(dev, "BONE_VAULT_DEV_KEY", "k"), refusal: "--dev-key (BONE_VAULT_DEV_KEY): goes with --auth=jwt"},

		"testing":                     {env: with(test, "BONE_VAULT_AUTH", "jwt"), refusal: "--jwks-url"},
		"testing, told":               {env: with(test, "BONE_VAULT_AUTH", "jwt", "BONE_VAULT_DEV_KEY", "k"), want: at("k")},
		"testing, keys of an issuer":  {env: with(test, keys...), want: facts{Issuer: "http://issuer", Audience: "us"}},
		"testing, developers' issuer": {env: with(with(test, keys...), "BONE_VAULT_JWT_ISSUER", config.DevIssuer), refusal: "--jwt-issuer (BONE_VAULT_JWT_ISSUER)"},

		"production":                     {env: prod, want: facts{Issuer: "https://issuer", Audience: "us"}},
		"production, key of developers":  {env: with(prod, "BONE_VAULT_DEV_KEY", "k"), refusal: "--dev-key (BONE_VAULT_DEV_KEY): production"},
		"production, that alone":         {env: with(prod, "BONE_VAULT_DEV_KEY", "k", "BONE_VAULT_JWKS_URL", ""), refusal: "--dev-key (BONE_VAULT_DEV_KEY): production"},
		"production, developers' issuer": {env: with(prod, "BONE_VAULT_JWT_ISSUER", config.DevIssuer), refusal: "--jwt-issuer (BONE_VAULT_JWT_ISSUER)"},
		"no lifetime":                    {env: with(dev, "BONE_VAULT_JWT_MAX_LIFETIME", "0s"), refusal: "--jwt-max-lifetime"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, err := world{env: tt.env}.load(t, config.Bind)
			if tt.refusal != "" {
				if err == nil || !strings.Contains(err.Error(), tt.refusal) {
					t.Errorf("got %v, want an error with %q", err, tt.refusal)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			a := c.Auth
			got := facts{Uses: a.UsesDevKey(), Allows: a.AllowDevKeys, DevKey: a.DevKey, Issuer: a.Issuer, Audience: a.Audience}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

// The command token needs no database, and agrees with serve about the rest.
func TestTokenReadsWhatServeReads(t *testing.T) {
	t.Parallel()
	env := with(dev, "BONE_VAULT_DEV_KEY", "k", "BONE_VAULT_JWT_ROLES_CLAIM", "a.b", "BONE_VAULT_JWT_MAX_LIFETIME", "2h", "BONE_VAULT_AUTH", "jwt")
	serve, err := world{env: env}.load(t, config.Bind)
	if err != nil {
		t.Fatal(err)
	}
	delete(env, "DATABASE_URL")
	token, err := world{env: env}.load(t, config.BindToken)
	if err != nil {
		t.Fatal(err)
	}
	for what, pair := range map[string][2]any{
		"key":      {serve.Auth.DevKey, token.Auth.DevKey},
		"claim":    {serve.Auth.RolesClaim, token.Auth.RolesClaim},
		"lifetime": {serve.Auth.MaxLifetime, token.Auth.MaxLifetime},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: serve has %v, token has %v", what, pair[0], pair[1])
		}
	}
}
