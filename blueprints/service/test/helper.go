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
	"testing"
	"time"

	"github.com/spf13/pflag"

	"github.com/trexgen/trexgen/blueprints/service/cmd/bone-vault/environments"
	"github.com/trexgen/trexgen/blueprints/service/cmd/bone-vault/server"
	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/config"
	"github.com/trexgen/trexgen/blueprints/service/pkg/logger"
	"github.com/trexgen/trexgen/blueprints/service/test/devdb"
)

// MaxBodyBytes is the largest body that a service under test takes.
const MaxBodyBytes = 64 << 10

// patience bounds the wait for what happens in the background.
const patience = 30 * time.Second

// Service is a running service.
type Service struct {
	// URL is the beginning of the API's URLs, HealthURL and MetricsURL those
	// of the other servers.
	URL, HealthURL, MetricsURL string

	// Env is what it is built of.
	Env *environments.Env

	client *http.Client
}

// Start starts a service on a new database and stops it when the test ends. It
// takes further flags of the command serve.
func Start(t testing.TB, flags ...string) *Service {
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
	env, err := environments.New(t.Context(), cfg, log)
	if err != nil {
		t.Fatal(err)
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
	return &Service{
		URL:        "http://" + srv.APIAddr().String(),
		HealthURL:  "http://" + srv.HealthAddr().String(),
		MetricsURL: "http://" + srv.MetricsAddr().String(),
		Env:        env,
		client:     &http.Client{Timeout: patience},
	}
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

// WaitForMetric waits until the metrics have the line.
func (s *Service) WaitForMetric(t testing.TB, line string) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for {
		answer := s.send(t, http.MethodGet, s.MetricsURL+"/metrics", nil).Want(http.StatusOK)
		if strings.Contains(string(answer.Body), line+"\n") {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("no %s in\n%s", line, answer.Body)
		}
	}
}

// HandledEvents waits until there are n handled events about the object and
// returns them in their order.
func (s *Service) HandledEvents(t testing.TB, id string, n int) []map[string]any {
	t.Helper()
	search := url.QueryEscape("source_id = '" + id + "' and handled_at is not null")
	deadline := time.Now().Add(patience)
	for {
		events := s.Do(t, http.MethodGet, api.V1Path+"/events?orderBy=sequence&search="+search, nil).Want(http.StatusOK).Items()
		if len(events) >= n {
			return events
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d events about %s were handled, want %d", len(events), id, n)
		}
	}
}
