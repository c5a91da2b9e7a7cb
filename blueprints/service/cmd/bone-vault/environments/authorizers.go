package environments

import (
	"context"
	"fmt"
	"strings"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/trexgen/trexgen/blueprints/service/pkg/auth"
	"github.com/trexgen/trexgen/blueprints/service/pkg/config"
	"github.com/trexgen/trexgen/blueprints/service/pkg/policy"
)

// authorizers are the ways to decide what a request may do, by the names that
// --authorizer takes. Add yours here.
var authorizers = []struct {
	name string
	make func(*Env) (auth.Authorizer, error)
}{
	{config.AuthorizerPolicy, (*Env).newPolicy},
	{config.AuthorizerOCM, (*Env).newOCM},
}

// newPolicy returns the policy of package policy.
func (e *Env) newPolicy() (auth.Authorizer, error) { return policy.New(policy.Table) }

// loadAuthorizer sets the Authorizer that the configuration names, unless the
// environment has set one of its own, and has its decisions counted.
func (e *Env) loadAuthorizer(context.Context) error {
	decisions := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "authorization_decisions_total", Help: "Requests that were allowed or denied, or about which it was unknown.",
	}, []string{"kind", "verb", "decision"})
	e.Handlers.Decided = func(request auth.Request, outcome auth.Outcome) {
		decisions.WithLabelValues(request.Kind, string(request.Verb), string(outcome)).Inc()
	}
	if err := e.Metrics.Register(decisions); err != nil || e.Handlers.Authorizer != nil {
		return err
	}
	wanted := e.Config.Authorization.Authorizer
	var names []string
	for _, row := range authorizers {
		if row.name == wanted {
			authorizer, err := row.make(e)
			if err != nil {
				return fmt.Errorf("%s: %w", wanted, err)
			}
			e.Handlers.Authorizer = authorizer
			return nil
		}
		names = append(names, row.name)
	}
	return fmt.Errorf("--authorizer (%s): %q is none of %s", config.Variable("authorizer"), wanted, strings.Join(names, ", "))
}
