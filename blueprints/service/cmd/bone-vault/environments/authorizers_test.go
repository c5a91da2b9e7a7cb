package environments

import (
	"strings"
	stdtesting "testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/trexgen/trexgen/blueprints/service/pkg/auth"
	"github.com/trexgen/trexgen/blueprints/service/pkg/config"
	"github.com/trexgen/trexgen/blueprints/service/pkg/policy"
)

func withAuthorizer(name string) *Env {
	return &Env{
		Config:  &config.Config{Authorization: config.Authorization{Authorizer: name}},
		Metrics: prometheus.NewRegistry(),
	}
}

func TestPolicyDecidesUnlessToldOtherwise(t *stdtesting.T) {
	t.Parallel()
	env := withAuthorizer(config.AuthorizerPolicy)
	if err := env.loadAuthorizer(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, ok := env.Handlers.Authorizer.(*policy.Policy); !ok {
		t.Errorf("got %T, want the policy", env.Handlers.Authorizer)
	}
}

func TestUnknownAuthorizerIsRefused(t *stdtesting.T) {
	t.Parallel()
	env := withAuthorizer("nonsense")
	err := env.loadAuthorizer(t.Context())
	if err == nil || env.Handlers.Authorizer != nil {
		t.Fatalf("got %v and the authorizer %T, want an error and none", err, env.Handlers.Authorizer)
	}
	for _, part := range []string{"--authorizer", config.Variable("authorizer"), `"nonsense"`, config.AuthorizerPolicy} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("no %s in %v", part, err)
		}
	}
}

type fake struct{ auth.Authorizer }

func TestAuthorizerOfTheEnvironmentIsKept(t *stdtesting.T) {
	t.Parallel()
	env := withAuthorizer("nonsense")
	env.Handlers.Authorizer = fake{}
	if err := env.loadAuthorizer(t.Context()); err != nil || env.Handlers.Authorizer != (fake{}) || env.Handlers.Decided == nil {
		t.Errorf("got %v and the authorizer %T, want the fake, counted", err, env.Handlers.Authorizer)
	}
}
