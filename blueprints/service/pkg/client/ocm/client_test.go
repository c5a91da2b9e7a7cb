package ocm_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/trexgen/trexgen/blueprints/service/pkg/client/ocm"
	"github.com/trexgen/trexgen/blueprints/service/pkg/client/ocm/ocmtest"
)

var aliceReads = ocm.Review{Username: "alice", Action: "get", ResourceType: "Event"}

func TestTheServiceDecides(t *testing.T) {
	t.Parallel()
	server := ocmtest.New(t, "alice:get:Event")
	client := ocm.NewClient(server.Config())
	asked := map[ocm.Review]bool{
		aliceReads: true,
		{Username: "alice", Action: "delete", ResourceType: "Event"}: false,
		{Username: "alice", Action: "get", ResourceType: "Other"}:    false,
		{Username: "bob", Action: "get", ResourceType: "Event"}:      false,
	}
	for review, want := range asked {
		if got, err := client.Allowed(t.Context(), review); err != nil || got != want {
			t.Errorf("%v: got %t, %v, want %t", review, got, err, want)
		}
	}
	if got := server.Tokens(); got != 1 {
		t.Errorf("%d tokens for %d reviews, want 1", got, len(asked))
	}
	for _, header := range server.Headers() {
		if _, sent := header["Idempotency-Key"]; sent {
			t.Errorf("a header is sent that is for net/http only: %v", header)
		}
	}
}

func TestAnAnswerThatIsNeitherYesNorNoIsAnError(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		status int
		body   string
		want   string
	}{
		"nothing":            {200, "", "read the answer"},
		"no JSON":            {200, "yes", "read the answer"},
		"cut off":            {200, `{"allowed":true`, "read the answer"},
		"text behind":        {200, `{"allowed":true}{"allowed":false}`, "read the answer"},
		"another type":       {200, `{"allowed":"true"}`, "read the answer"},
		"null":               {200, `{"allowed":null}`, "no field allowed"},
		"another question":   {200, `{"restricted":false}`, "no field allowed"},
		"no content":         {204, "", "status 204"},
		"yes as an error":    {403, `{"allowed":true}`, "status 403"},
		"an error object":    {404, `{"kind":"Error","reason":"no account alice"}`, `status 404 Not Found: "no account alice"`},
		"a long reason":      {400, `{"reason":"` + strings.Repeat("long ", 100) + `"}`, "…"},
		"a redirect":         {307, "", "status 307"},
		"out of order":       {503, "<html>", "status 503"},
		"more than is read":  {200, `{"x":"` + strings.Repeat("x", 70_000) + `","allowed":true}`, "read the answer"},
		"a status of no use": {299, `{"allowed":true}`, "status 299"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := ocmtest.New(t, "*:*:*")
			server.Answer(tt.status, tt.body)
			allowed, err := ocm.NewClient(server.Config()).Allowed(t.Context(), aliceReads)
			if allowed || err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %t, %v, want an error with %q", allowed, err, tt.want)
			}
			wantNoSecrets(t, err)
		})
	}
}

func TestATokenThatIsRefusedIsReplacedOnce(t *testing.T) {
	t.Parallel()
	server := ocmtest.New(t, "*:*:*")
	client := ocm.NewClient(server.Config())
	for range 2 {
		if allowed, err := client.Allowed(t.Context(), aliceReads); !allowed || err != nil {
			t.Fatalf("got %t, %v, want true", allowed, err)
		}
		server.Revoke()
	}
	if got := server.Tokens(); got != 2 {
		t.Errorf("%d tokens, want 2", got)
	}
	server.Answer(http.StatusUnauthorized, "")
	_, err := client.Allowed(t.Context(), aliceReads)
	var status *ocm.StatusError
	if !errors.As(err, &status) || status.Status != http.StatusUnauthorized {
		t.Errorf("got %v, want the status 401", err)
	}
	if got := len(server.Reviews()); got != 5 {
		t.Errorf("asked %d times, want 5: once, twice, twice", got)
	}
}

