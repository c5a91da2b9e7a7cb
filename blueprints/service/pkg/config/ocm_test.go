package config_test

import (
	"strings"
	"testing"

	"github.com/trexgen/trexgen/blueprints/service/pkg/config"
)

func TestOCMIsValidated(t *testing.T) {
	t.Parallel()
	asks := with(prod, vars(
		"AUTHORIZER", "ocm", "OCM_URL", "https://ocm", "OCM_TOKEN_URL", "https://sso/token",
		"OCM_CLIENT_ID", "us", "OCM_CLIENT_SECRET", "hidden",
	)...)
	mocks := with(asks, vars("ENV", "development", "AUTH", "jwt", "OCM_URL", "", "OCM_MOCK", "*:*:*")...)
	tests := map[string]struct {
		base map[string]string
		vars []string
		want string // what the error is about; empty if there is none
	}{
		"all there":                {asks, nil, ""},
		"not asked":                {prod, []string{"OCM_URL", "hidden"}, ""},
		"no cache":                 {asks, []string{"OCM_CACHE", "0"}, ""},
		"mock":                     {mocks, nil, ""},
		"http in development":      {asks, []string{"ENV", "development", "AUTH", "jwt", "OCM_URL", "http://localhost:1"}, ""},
		"no authentication":        {asks, []string{"ENV", "testing", "AUTH", "none"}, "--authorizer"},
		"no URL":                   {asks, []string{"OCM_URL", ""}, "--ocm-url"},
		"no URL of tokens":         {asks, []string{"OCM_TOKEN_URL", ""}, "--ocm-token-url"},
		"no client":                {asks, []string{"OCM_CLIENT_ID", ""}, "--ocm-client-id"},
		"no secret":                {asks, []string{"OCM_CLIENT_SECRET", ""}, "--ocm-client-secret"},
		"no scheme":                {asks, []string{"OCM_URL", "hidden:443"}, "--ocm-url"},
		"another scheme":           {asks, []string{"OCM_URL", "ftp://hidden"}, "--ocm-url"},
		"no host":                  {asks, []string{"OCM_TOKEN_URL", "https:///token"}, "--ocm-token-url"},
		"a password":               {asks, []string{"OCM_URL", "https://user:hidden@ocm"}, "--ocm-url"},
		"a query":                  {asks, []string{"OCM_TOKEN_URL", "https://sso?secret=hidden"}, "--ocm-token-url"},
		"http in production":       {asks, []string{"OCM_URL", "http://ocm"}, "--ocm-url"},
		"open tokens":              {asks, []string{"OCM_TOKEN_URL", "http://sso/token"}, "--ocm-token-url"},
		"no time":                  {asks, []string{"OCM_TIMEOUT", "0"}, "--ocm-timeout"},
		"a cache that forgets not": {asks, []string{"OCM_CACHE", "1h"}, "--ocm-cache"},
		"mock and service":         {mocks, []string{"OCM_URL", "https://ocm"}, "--ocm-url"},
		"mock in production":       {asks, []string{"OCM_MOCK", "*:*:*"}, "--ocm-mock"},
		"mock at rest there":       {prod, []string{"OCM_MOCK", "*:*:*"}, "--ocm-mock"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := world{env: with(tt.base, vars(tt.vars...)...)}.load(t, config.Bind)
			switch {
			case tt.want == "" && err != nil:
				t.Error(err)
			case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want+" (")):
				t.Errorf("error %v, want one about %s", err, tt.want)
			case err != nil && strings.Contains(err.Error(), "hidden"):
				t.Errorf("the error shows what it should not: %v", err)
			}
		})
	}
}

func TestTheSecretOfOCMComesFromAFileToo(t *testing.T) {
	t.Parallel()
	c, err := world{
		env:   with(dev, vars("OCM_CLIENT_SECRET_FILE", "/run/ocm")...),
		files: map[string]string{"/run/ocm": "hidden\n"},
	}.load(t, config.Bind)
	if err != nil || c.OCM.ClientSecret.Reveal() != "hidden" || c.OCM.ClientSecret.String() == "hidden" {
		t.Errorf("got %q, shown as %s (%v)", c.OCM.ClientSecret.Reveal(), c.OCM.ClientSecret, err)
	}
}

// vars are names of flags' variables, without their prefix, and values.
func vars(pairs ...string) []string {
	for i := 0; i < len(pairs); i += 2 {
		pairs[i] = config.EnvPrefix + "_" + pairs[i]
	}
	return pairs
}
