package integration_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/trexgen/trexgen/blueprints/service/test"
)

func TestReadinessTellsOfEachPart(t *testing.T) {
	t.Parallel()
	s := test.Start(t)
	answer, err := http.Get(s.HealthURL + "/readyz")
	must(t, err)
	var states map[string]string
	err = json.NewDecoder(answer.Body).Decode(&states)
	must(t, answer.Body.Close())
	must(t, err)
	for _, part := range []string{"serving", "database", "migrations", "authentication"} {
		if states[part] != "ok" {
			t.Errorf("%s: got %q in %v", part, states[part], states)
		}
	}
	if got := answer.Header.Get("X-Content-Type-Options"); got != "nosniff" {
		t.Errorf("X-Content-Type-Options: got %q", got)
	}
}

func TestRequestsAreCountedForWhoSendsThem(t *testing.T) {
	t.Parallel()
	issuer := test.NewIssuer(t)
	s := test.Start(t, append(issuer.Flags(), "--rate-limit=3")...)
	jane, joe := issuer.Token("jane", "admin"), issuer.Token("joe", "admin")
	want := func(token string, statuses ...int) {
		t.Helper()
		for i, status := range statuses {
			if got := ask(t, s, token); got.Status != status {
				t.Errorf("request %d: got %d %s, want %d", i+1, got.Status, got.Body, status)
			}
		}
	}
	want(jane, http.StatusOK, http.StatusOK, http.StatusOK, http.StatusTooManyRequests)
	// Whatever the address has sent before without a token counts too.
	for sent, status := 0, 0; status != http.StatusTooManyRequests; sent++ {
		if status = ask(t, s, "x.y.z").Status; status != http.StatusUnauthorized && sent < 1 || sent > 3 {
			t.Fatalf("bad token %d: got %d", sent+1, status)
		}
	}
	want(joe, http.StatusOK)
}

func TestSentryIsToldOfEventsThatAreDead(t *testing.T) {
	t.Parallel()
	told := make(chan string, 10)
	sentry := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		text, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		told <- string(text)
	}))
	t.Cleanup(sentry.Close)
	gone := newEndpoint(t, http.StatusGone)
	s := test.Start(t, "--sentry-dsn="+strings.Replace(sentry.URL, "://", "://key@", 1)+"/1", "--webhooks-allow-private",
		"--webhooks=[{name: owls, url: "+gone.url+", secret: "+webhookSecret+"}]")
	object := publish(t, s, "Owls")
	envelope := <-told
	for _, want := range []string{`"kind":"dead event"`, `"transaction":"Owls Create"`, `"environment":"testing"`, "410"} {
		if !strings.Contains(envelope, want) {
			t.Errorf("Sentry is not told %s: %s", want, envelope)
		}
	}
	if strings.Contains(envelope, object) {
		t.Errorf("Sentry is told which object: %s", envelope)
	}
}
