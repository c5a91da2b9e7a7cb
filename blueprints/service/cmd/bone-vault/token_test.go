package main

import (
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/auth/devtoken"
	"github.com/trexgen/trexgen/blueprints/service/pkg/config"
	"github.com/trexgen/trexgen/blueprints/service/test/devdb"
)

// token runs the command and returns what it prints, without the line's end.
func token(t *testing.T, env map[string]string, args ...string) string {
	t.Helper()
	sys, out, log := world(env)
	if code := run(t.Context(), append([]string{"token"}, args...), sys); code != 0 {
		t.Fatalf("%s: exit code %d\n%s", args, code, log)
	}
	text, ok := strings.CutSuffix(out.String(), "\n")
	if !ok || strings.ContainsAny(text, " \n") {
		t.Fatalf("got %q, want one line with a token", out)
	}
	return text
}

// What the command prints is what serve believes, without either being told
// more than where the key is.
func TestTokensAreBelieved(t *testing.T) {
	t.Parallel()
	env := map[string]string{
		"DATABASE_URL": devdb.New(t), "BONE_VAULT_AUTH": "jwt", "BONE_VAULT_DEV_KEY": filepath.Join(t.TempDir(), "dev", "key.json"),
		"BONE_VAULT_JWT_ROLES_CLAIM": "realm_access.roles", "BONE_VAULT_LOG_FORMAT": "json",
		"BONE_VAULT_API_ADDR": "localhost:0", "BONE_VAULT_HEALTH_ADDR": "localhost:0", "BONE_VAULT_METRICS_ADDR": "localhost:0",
	}
	before := token(t, env, "--subject=alice", "--roles=viewer")
	sys, _, _ := world(env)
	lines, log := io.Pipe()
	sys.err = log
	ctx, cancel := context.WithCancel(t.Context())
	exit := make(chan int, 1)
	go func() {
		defer func() { _ = log.Close() }() // which never fails
		exit <- run(ctx, []string{"serve"}, sys)
	}()
	defer func() {
		cancel()
		if code := <-exit; code != 0 {
			t.Errorf("exit code: got %d, want 0", code)
		}
	}()
	url := "http://" + readAddrs(t, lines)["api"] + api.V1Path + "/events"
	for what, tt := range map[string]struct {
		token string
		want  int
	}{
		"made before the start": {before, http.StatusOK},
		"made after it":         {token(t, env, "--subject=alice", "--roles=none,admin"), http.StatusOK},
		"without a role":        {token(t, env, "--subject=alice"), http.StatusForbidden},
		"for others":            {token(t, env, "--subject=alice", "--roles=admin", "--claim=aud=others"), http.StatusUnauthorized},
		"expired":               {token(t, env, "--subject=alice", "--roles=admin", "--claim=exp=1"), http.StatusUnauthorized},
		"none":                  {"", http.StatusUnauthorized},
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+tt.token)
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		if err := answer.Body.Close(); err != nil {
			t.Error(err)
		}
		if answer.StatusCode != tt.want {
			t.Errorf("%s: got %d, want %d", what, answer.StatusCode, tt.want)
		}
	}
}

