package integration_test

import (
	"context"
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/apierror"
	"github.com/trexgen/trexgen/blueprints/service/test"
)

func TestMetadata(t *testing.T) {
	t.Parallel()
	s := test.Start(t)
	got := s.Do(t, http.MethodGet, api.BasePath, nil).Want(http.StatusOK).Object()
	if got["id"] != api.ServiceName || got["kind"] != "API" || got["href"] != api.BasePath || got["version"] != "test" {
		t.Errorf("got %v", got)
	}
	if _, ok := got["build_time"]; !ok {
		t.Errorf("no build_time in %v", got)
	}
}

func TestOpenAPI(t *testing.T) {
	t.Parallel()
	s := test.Start(t)
	var document struct {
		OpenAPI string
		Paths   map[string]json.RawMessage
	}
	answer := s.Do(t, http.MethodGet, api.V1Path+"/openapi", nil).Want(http.StatusOK)
	if err := json.Unmarshal(answer.Body, &document); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(document.OpenAPI, "3.") || document.Paths[api.V1Path+"/events"] == nil {
		t.Errorf("got the document %.200s", answer.Body)
	}

	page := s.Do(t, http.MethodGet, api.V1Path+"/openapi.html", nil).Want(http.StatusOK)
	if elsewhere := regexp.MustCompile(`(?:src|href)="(?:https?:)?//[^"]*"`).FindAll(page.Body, -1); elsewhere != nil {
		t.Errorf("the page loads from elsewhere: %s", elsewhere)
	}
}

func TestUnknownPathsAndMethods(t *testing.T) {
	t.Parallel()
	s := test.Start(t)
	for _, path := range []string{"/", "/nothing", api.BasePath + "/", api.V1Path, api.V1Path + "/nothing", api.V1Path + "/nothing/1", api.BasePath + "/v2/events"} {
		s.Do(t, http.MethodGet, path, nil).WantError(apierror.NotFound)
	}
	answer := s.Do(t, http.MethodPost, api.V1Path+"/events", "{}").WantError(apierror.MethodNotAllowed)
	if allow := answer.Header.Get("Allow"); !strings.Contains(allow, http.MethodGet) {
		t.Errorf("Allow: got %q, want GET in it", allow)
	}
}

func TestEventsAreListed(t *testing.T) {
	t.Parallel()
	s := test.Start(t)
	got := s.Do(t, http.MethodGet, api.V1Path+"/events", nil).Want(http.StatusOK).Object()
	if got["kind"] != "EventList" || len(got["items"].([]any)) != 0 {
		t.Errorf("got %v, want an empty list", got)
	}
	s.Do(t, http.MethodGet, api.V1Path+"/events/1", nil).WantError(apierror.NotFound)
	s.Do(t, http.MethodGet, api.V1Path+"/events?search=nonsense", nil).WantError(apierror.Search)
}

func TestHealthAndMetrics(t *testing.T) {
	t.Parallel()
	s := test.Start(t)
	for _, url := range []string{s.HealthURL + "/healthz", s.HealthURL + "/readyz", s.MetricsURL + "/metrics"} {
		answer, err := http.Get(url)
		if err != nil {
			t.Fatal(err)
		}
		if err := answer.Body.Close(); err != nil {
			t.Error(err)
		}
		if answer.StatusCode != http.StatusOK {
			t.Errorf("%s: got %d, want %d", url, answer.StatusCode, http.StatusOK)
		}
	}
}

func TestMetricsCountEvents(t *testing.T) {
	t.Parallel()
	s := test.Start(t)
	id := api.NewID()
	err := s.Env.Database.Sessions.InTx(t.Context(), func(ctx context.Context) error {
		return s.Env.Services.Events().Publish(ctx, api.DeleteEvent, "no kind", id)
	})
	if err != nil {
		t.Fatal(err)
	}
	s.WaitForMetric(t, `event_attempt_duration_seconds_count{consumer="handlers",outcome="retried",source="no kind"} 1`)
}

func TestMetricsShowLocksAndLeaders(t *testing.T) {
	t.Parallel()
	s := test.Start(t)
	unlock, err := s.Env.Database.Locks.TryLock(t.Context(), "things", "1")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Env.Database.Locks.TryLock(t.Context(), "things", "1"); err == nil {
		t.Error("locked twice")
	}
	unlock()
	s.WaitForMetric(t, `locks_wait_seconds_count{outcome="held"} 1`)
	s.WaitForMetric(t, `locks_wait_seconds_count{outcome="busy"} 1`)
	s.WaitForMetric(t, `leader{name="purge"} 1`)
}

// With authentication, nothing about objects is told without a token.
func TestTokensAreAskedFor(t *testing.T) {
	t.Parallel()
	s := test.Start(t, "--auth=jwt", "--jwks-file=testdata/jwks.json", "--jwt-issuer=test", "--jwt-audience=test")
	s.Do(t, http.MethodGet, api.BasePath, nil).Want(http.StatusOK)
	s.Do(t, http.MethodGet, api.V1Path+"/openapi", nil).Want(http.StatusOK)
	s.Do(t, http.MethodGet, api.V1Path+"/events", nil).WantError(apierror.Unauthenticated)
	s.Do(t, http.MethodGet, api.V1Path+"/events", nil, "Authorization", "Bearer x").WantError(apierror.InvalidToken)
}
