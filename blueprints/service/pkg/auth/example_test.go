package auth_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/trexgen/trexgen/blueprints/service/pkg/auth"
)

// opa asks an Open Policy Agent, at the path of a rule that is true or false.
type opa struct {
	url    string
	client *http.Client
}

// Authorize allows what the rule says true to. Anything but an answer is an error,
// upon which the client of the service is asked to try again.
func (o opa) Authorize(ctx context.Context, request auth.Request) (auth.Decision, error) {
	question, err := json.Marshal(map[string]any{"input": map[string]any{
		"subject": request.Identity.Subject,
		"issuer":  request.Identity.Claims.Issuer,
		"roles":   request.Identity.Roles,
		"verb":    request.Verb,
		"kind":    request.Kind,
		"id":      request.ID,
	}})
	if err != nil {
		return auth.Decision{}, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, o.url, bytes.NewReader(question))
	if err != nil {
		return auth.Decision{}, err
	}
	answer, err := o.client.Do(r)
	if err != nil {
		return auth.Decision{}, err
	}
	var rule struct{ Result *bool }
	err = errors.Join(json.NewDecoder(answer.Body).Decode(&rule), answer.Body.Close())
	switch {
	case answer.StatusCode != http.StatusOK:
		return auth.Decision{}, fmt.Errorf("policy agent: %s", answer.Status)
	case err != nil:
		return auth.Decision{}, fmt.Errorf("policy agent: %w", err)
	case rule.Result == nil:
		return auth.Decision{}, errors.New("policy agent: the rule is not defined")
	}
	return auth.Decision{Allowed: *rule.Result, Reason: "the policy agent says so"}, nil
}

func ExampleAuthorizer() {
	agent := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var question struct {
			Input struct{ Verb, Kind string }
		}
		_ = json.NewDecoder(r.Body).Decode(&question)
		fmt.Fprintf(w, `{"result": %t}`, question.Input.Verb == "list")
	}))
	var authorizer auth.Authorizer = opa{agent.URL + "/v1/data/service/allow", agent.Client()}
	ask := func(verb auth.Verb) {
		decision, err := authorizer.Authorize(context.Background(), auth.Request{
			Identity: auth.Identity{Subject: "jane"}, Kind: "widgets", Verb: verb,
		})
		fmt.Println(verb, decision.Allowed, err != nil)
	}
	ask(auth.List)
	ask(auth.Delete)
	agent.Close()
	ask(auth.List)
	// Output:
	// list true false
	// delete false false
	// list false true
}
