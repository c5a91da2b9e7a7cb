package integration_test

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gorilla/mux"

	"github.com/trexgen/trexgen/blueprints/service/cmd/bone-vault/server"
	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/apierror"
	"github.com/trexgen/trexgen/blueprints/service/pkg/auth"
	"github.com/trexgen/trexgen/blueprints/service/pkg/config"
	"github.com/trexgen/trexgen/blueprints/service/pkg/policy"
	"github.com/trexgen/trexgen/blueprints/service/test"
)

// public are the paths that need no token: what the service is, and the document.
var public = regexp.MustCompile(`^(` + api.BasePath + `|(` + api.V1Path + `)?/openapi(\.html(/.*)?)?)$`)

// A guarded route is one that needs a token.
type guarded struct {
	method, path string // that match it
	below        bool   // api.V1Path
	asks         auth.Request
	known        bool // what it asks for
}

// guardedRoutes are those of the service that are not public.
func guardedRoutes(t *testing.T, s *test.Service) []guarded {
	t.Helper()
	variable := regexp.MustCompile(`\{[^}]*\}`)
	var found []guarded
	err := server.WalkRoutes(s.Env, func(method string, route *mux.Route) error {
		template, err := route.GetPathTemplate()
		if err != nil || public.MatchString(template) {
			return err
		}
		path := variable.ReplaceAllString(template, "1")
		if queries, err := route.GetQueriesTemplates(); err == nil && len(queries) > 0 {
			path += "?" + strings.Join(queries, "&")
		}
		asks, known := auth.ForRoute(route, method)
		below := strings.HasPrefix(template, api.V1Path+"/")
		found = append(found, guarded{method, path, below, asks, known})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(found) == 0 {
		t.Fatal("there is no route")
	}
	return found
}

func TestEveryRouteHasALineInThePolicy(t *testing.T) {
	t.Parallel()
	kinds := map[string]bool{}
	for _, route := range guardedRoutes(t, test.Start(t)) {
		said := kinds[route.asks.Kind]
		kinds[route.asks.Kind] = true
		switch {
		case said && route.known:
		case !route.below:
			t.Errorf("%s %s is open to all: add it to v1 in newRouter, below %s, or to those that are public on purpose, in this file", route.method, route.path, api.V1Path)
		case !route.known:
			t.Errorf("nobody may %s %s, since it is not known what that is about: see auth.ForRoute", route.method, route.path)
		case !slices.ContainsFunc(policy.Table, func(row policy.Row) bool { return row.Kind == route.asks.Kind }):
			t.Errorf("nobody may %s %s: add to pkg/policy/table.go, with a test beside it,\n\t"+
				`{"%s", Grants{Admin: All, Editor: Write, Viewer: Read}},`, route.method, route.path, route.asks.Kind)
		}
	}
	for _, row := range policy.Table {
		if !kinds[row.Kind] {
			t.Errorf("pkg/policy/table.go says who may do what with %s, and no route is about that: delete the line", row.Kind)
		}
	}
}

// What is routed past the middleware would be open to all.
func TestEveryRouteAsksForATokenAndARole(t *testing.T) {
	t.Parallel()
	issuer := test.NewIssuer(t)
	s := test.Start(t, append(issuer.Flags(), "--authorizer="+config.AuthorizerPolicy)...)
	s.WaitUntilReady(t)
	none, unknown := "Bearer "+issuer.Token("jane"), "Bearer "+issuer.Token("jane", "root", "*", "Admin", "")
	for _, route := range guardedRoutes(t, s) {
		body := any(nil)
		if route.method == http.MethodPost || route.method == http.MethodPatch || route.method == http.MethodPut {
			body = "{}"
		}
		if !route.below { // TestEveryRouteHasALineInThePolicy says so
			continue
		}
		s.Do(t, route.method, route.path, body).Want(http.StatusUnauthorized)
		s.Do(t, route.method, route.path, body, "Authorization", none).Want(http.StatusForbidden)
		refused := s.Do(t, route.method, route.path, body, "Authorization", unknown).Want(http.StatusForbidden)
		if route.method != http.MethodHead {
			refused.WantError(apierror.Forbidden, string(route.asks.Verb), route.asks.Kind)
		}
	}
	s.WaitForMetric(t, `authorization_decisions_total{decision="denied",kind="events",verb="get"} 4`)
}

// What a kind does is tested without tokens. It must not hang on who may do it:
// else nobody could forbid it to the role admin.
func TestOnlyTokensAreHeldAgainstThePolicy(t *testing.T) {
	t.Parallel()
	asks := auth.Request{Identity: auth.Identity{Roles: []string{policy.Admin}}, Kind: "of no line", Verb: auth.Delete}
	for name, tt := range map[string]struct {
		flags []string
		want  bool
	}{
		"without authentication": {nil, true},
		"with":                   {test.NewIssuer(t).Flags(), false},
	} {
		got, err := test.Start(t, tt.flags...).Env.Handlers.Authorizer.Authorize(t.Context(), asks)
		if err != nil || got.Allowed != tt.want {
			t.Errorf("%s: got %t, %v, want %t", name, got.Allowed, err, tt.want)
		}
	}
}
