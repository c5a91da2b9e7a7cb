package config_test

import (
	"io/fs"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"

	"github.com/trexgen/trexgen/blueprints/service/pkg/config"
)

// world is all that a configuration is read from.
type world struct {
	args  []string
	env   map[string]string
	files map[string]string
}

func (w world) load(t *testing.T, bind func(*pflag.FlagSet) *config.Config) (*config.Config, error) {
	t.Helper()
	flags := pflag.NewFlagSet("test", pflag.ContinueOnError)
	c := bind(flags)
	if err := flags.Parse(w.args); err != nil {
		t.Fatal(err)
	}
	lookup := func(name string) (string, bool) { v, ok := w.env[name]; return v, ok }
	read := func(name string) ([]byte, error) {
		if text, ok := w.files[name]; ok {
			return []byte(text), nil
		}
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return c, c.Load(flags, lookup, read)
}

// with returns base and more.
func with(base map[string]string, more ...string) map[string]string {
	m := maps.Clone(base)
	for i := 0; i < len(more); i += 2 {
		m[more[i]] = more[i+1]
	}
	return m
}

var (
	dev  = map[string]string{"DATABASE_URL": "postgres://db"}
	prod = map[string]string{
		"BONE_VAULT_ENV":          "production",
		"BONE_VAULT_DATABASE_URL": "postgres://db",
		"BONE_VAULT_JWKS_URL":     "https://issuer/keys",
		"BONE_VAULT_JWT_ISSUER":   "https://issuer",
		"BONE_VAULT_JWT_AUDIENCE": "us",
	}
)

// signs is a secret of a webhook.
const signs = "whsec_YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE="

// What is refused here is what runs elsewhere: the same must be let through.
func TestLoadAcceptsSinks(t *testing.T) {
	t.Parallel()
	c, err := world{env: with(dev,
		"BONE_VAULT_WEBHOOKS_FILE", "/run/webhooks", "BONE_VAULT_NOTIFICATIONS", "webhook", "BONE_VAULT_NOTIFICATIONS_URL", "http://localhost:1",
		"BONE_VAULT_NOTIFICATIONS_ALLOW_PRIVATE", "true", "BONE_VAULT_NOTIFICATIONS_SECRET", signs, "BONE_VAULT_NOTIFICATIONS_EVENTS", "*.Delete",
	), files: map[string]string{"/run/webhooks": "- name: orders\n  url: https://example.com\n  secret: " + signs + "\n"}}.load(t, config.Bind)
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Webhooks.Endpoints.Reveal(); !strings.HasPrefix(got, "- name: orders") {
		t.Errorf("endpoints: got %q", got)
	}
}

func TestPrecedence(t *testing.T) {
	t.Parallel()
	addr := func(c *config.Config) any { return c.API.Addr }
	database := func(c *config.Config) any { return c.Database.URL.Reveal() }
	timeout := func(c *config.Config) any { return c.API.RequestTimeout }
	origins := func(c *config.Config) any { return strings.Join(c.API.CORSOrigins, " ") }
	dsn := func(c *config.Config) any { return c.Reports.SentryDSN.Reveal() }
	files := map[string]string{"/run/db": "postgres://file\n"}
	tests := []struct {
		name  string
		world world
		get   func(*config.Config) any
		want  any
	}{
		{"default", world{env: dev}, addr, "localhost:8000"},
		{"variable over default", world{env: with(dev, "BONE_VAULT_API_ADDR", "localhost:1")}, addr, "localhost:1"},
		{"flag over variable", world{args: []string{"--api-addr=localhost:2"}, env: with(dev, "BONE_VAULT_API_ADDR", "localhost:1")}, addr, "localhost:2"},
		{"flag with the default's value over variable", world{args: []string{"--api-addr=localhost:8000"}, env: with(dev, "BONE_VAULT_API_ADDR", "localhost:1")}, addr, "localhost:8000"},
		{"empty variable is none", world{env: with(dev, "BONE_VAULT_API_ADDR", "")}, addr, "localhost:8000"},
		{"default of the environment", world{env: with(dev, "BONE_VAULT_ENV", "testing")}, addr, "localhost:0"},
		{"variable over default of the environment", world{env: with(dev, "BONE_VAULT_ENV", "testing", "BONE_VAULT_API_ADDR", "localhost:1")}, addr, "localhost:1"},
		{"DATABASE_URL", world{env: dev}, database, "postgres://db"},
		{"file over DATABASE_URL", world{env: with(dev, "BONE_VAULT_DATABASE_URL_FILE", "/run/db"), files: files}, database, "postgres://file"},
		{"variable over file", world{env: with(dev, "BONE_VAULT_DATABASE_URL_FILE", "/run/db", "BONE_VAULT_DATABASE_URL", "postgres://variable"), files: files}, database, "postgres://variable"},
		{"flag over all", world{args: []string{"--database-url=postgres://flag"}, env: with(dev, "BONE_VAULT_DATABASE_URL", "postgres://variable")}, database, "postgres://flag"},
		{"SENTRY_DSN", world{env: with(dev, "SENTRY_DSN", "https://key@x/1")}, dsn, "https://key@x/1"},
		{"variable over SENTRY_DSN", world{env: with(dev, "SENTRY_DSN", "https://key@x/1", "BONE_VAULT_SENTRY_DSN", "https://key@x/2")}, dsn, "https://key@x/2"},
		{"file of the DSN", world{env: with(dev, "BONE_VAULT_SENTRY_DSN_FILE", "/run/dsn"), files: map[string]string{"/run/dsn": "https://key@x/3\n"}}, dsn, "https://key@x/3"},
		{"duration", world{env: with(dev, "BONE_VAULT_REQUEST_TIMEOUT", "3s")}, timeout, 3 * time.Second},
		{"list", world{env: with(dev, "BONE_VAULT_CORS_ORIGINS", "https://a,https://b")}, origins, "https://a https://b"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c, err := tt.world.load(t, config.Bind)
			if err != nil {
				t.Fatal(err)
			}
			if got := tt.get(c); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

func TestDefaultsOfEnvironments(t *testing.T) {
	t.Parallel()
	type facts struct {
		Auth, Format   string
		Migrate, Pprof bool
		RateLimit      int
	}
	tests := map[string]struct {
		env  map[string]string
		want facts
	}{
		"none named":  {dev, facts{config.AuthNone, "text", true, true, 0}},
		"development": {with(dev, "BONE_VAULT_ENV", "development"), facts{config.AuthNone, "text", true, true, 0}},
		"testing":     {with(dev, "BONE_VAULT_ENV", "testing"), facts{config.AuthNone, "json", false, false, 0}},
		"production":  {prod, facts{config.AuthJWT, "json", false, false, 6000}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, err := world{env: tt.env}.load(t, config.Bind)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, facts{c.Auth.Mode, c.Log.Format, c.Migrate, c.Pprof, c.API.RateLimit}); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

func TestLoadRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		env  map[string]string
		want []string
	}{
		{"no database", map[string]string{}, []string{"--database-url (BONE_VAULT_DATABASE_URL)", "DATABASE_URL are read too"}},
		{"unknown environment", with(dev, "BONE_VAULT_ENV", "prod"), []string{"--env (BONE_VAULT_ENV)", `"prod"`}},
		{"no number", with(dev, "BONE_VAULT_RATE_LIMIT", "many"), []string{"--rate-limit (BONE_VAULT_RATE_LIMIT)"}},
		{"negative number", with(dev, "BONE_VAULT_RATE_LIMIT", "-1"), []string{"--rate-limit (BONE_VAULT_RATE_LIMIT)"}},
		{"no duration", with(dev, "BONE_VAULT_IDLE_TIMEOUT", "0s"), []string{"--idle-timeout (BONE_VAULT_IDLE_TIMEOUT)"}},
		{"no address", with(dev, "BONE_VAULT_HEALTH_ADDR", "8083"), []string{"--health-addr (BONE_VAULT_HEALTH_ADDR)"}},
		{"certificate without key", with(dev, "BONE_VAULT_TLS_CERT", "c.pem"), []string{"--tls-cert", "--tls-key"}},
		{"secret's file missing", with(dev, "BONE_VAULT_DATABASE_URL_FILE", "/nowhere"), []string{"BONE_VAULT_DATABASE_URL_FILE", "/nowhere"}},
		{"no authentication for others", with(dev, "BONE_VAULT_API_ADDR", ":8000"), []string{"--auth (BONE_VAULT_AUTH)", "BONE_VAULT_API_ADDR"}},
		{"no authentication on all addresses", with(dev, "BONE_VAULT_API_ADDR", "0.0.0.0:8000"), []string{"--auth (BONE_VAULT_AUTH)"}},
		{"no authentication in production", with(prod, "BONE_VAULT_AUTH", "none"), []string{"--auth (BONE_VAULT_AUTH)", "production"}},
		{"production with nothing", map[string]string{"BONE_VAULT_ENV": "production"}, []string{
			"--database-url", "--jwks-url (BONE_VAULT_JWKS_URL)", "--jwks-file (BONE_VAULT_JWKS_FILE)", "--jwt-issuer (BONE_VAULT_JWT_ISSUER)", "--jwt-audience (BONE_VAULT_JWT_AUDIENCE)",
		}},
		{"keys over plain HTTP in production", with(prod, "BONE_VAULT_JWKS_URL", "http://issuer/keys"), []string{"--jwks-url", "https"}},
		{"keys from no URL", with(prod, "BONE_VAULT_JWKS_URL", "issuer"), []string{"--jwks-url"}},
		{"keys from two places", with(prod, "BONE_VAULT_JWKS_FILE", "keys.json"), []string{"--jwks-url", "--jwks-file"}},
		{"webhooks that are none", with(dev, "BONE_VAULT_WEBHOOKS", "[{name: orders, url: https://x, secret: s3cr3t}, {url: ftp://s3cr3t}]"), []string{
			"--webhooks (BONE_VAULT_WEBHOOKS): endpoint orders (line 1): secret", "--webhooks (BONE_VAULT_WEBHOOKS): endpoint 2 (line 1): name",
		}},
		{"webhook at a private address", with(dev, "BONE_VAULT_WEBHOOKS", "[{name: orders, url: https://10.0.0.1, secret: "+signs+"}]"), []string{"endpoint orders (line 1): url"}},
		{"webhooks that wait backwards", with(dev, "BONE_VAULT_WEBHOOKS_BACKOFF", "5h"), []string{"--webhooks-max-backoff (BONE_VAULT_WEBHOOKS_MAX_BACKOFF)"}},
		{"notifications to nowhere", with(dev, "BONE_VAULT_NOTIFICATIONS", "webhook"), []string{"--notifications-url (BONE_VAULT_NOTIFICATIONS_URL)"}},
		{"notifications in the open", with(dev, "BONE_VAULT_NOTIFICATIONS", "webhook", "BONE_VAULT_NOTIFICATIONS_URL", "http://x/s3cr3t"), []string{"--notifications-url", "plain http"}},
		{"notifications signed by nothing", with(dev, "BONE_VAULT_NOTIFICATIONS", "webhook", "BONE_VAULT_NOTIFICATIONS_URL", "https://x", "BONE_VAULT_NOTIFICATIONS_SECRET", "s3cr3t"), []string{"--notifications-secret"}},
		{"notifications of no pattern", with(dev, "BONE_VAULT_NOTIFICATIONS_EVENTS", "Owls,*.create"), []string{`"Owls" is no pattern`, `"*.create" is no pattern`}},
		{"proxies that are no networks", with(dev, "BONE_VAULT_TRUSTED_PROXIES", "10.0.0.0/8,proxy,10.0.0.0/33"), []string{`--trusted-proxies (BONE_VAULT_TRUSTED_PROXIES): "proxy"`, `"10.0.0.0/33"`}},
		{"no DSN", with(dev, "SENTRY_DSN", "https://sentry.example.com/s3cr3t"), []string{"--sentry-dsn (BONE_VAULT_SENTRY_DSN)"}},
		{"several at once", with(dev, "BONE_VAULT_LOG_LEVEL", "loud", "BONE_VAULT_LOG_FORMAT", "xml", "BONE_VAULT_EVENTS_WORKERS", "0"), []string{"--log-level", "--log-format", "--events-workers"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := world{env: tt.env}.load(t, config.Bind)
			if err == nil {
				t.Fatal("got no error")
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the error does not contain %q:\n%v", want, err)
				}
			}
			if strings.Contains(err.Error(), "s3cr3t") {
				t.Errorf("the error shows a secret: %v", err)
			}
		})
	}
}

func TestMigratingNeedsNoAuthentication(t *testing.T) {
	t.Parallel()
	env := map[string]string{"BONE_VAULT_ENV": "production", "DATABASE_URL": "postgres://db"}
	if _, err := (world{env: env}).load(t, config.BindDatabase); err != nil {
		t.Error(err)
	}
	if _, err := (world{env: env}).load(t, config.Bind); err == nil {
		t.Error("serving in production without authentication: got no error")
	}
}

func TestLoopbackAddresses(t *testing.T) {
	t.Parallel()
	for addr, ok := range map[string]bool{
		"localhost:80": true, "127.0.0.1:80": true, "127.1.2.3:80": true, "[::1]:80": true,
		":80": false, "[::]:80": false, "10.0.0.1:80": false, "example.com:80": false, "localhost.example.com:80": false,
	} {
		_, err := world{env: with(dev, "BONE_VAULT_API_ADDR", addr)}.load(t, config.Bind)
		if got := err == nil; got != ok {
			t.Errorf("--auth none on %s: accepted %t, want %t (%v)", addr, got, ok, err)
		}
	}
}

func TestHelpNamesTheVariableOfEachFlag(t *testing.T) {
	t.Parallel()
	flags := pflag.NewFlagSet("test", pflag.ContinueOnError)
	config.Bind(flags)
	flags.VisitAll(func(f *pflag.Flag) {
		if want := "[$" + config.Variable(f.Name) + "]"; strings.Count(f.Usage, want) != 1 {
			t.Errorf("--%s: usage %q does not name %s once", f.Name, f.Usage, want)
		}
	})
	if strings.Contains(flags.FlagUsages(), "(default )") {
		t.Errorf("a default is nothing:\n%s", flags.FlagUsages())
	}
}
