package integration_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/test"
)

const webhookSecret = "whsec_YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE="

// endpoint is somebody who is told of events.
type endpoint struct {
	url    string
	bodies chan map[string]any
}

// newEndpoint answers with status to what is signed as it has to be.
func newEndpoint(t *testing.T, status int) *endpoint {
	t.Helper()
	verifier, err := standardwebhooks.NewWebhook(webhookSecret)
	if err != nil {
		t.Fatal(err)
	}
	e := &endpoint{bodies: make(chan map[string]any, 100)}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		if err := verifier.Verify(text, r.Header); err != nil {
			t.Error(err)
		}
		var body map[string]any
		if err := json.Unmarshal(text, &body); err != nil {
			t.Error(err)
		}
		e.bodies <- body
		w.WriteHeader(status)
	}))
	t.Cleanup(server.Close)
	e.url = server.URL
	return e
}

// publish writes an event as code of the service does.
func publish(t *testing.T, s *test.Service, source string) (object string) {
	t.Helper()
	object = api.NewID()
	err := s.Env.Database.Sessions.InTx(t.Context(), func(ctx context.Context) error {
		return s.Env.Services.Events().Publish(ctx, api.CreateEvent, source, object)
	})
	if err != nil {
		t.Fatal(err)
	}
	return object
}

func TestEndpointsAreToldOfTheEventsThatTheyWant(t *testing.T) {
	t.Parallel()
	owls, all := newEndpoint(t, http.StatusOK), newEndpoint(t, http.StatusOK)
	s := test.Start(t, "--webhooks-allow-private", "--webhooks=[{name: owls, url: "+owls.url+", secret: "+webhookSecret+", events: [Owls.*]},"+
		"{name: all, url: "+all.url+", secret: "+webhookSecret+"}]")
	elk, owl := publish(t, s, "Elks"), publish(t, s, "Owls")
	if got := <-owls.bodies; got["subject"] != owl || got["type"] != api.ServiceName+".Owls.Create" {
		t.Errorf("the endpoint for owls is told %v, want %s", got, owl)
	}
	seen := map[any]bool{(<-all.bodies)["subject"]: true, (<-all.bodies)["subject"]: true}
	if !seen[elk] || !seen[owl] {
		t.Errorf("the endpoint for all is told of %v, want %s and %s", seen, elk, owl)
	}
	s.WaitForMetric(t, `webhook_requests_total{endpoint="owls",status="ok"} 1`)
	s.WaitForMetric(t, `webhook_requests_total{endpoint="all",status="ok"} 2`)
	s.WaitForMetric(t, `webhook_circuit_open{endpoint="owls"} 0`)
}

func TestNotificationsTellOfEventsAndOfThoseThatAreDead(t *testing.T) {
	t.Parallel()
	gone, people := newEndpoint(t, http.StatusGone), newEndpoint(t, http.StatusOK)
	s := test.Start(t, "--webhooks-allow-private", "--webhooks=[{name: gone, url: "+gone.url+", secret: "+webhookSecret+"}]",
		"--notifications=webhook", "--notifications-url="+people.url, "--notifications-secret="+webhookSecret,
		"--notifications-allow-private", "--notifications-events=Elks.Create")
	owl := publish(t, s, "Owls")
	<-gone.bodies
	parked := <-people.bodies
	if text, _ := parked["text"].(string); parked["severity"] != "error" || !strings.Contains(text, "webhook:gone: endpoint gone: status 410") || !strings.Contains(text, owl) {
		t.Errorf("people are told %v, want that the event about %s is dead", parked, owl)
	}
	elk := publish(t, s, "Elks")
	told := []map[string]any{<-people.bodies, <-people.bodies} // it, and that it is dead too
	if told[0]["severity"] != "info" {
		told[0], told[1] = told[1], told[0]
	}
	if text, _ := told[0]["text"].(string); told[0]["title"] != "Elks: created" || !strings.Contains(text, elk) {
		t.Errorf("people are told %v, want that %s was created", told[0], elk)
	}
	if told[1]["severity"] != "error" {
		t.Errorf("people are told %v, want that the event is dead", told[1])
	}
}
