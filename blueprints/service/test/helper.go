// Package test runs the whole service in the process of a test, on a database
// of its own, and talks to it over HTTP. What is the same for all kinds is
// checked by Resource; the tests themselves are in the folder integration.
package test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"github.com/trexgen/trexgen/blueprints/service/cmd/bone-vault/environments"
	"github.com/trexgen/trexgen/blueprints/service/cmd/bone-vault/server"
	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/auth"
	"github.com/trexgen/trexgen/blueprints/service/pkg/config"
	"github.com/trexgen/trexgen/blueprints/service/pkg/logger"
	"github.com/trexgen/trexgen/blueprints/service/pkg/telemetry"
	"github.com/trexgen/trexgen/blueprints/service/test/devdb"
)

// MaxBodyBytes is the largest body that a service under test takes.
const MaxBodyBytes = 2 << 20

// patience bounds the wait for what happens in the background.
const patience = 30 * time.Second

// Service is a running service.
type Service struct {
	// URL is the beginning of the API's URLs, HealthURL and MetricsURL those
	// of the other servers.
	URL, HealthURL, MetricsURL string

	// Env is what it is built of.
	Env *environments.Env

	contract func() (*Contract, error)
}

// Start starts a service on a new database and stops it when the test ends. It
// takes further flags of the command serve. Without authentication everybody may
// do everything: what the policy forbids has to work all the same.
func Start(t testing.TB, flags ...string) *Service {
	t.Helper()
	return StartTraced(t, nil, flags...)
}

// StartTraced is Start with traces.
func StartTraced(t testing.TB, tracing *telemetry.Tracing, flags ...string) *Service {
	t.Helper()
	cfg := configure(t, append([]string{
		"--env=" + config.Testing,
		"--log-level=error",
		"--database-url=" + devdb.New(t),
		fmt.Sprintf("--max-body-bytes=%d", MaxBodyBytes),
	}, flags...))
	log, err := logger.New(t.Output(), logger.Text, cfg.Log.Level)
	if err != nil {
		t.Fatal(err)
	}
	env, err := environments.New(t.Context(), cfg, log, tracing)
	if err != nil {
		t.Fatal(err)
	}
	if cfg.Auth.Mode == config.AuthNone {
		env.Handlers.Authorizer = everybody{}
	}
	t.Cleanup(func() {
		if err := env.Close(); err != nil {
			t.Error(err)
		}
		// The parent of a parallel test keeps this function to its end, with all
		// that it refers to.
		env = nil
	})
	srv, err := server.New(t.Context(), env, server.Build{Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	run(t, srv)
	url := "http://" + srv.APIAddr().String()
	return &Service{
		URL:        url,
		HealthURL:  "http://" + srv.HealthAddr().String(),
		MetricsURL: "http://" + srv.MetricsAddr().String(),
		Env:        env,
		contract:   sync.OnceValues(func() (*Contract, error) { return loadContract(url) }),
	}
}

// everybody is an auth.Authorizer that allows everything.
type everybody struct{}

// Authorize allows it.
func (everybody) Authorize(context.Context, auth.Request) (auth.Decision, error) {
	return auth.Decision{Allowed: true, Reason: "the test asks for no token"}, nil
}

// run runs srv until the test ends.
func run(t testing.TB, srv *server.Server) {
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- srv.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Errorf("stop the service: %v", err)
		}
	})
}

// configure reads flags as the command serve does, but for the environment of
// the process: a test must not depend on it.
func configure(t testing.TB, flags []string) *config.Config {
	t.Helper()
	fs := pflag.NewFlagSet("serve", pflag.ContinueOnError)
	cfg := config.Bind(fs)
	if err := fs.Parse(flags); err != nil {
		t.Fatal(err)
	}
	unset := func(string) (string, bool) { return "", false }
	if err := cfg.Load(fs, unset, os.ReadFile); err != nil {
		t.Fatal(err)
	}
	return cfg
}

// WaitUntilReady waits until the service is ready: that it has the keys of
// tokens, if it asks for any.
func (s *Service) WaitUntilReady(t testing.TB) {
	t.Helper()
	until(t, "not ready", func() (state string, ok bool) {
		answer := s.send(t, http.MethodGet, s.HealthURL+"/readyz", nil)
		return string(answer.Body), answer.Status == http.StatusOK
	})
}

// WaitForMetric waits until the metrics have the line.
func (s *Service) WaitForMetric(t testing.TB, line string) {
	t.Helper()
	until(t, "no "+line, func() (metrics string, ok bool) {
		body := s.send(t, http.MethodGet, s.MetricsURL+"/metrics", nil).Want(http.StatusOK).Body
		return string(body), strings.Contains(string(body), line+"\n")
	})
}

// HandledEvents waits until there are n handled events about the object and
// returns them in their order.
func (s *Service) HandledEvents(t testing.TB, id string, n int) []map[string]any {
	t.Helper()
	search := url.QueryEscape("source_id = '" + id + "' and handled_at is not null")
	return until(t, fmt.Sprintf("not %d handled events about %s", n, id), func() (events []map[string]any, ok bool) {
		events = s.Do(t, http.MethodGet, api.V1Path+"/events?orderBy=sequence&search="+search, nil).Want(http.StatusOK).Items()
		return events, len(events) >= n
	})
}

// until asks again and again until the answer is ok, and returns it. If it is
// not in time, the test ends with what is wrong and the last answer.
func until[T any](t testing.TB, wrong string, ask func() (answer T, ok bool)) T {
	t.Helper()
	for deadline := time.Now().Add(patience); ; {
		answer, ok := ask()
		if ok {
			return answer
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s: %v", wrong, answer)
		}
	}
}
