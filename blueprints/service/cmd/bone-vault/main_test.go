package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/test/devdb"
)

func TestMain(m *testing.M) {
	if os.Getenv(beService) != "" {
		main()
	}
	devdb.Main(m)
}

// world returns a system with these variables, and what is printed to it.
func world(env map[string]string) (sys system, out, log *bytes.Buffer) {
	out, log = &bytes.Buffer{}, &bytes.Buffer{}
	lookup := func(name string) (string, bool) { value, ok := env[name]; return value, ok }
	return system{out, log, lookup, os.ReadFile}, out, log
}

// Who is told to stop while waiting for the database has not failed.
func TestServeThatIsStoppedBeforeItHasStarted(t *testing.T) {
	t.Parallel()
	stopped, stop := context.WithCancel(t.Context())
	stop()
	for _, migrate := range []string{"true", "false"} {
		sys, _, log := world(map[string]string{"BONE_VAULT_ENV": "testing", "BONE_VAULT_MIGRATE": migrate, "DATABASE_URL": devdb.New(t)})
		if code := run(stopped, []string{"serve"}, sys); code != 0 || !strings.Contains(log.String(), "stopped before") {
			t.Errorf("migrate %s: got the exit code %d and\n%s", migrate, code, log)
		}
	}
	sys, _, log := world(map[string]string{"BONE_VAULT_ENV": "testing", "DATABASE_URL": "postgres://localhost:1/none"})
	if code := run(t.Context(), []string{"serve"}, sys); code != 1 {
		t.Errorf("without a database: got the exit code %d and\n%s", code, log)
	}
}

func TestServe(t *testing.T) {
	t.Parallel()
	sys, _, _ := world(map[string]string{"BONE_VAULT_ENV": "testing", "DATABASE_URL": devdb.New(t)})
	lines, log := io.Pipe()
	sys.err = log
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	exit := make(chan int, 1)
	go func() {
		defer func() { _ = log.Close() }() // which never fails
		exit <- run(ctx, []string{"serve"}, sys)
	}()

	addrs := readAddrs(t, lines)
	for what, url := range map[string]string{
		"metadata": "http://" + addrs["api"] + api.BasePath,
		"document": "http://" + addrs["api"] + api.V1Path + "/openapi",
		"page":     "http://" + addrs["api"] + "/openapi.html",
		"events":   "http://" + addrs["api"] + api.V1Path + "/events",
		"health":   "http://" + addrs["health"] + "/healthz",
		"ready":    "http://" + addrs["health"] + "/readyz",
		"metrics":  "http://" + addrs["metrics"] + "/metrics",
	} {
		if status, body := get(t, url); status != http.StatusOK {
			t.Errorf("%s: got %d %s", what, status, body)
		}
	}
	cancel()
	if code := <-exit; code != 0 {
		t.Errorf("exit code: got %d, want 0", code)
	}
}

// readAddrs reads the log until all servers have said where they listen, and
// goes on reading behind the test's back, so that nobody waits to write.
func readAddrs(t *testing.T, log io.Reader) map[string]string {
	t.Helper()
	addrs := map[string]string{}
	var text strings.Builder
	lines := bufio.NewScanner(log)
	for len(addrs) < 3 && lines.Scan() {
		text.WriteString(lines.Text() + "\n")
		var line struct{ Msg, Server, Addr string }
		if json.Unmarshal(lines.Bytes(), &line) == nil && line.Msg == "listening" {
			addrs[line.Server] = line.Addr
		}
	}
	if len(addrs) < 3 {
		t.Fatalf("the service did not start:\n%s", &text)
	}
	go func() { _, _ = io.Copy(io.Discard, log) }()
	return addrs
}

func get(t *testing.T, url string) (status int, body string) {
	t.Helper()
	answer, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(answer.Body)
	if err := errors.Join(err, answer.Body.Close()); err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(text)
}

func TestMigrate(t *testing.T) {
	t.Parallel()
	env := map[string]string{"DATABASE_URL": devdb.Empty(t), "BONE_VAULT_ENV": "production"}
	mustRun := func(args ...string) string {
		t.Helper()
		sys, out, log := world(env)
		if code := run(t.Context(), args, sys); code != 0 {
			t.Fatalf("%s: exit code %d\n%s", args, code, log)
		}
		return out.String()
	}
	pending := func() int { return strings.Count(mustRun("migrate", "status"), "pending") }

	all := pending()
	if all == 0 {
		t.Error("an empty database: nothing is pending")
	}
	mustRun("migrate")
	if got := pending(); got != 0 {
		t.Errorf("after migrate: %d are pending", got)
	}
	mustRun("migrate", "down")
	if got := pending(); got != 1 {
		t.Errorf("after down: %d are pending, want 1", got)
	}
	mustRun("migrate", "up")
	if got := pending(); got != 0 {
		t.Errorf("after up: %d are pending", got)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	const database = "postgres://nobody@127.0.0.1:1/none"
	tests := map[string]struct {
		env  map[string]string
		args []string
		want []string
	}{
		"production without authentication": {
			map[string]string{"BONE_VAULT_ENV": "production", "DATABASE_URL": database},
			[]string{"serve"},
			[]string{"BONE_VAULT_JWKS_URL", "BONE_VAULT_JWT_ISSUER", "BONE_VAULT_JWT_AUDIENCE"},
		},
		"no authentication for everyone": {
			map[string]string{"DATABASE_URL": database},
			[]string{"serve", "--auth=none", "--api-addr=:0"},
			[]string{"--auth", "loopback"},
		},
		"no database":       {nil, []string{"serve"}, []string{"BONE_VAULT_DATABASE_URL"}},
		"unknown migration": {nil, []string{"migrate", "sideways"}, []string{"sideways"}},
		"unknown command":   {nil, []string{"dance"}, []string{"dance"}},
		"unknown option":    {nil, []string{"serve", "--dance"}, []string{"--dance"}},
		"unreachable to serve": {
			map[string]string{"DATABASE_URL": database, "BONE_VAULT_ENV": "testing"},
			[]string{"serve"}, []string{"127.0.0.1:1"},
		},
		"unreachable to migrate": {map[string]string{"DATABASE_URL": database}, []string{"migrate"}, []string{"127.0.0.1:1"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sys, _, log := world(tt.env)
			if code := run(t.Context(), tt.args, sys); code != 1 {
				t.Errorf("exit code: got %d, want 1", code)
			}
			for _, want := range append(tt.want, api.ServiceName+": ") {
				if !strings.Contains(log.String(), want) {
					t.Errorf("the message does not contain %q:\n%s", want, log)
				}
			}
		})
	}
}

func TestVersion(t *testing.T) {
	t.Parallel()
	sys, out, log := world(nil)
	if code := run(t.Context(), []string{"version"}, sys); code != 0 {
		t.Fatalf("exit code %d: %s", code, log)
	}
	if fields := strings.Fields(out.String()); len(fields) != 3 || fields[0] != api.ServiceName {
		t.Errorf("got %q, want name, version and time", out)
	}
}