func TestThoseWhoNeedATokenAtOnceShareOne(t *testing.T) {
	t.Parallel()
	server := ocmtest.New(t, "*:*:*")
	client := ocm.NewClient(server.Config())
	var all sync.WaitGroup
	for range 32 {
		all.Go(func() {
			if allowed, err := client.Allowed(t.Context(), aliceReads); !allowed || err != nil {
				t.Errorf("got %t, %v, want true", allowed, err)
			}
		})
	}
	all.Wait()
	if got := server.Tokens(); got != 1 {
		t.Errorf("%d tokens, want 1", got)
	}
}

func TestNoTokenNoReview(t *testing.T) {
	t.Parallel()
	server := ocmtest.New(t, "*:*:*")
	config := server.Config()
	config.ClientSecret = "planted-wrong-secret"
	allowed, err := ocm.NewClient(config).Allowed(t.Context(), aliceReads)
	if allowed || err == nil || !strings.Contains(err.Error(), "token: status 401") || !strings.Contains(err.Error(), "invalid_client") {
		t.Errorf("got %t, %v, want an error that names the token and the status", allowed, err)
	}
	wantNoSecrets(t, err)
	if asked := server.Reviews(); asked != nil {
		t.Errorf("asked for %v without a token", asked)
	}
}

// The token is for the service that it was asked for.
func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("%s has reached another server", r.URL.Path)
	}))
	defer elsewhere.Close()
	redirect := httptest.NewServer(http.RedirectHandler(elsewhere.URL, http.StatusTemporaryRedirect))
	defer redirect.Close()
	server := ocmtest.New(t, "*:*:*")
	for name, change := range map[string]func(*ocm.Config){
		"review": func(c *ocm.Config) { c.URL = redirect.URL },
		"token":  func(c *ocm.Config) { c.TokenURL = redirect.URL },
	} {
		config := server.Config()
		change(&config)
		if allowed, err := ocm.NewClient(config).Allowed(t.Context(), aliceReads); allowed || err == nil {
			t.Errorf("%s: got %t, %v, want an error", name, allowed, err)
		}
	}
}

func TestTheContextEndsTheWait(t *testing.T) {
	t.Parallel()
	end := make(chan struct{})
	hangs := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-end }))
	defer hangs.Close()
	defer close(end)
	server := ocmtest.New(t, "*:*:*")
	for name, change := range map[string]func(*ocm.Config){
		"review": func(c *ocm.Config) { c.URL = hangs.URL },
		"token":  func(c *ocm.Config) { c.TokenURL = hangs.URL },
	} {
		config := server.Config()
		change(&config)
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		allowed, err := ocm.NewClient(config).Allowed(ctx, aliceReads)
		cancel()
		if allowed || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: got %t, %v, want the deadline", name, allowed, err)
		}
	}
}

func TestMockAllowsWhatItsRulesSay(t *testing.T) {
	t.Parallel()
	mock, err := ocm.ParseMock([]string{"alice:*:Event", "service-account:x:get:*"})
	if err != nil {
		t.Fatal(err)
	}
	for review, want := range map[ocm.Review]bool{
		{"alice", "delete", "Event"}:         true,
		{"alice", "get", "Other"}:            false,
		{"bob", "get", "Event"}:              false,
		{"service-account:x", "get", "Any"}:  true,
		{"service-account:x", "list", "Any"}: false,
		{}:                                   false,
	} {
		if got, err := mock.Allowed(t.Context(), review); err != nil || got != want {
			t.Errorf("%v: got %t, %v, want %t", review, got, err, want)
		}
	}
	if allowed, err := ocm.Mock(nil).Allowed(t.Context(), aliceReads); allowed || err != nil {
		t.Errorf("without rules: got %t, %v, want false", allowed, err)
	}
}

func TestAllRulesThatAreNoneAreNamed(t *testing.T) {
	t.Parallel()
	_, err := ocm.ParseMock([]string{"alice", "*:*:*", "bob:get", ":get:Event", "bob::Event", "bob:get:"})
	want := `"alice", "bob:get", ":get:Event", "bob::Event", "bob:get:": want username:action:type, such as alice:get:Event or *:*:*`
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func wantNoSecrets(t *testing.T, err error) {
	t.Helper()
	if err != nil && strings.Contains(err.Error(), "planted") {
		t.Errorf("the error shows a secret: %v", err)
	}
}