func TestTokenSays(t *testing.T) {
	t.Parallel()
	env := map[string]string{"BONE_VAULT_DEV_KEY": filepath.Join(t.TempDir(), "key.json")}
	for what, tt := range map[string]struct {
		claim string
		args  []string
		want  jwt.MapClaims // besides subject, issuer, audience and times
	}{
		"nothing more": {claim: "roles"},
		"roles":        {"roles", []string{"--roles=admin,editor", "--roles=viewer"}, jwt.MapClaims{"roles": []any{"admin", "editor", "viewer"}}},
		"roles below": {"realm_access.roles", []string{"--roles=a", `--claim=realm_access={"x":1}`},
			jwt.MapClaims{"realm_access": map[string]any{"roles": []any{"a"}, "x": 1.0}}},
		"roles by a URL": {"https://example.com/roles", []string{"--roles=a"}, jwt.MapClaims{"https://example.com/roles": []any{"a"}}},
		"claims": {"roles", []string{"--claim=email=a@b", "--claim=verified=true", "--claim=n=7", `--claim=list=["a"]`, `--claim=text="7"`, "--claim=empty=", "--claim=formula=a=b"},
			jwt.MapClaims{"email": "a@b", "verified": true, "n": 7.0, "list": []any{"a"}, "text": "7", "empty": "", "formula": "a=b"}},
		"another issuer": {"roles", []string{"--claim=iss=us"}, jwt.MapClaims{"iss": "us"}},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			args := append([]string{"--subject=alice", "--ttl=2h", "--jwt-roles-claim=" + tt.claim}, tt.args...)
			got := jwt.MapClaims{}
			if _, _, err := jwt.NewParser().ParseUnverified(token(t, env, args...), got); err != nil {
				t.Fatal(err)
			}
			issued, expires := got["iat"].(float64), got["exp"].(float64)
			if now := float64(time.Now().Unix()); issued > now || issued < now-600 || expires != issued+7200 {
				t.Errorf("issued at %f, expires at %f", issued, expires)
			}
			want := jwt.MapClaims{"iss": config.DevIssuer, "aud": config.DevAudience, "sub": "alice", "iat": issued, "exp": expires}
			for name, value := range tt.want {
				want[name] = value
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

func TestTokenRefuses(t *testing.T) {
	t.Parallel()
	key := filepath.Join(t.TempDir(), "key.json")
	t.Cleanup(func() {
		if _, err := os.Stat(key); err == nil {
			t.Error("a key was made for a token that was refused")
		}
	})
	for what, tt := range map[string]struct {
		args []string
		want []string
	}{
		"in production":             {[]string{"--env=production", "--subject=alice"}, []string{"production believes no tokens of developers (BONE_VAULT_ENV)"}},
		"in production with a key":  {[]string{"--env=production", "--subject=alice", "--dev-key=" + key}, []string{"--dev-key (BONE_VAULT_DEV_KEY): production"}},
		"in testing without a key":  {[]string{"--env=testing", "--subject=alice"}, []string{"--dev-key (BONE_VAULT_DEV_KEY)", "testing"}},
		"for nobody":                {[]string{"--dev-key=" + key}, []string{"--subject"}},
		"for ever":                  {[]string{"--dev-key=" + key, "--subject=alice", "--ttl=25h"}, []string{"--ttl", "--jwt-max-lifetime, 24h"}},
		"several problems":          {[]string{"--dev-key=" + key, "--ttl=0s", "--claim=x", "--claim==y"}, []string{"--subject", "--ttl", `"x"`, `"=y"`}},
		"no room for roles":         {[]string{"--dev-key=" + key, "--subject=alice", "--roles=a", "--jwt-roles-claim=a.b", "--claim=a=1"}, []string{"--roles: the claim a has no room for b"}},
		"where no file can be made": {[]string{"--dev-key=" + filepath.Join(os.DevNull, "key"), "--subject=alice"}, []string{os.DevNull, "--dev-key"}},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			sys, out, log := world(nil)
			if code := run(t.Context(), append([]string{"token"}, tt.args...), sys); code != 1 || out.Len() > 0 {
				t.Errorf("exit code %d, output %q", code, out)
			}
			for _, want := range tt.want {
				if !strings.Contains(log.String(), want) {
					t.Errorf("the message does not contain %q:\n%s", want, log)
				}
			}
		})
	}
}

// The public half of such a key may have found its way into a key set.
func TestProductionRefusesKeysOfDevelopers(t *testing.T) {
	t.Parallel()
	issuer, _, err := devtoken.Open(filepath.Join(t.TempDir(), "key.json"))
	if err != nil {
		t.Fatal(err)
	}
	keys, err := issuer.Keys()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "keys.json")
	if err := os.WriteFile(file, keys, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, env := range []string{config.Testing, config.Production} {
		sys, _, log := world(map[string]string{
			"BONE_VAULT_ENV": env, "BONE_VAULT_AUTH": "jwt", "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
			"BONE_VAULT_JWKS_FILE": file, "BONE_VAULT_JWT_ISSUER": "us", "BONE_VAULT_JWT_AUDIENCE": "us",
		})
		if code := run(t.Context(), []string{"serve"}, sys); code != 1 || !strings.Contains(log.String(), "one of a developer") {
			t.Errorf("%s: exit code %d\n%s", env, code, log)
		}
	}
}
