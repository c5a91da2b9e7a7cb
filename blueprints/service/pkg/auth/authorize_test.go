package auth_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/auth"
)

// let sends a request through Authorize and returns its status.
func let(authorizer auth.Authorizer, who *auth.Identity, method, path string) int {
	handler := auth.Authorize(authorizer, fail)(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	r := httptest.NewRequest(method, path, nil)
	if who != nil {
		r = r.WithContext(auth.WithIdentity(r.Context(), *who))
	}
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	return w.Code
}

func with(roles ...string) *auth.Identity { return &auth.Identity{Subject: "jane", Roles: roles} }

func TestAuthorize(t *testing.T) {
	t.Parallel()
	policy := auth.DefaultPolicy()
	policy["clerk"] = map[string][]auth.Verb{"widgets": {auth.Create, auth.Get}, "gadgets": {auth.Any}}
	const (
		ok        = http.StatusOK
		forbidden = http.StatusForbidden
		nobody    = http.StatusUnauthorized
	)
	tests := []struct {
		name   string
		who    *auth.Identity
		method string
		path   string
		want   int
	}{
		{"no identity", nil, "GET", "/widgets", nobody},
		{"no role", with(), "GET", "/widgets", forbidden},
		{"unknown role", with("root"), "GET", "/widgets", forbidden},
		{"a role named like the wildcard", with("*"), "GET", "/widgets", forbidden},
		{"viewer lists", with("viewer"), "GET", "/widgets", ok},
		{"viewer asks for the head of a list", with("viewer"), "HEAD", "/widgets", ok},
		{"viewer gets", with("viewer"), "GET", "/widgets/1", ok},
		{"viewer creates", with("viewer"), "POST", "/widgets", forbidden},
		{"viewer updates", with("viewer"), "PATCH", "/widgets/1", forbidden},
		{"viewer deletes", with("viewer"), "DELETE", "/widgets/1", forbidden},
		{"viewer acts on an object", with("viewer"), "POST", "/widgets/1/paint", forbidden},
		{"editor acts on an object", with("editor"), "POST", "/widgets/1/paint", ok},
		{"editor deletes", with("editor"), "DELETE", "/widgets/1", forbidden},
		{"editor removes below an object", with("editor"), "DELETE", "/widgets/1/tags/2", ok},
		{"admin deletes", with("admin"), "DELETE", "/widgets/1", ok},
		{"second role allows", with("viewer", "admin"), "DELETE", "/widgets/1", ok},
		{"a role of one kind creates", with("clerk"), "POST", "/widgets", ok},
		{"a role of one kind, verb not listed", with("clerk"), "GET", "/widgets", forbidden},
		{"a role of one kind, any verb", with("clerk"), "DELETE", "/gadgets/1", ok},
		{"a role of one kind, another kind", with("clerk"), "GET", "/gizmos/1", forbidden},
		{"admin posts to an object", with("admin"), "POST", "/widgets/1", forbidden},
		{"admin deletes a collection", with("admin"), "DELETE", "/widgets", forbidden},
		{"unknown method", with("admin"), "TRACE", "/widgets", forbidden},
		{"no kind", with("admin"), "GET", "/", forbidden},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := let(policy, tt.who, tt.method, api.V1Path+tt.path); got != tt.want {
				t.Errorf("%s %s as %v: got %d, want %d", tt.method, tt.path, tt.who, got, tt.want)
			}
		})
	}
}

func TestAuthorizeFailsClosed(t *testing.T) {
	t.Parallel()
	admin := with("admin")
	if got := let(nil, admin, "GET", api.V1Path+"/widgets"); got != http.StatusForbidden {
		t.Errorf("no authorizer: got %d", got)
	}
	if got := let(auth.Policy(nil), admin, "GET", api.V1Path+"/widgets"); got != http.StatusForbidden {
		t.Errorf("no policy: got %d", got)
	}
	if got := let(auth.DefaultPolicy(), admin, "GET", "/elsewhere"); got != http.StatusForbidden {
		t.Errorf("a path outside of the API: got %d", got)
	}
	if got := let(broken{}, admin, "GET", api.V1Path+"/widgets"); got != http.StatusInternalServerError {
		t.Errorf("an authorizer that cannot tell: got %d", got)
	}
}

type broken struct{}

func (broken) Authorize(context.Context, auth.Identity, string, auth.Verb) error {
	return errors.New("the policy server is away")
}
