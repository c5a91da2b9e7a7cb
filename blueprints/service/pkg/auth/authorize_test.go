package auth_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gorilla/mux"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/apierror"
	"github.com/trexgen/trexgen/blueprints/service/pkg/auth"
	"github.com/trexgen/trexgen/blueprints/service/pkg/logger"
)

// gate is a router whose routes stand behind Authorize, and what became of the
// requests to it.
type gate struct {
	router   *mux.Router
	asked    []auth.Request
	observed []auth.Outcome
	log      bytes.Buffer
}

// authorizerFunc is an authorizer that is a function.
type authorizerFunc func(ctx context.Context, request auth.Request) (auth.Decision, error)

func (f authorizerFunc) Authorize(ctx context.Context, request auth.Request) (auth.Decision, error) {
	return f(ctx, request)
}

// newGate asks decide about each request.
func newGate(decide auth.Authorizer) *gate {
	g := &gate{router: mux.NewRouter()}
	var authorizer auth.Authorizer
	if decide != nil {
		authorizer = authorizerFunc(func(ctx context.Context, request auth.Request) (auth.Decision, error) {
			g.asked = append(g.asked, request)
			return decide.Authorize(ctx, request)
		})
	}
	v1 := g.router.PathPrefix(api.V1Path).Subrouter()
	v1.Use(auth.Authorize(authorizer, fail, func(_ auth.Request, outcome auth.Outcome) { g.observed = append(g.observed, outcome) }))
	done := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	v1.Handle("/widgets", done).Queries("watch", "true")
	for _, path := range []string{"/widgets", "/widgets/import", "/widgets/{id}", "/widgets/{id:[0-9]+}/publish", "/widgets/{id}/tags/{tag}", "/{anything}/all/of/it"} {
		v1.Handle(path, done)
	}
	elsewhere := g.router.PathPrefix("/elsewhere").Subrouter()
	elsewhere.Use(auth.Authorize(authorizer, fail, nil))
	elsewhere.Handle("/widgets", done)
	return g
}

// let sends a request as who.
func (g *gate) let(who *auth.Identity, method, path string) *httptest.ResponseRecorder {
	ctx := logger.With(context.Background(), slog.New(slog.NewTextHandler(&g.log, nil)))
	if who != nil {
		ctx = auth.WithIdentity(ctx, *who)
	}
	w := httptest.NewRecorder()
	g.router.ServeHTTP(w, httptest.NewRequest(method, path, nil).WithContext(ctx))
	return w
}

var clerk = &auth.Identity{Subject: "jane", Roles: []string{"clerk"}}

// answer is an authorizer that always says the same.
func answer(decision auth.Decision, err error) auth.Authorizer {
	return authorizerFunc(func(context.Context, auth.Request) (auth.Decision, error) { return decision, err })
}

func TestAuthorizerIsAskedAboutTheRoute(t *testing.T) {
	t.Parallel()
	tests := []struct {
		method, path string
		want         auth.Request
	}{
		{"GET", "/widgets", auth.Request{Kind: "widgets", Verb: auth.List}},
		{"HEAD", "/widgets", auth.Request{Kind: "widgets", Verb: auth.List}},
		{"GET", "/widgets?watch=true", auth.Request{Kind: "widgets", Verb: auth.Watch}},
		{"GET", "/widgets?a=b&watch=true", auth.Request{Kind: "widgets", Verb: auth.Watch}},
		{"GET", "/widgets?watch=false&watch=true", auth.Request{Kind: "widgets", Verb: auth.List}},
		{"POST", "/widgets", auth.Request{Kind: "widgets", Verb: auth.Create}},
		{"POST", "/widgets?watch=true", auth.Request{Kind: "widgets", Verb: auth.Create}},
		{"DELETE", "/widgets", auth.Request{Kind: "widgets", Verb: auth.Delete}},
		{"POST", "/widgets/import", auth.Request{Kind: "widgets", Verb: auth.Create, Subresource: "import"}},
		{"GET", "/widgets/7", auth.Request{Kind: "widgets", Verb: auth.Get, ID: "7"}},
		{"HEAD", "/widgets/7", auth.Request{Kind: "widgets", Verb: auth.Get, ID: "7"}},
		{"PUT", "/widgets/7", auth.Request{Kind: "widgets", Verb: auth.Update, ID: "7"}},
		{"PATCH", "/widgets/7", auth.Request{Kind: "widgets", Verb: auth.Update, ID: "7"}},
		{"DELETE", "/widgets/7", auth.Request{Kind: "widgets", Verb: auth.Delete, ID: "7"}},
		{"POST", "/widgets/7/publish", auth.Request{Kind: "widgets", Verb: auth.Update, ID: "7", Subresource: "publish"}},
		{"GET", "/widgets/7/tags/2", auth.Request{Kind: "widgets", Verb: auth.Get, ID: "7", Subresource: "tags/{tag}"}},
		{"DELETE", "/widgets/7/tags/2", auth.Request{Kind: "widgets", Verb: auth.Update, ID: "7", Subresource: "tags/{tag}"}},
	}
	for _, tt := range tests {
		t.Run(tt.method+" "+tt.path, func(t *testing.T) {
			t.Parallel()
			g := newGate(answer(auth.Decision{Allowed: true}, nil))
			if status := g.let(clerk, tt.method, api.V1Path+tt.path).Code; status != http.StatusOK {
				t.Errorf("got %d, want it allowed", status)
			}
			if len(g.asked) != 1 {
				t.Fatalf("asked %d times", len(g.asked))
			}
			got := g.asked[0]
			if got.Identity.Subject != "jane" || got.Kind != tt.want.Kind || got.Verb != tt.want.Verb || got.ID != tt.want.ID || got.Subresource != tt.want.Subresource {
				t.Errorf("asked %+v, want %+v", got, tt.want)
			}
		})
	}
}

func TestWhatIsOfNoKindIsDenied(t *testing.T) {
	t.Parallel()
	g := newGate(answer(auth.Decision{Allowed: true}, nil))
	for _, request := range [][2]string{
		{"TRACE", api.V1Path + "/widgets"},
		{"PROPFIND", api.V1Path + "/widgets/7"},
		{"GET", api.V1Path + "/widgets_of_mine/all/of/it"},
		{"GET", "/elsewhere/widgets"},
	} {
		if status := g.let(clerk, request[0], request[1]).Code; status != http.StatusForbidden {
			t.Errorf("%s: got %d, want 403", request, status)
		}
	}
	if len(g.asked) > 0 {
		t.Errorf("asked about %+v", g.asked)
	}
	alone := auth.Authorize(answer(auth.Decision{Allowed: true}, nil), fail, nil)(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	r := httptest.NewRequest(http.MethodGet, api.V1Path+"/widgets", nil)
	w := httptest.NewRecorder()
	alone.ServeHTTP(w, r.WithContext(auth.WithIdentity(r.Context(), *clerk)))
	if w.Code != http.StatusForbidden {
		t.Errorf("without a router: got %d, want 403", w.Code)
	}
}

func TestAuthorizeFailsClosed(t *testing.T) {
	t.Parallel()
	away := errors.New("dial tcp 10.1.2.3: the reviewer is away")
	tests := []struct {
		name       string
		authorizer auth.Authorizer
		who        *auth.Identity
		status     int
		outcome    auth.Outcome
	}{
		{"nobody asks", answer(auth.Decision{Allowed: true}, nil), nil, http.StatusUnauthorized, ""},
		{"no authorizer", nil, clerk, http.StatusServiceUnavailable, auth.Unknown},
		{"the zero value", answer(auth.Decision{}, nil), clerk, http.StatusForbidden, auth.Denied},
		{"no answer", answer(auth.Decision{}, away), clerk, http.StatusServiceUnavailable, auth.Unknown},
		{"yes, but an error", answer(auth.Decision{Allowed: true}, away), clerk, http.StatusServiceUnavailable, auth.Unknown},
		{"yes", answer(auth.Decision{Allowed: true}, nil), clerk, http.StatusOK, auth.Allowed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			g := newGate(tt.authorizer)
			got := g.let(tt.who, "GET", api.V1Path+"/widgets")
			if got.Code != tt.status {
				t.Errorf("got %d, want %d", got.Code, tt.status)
			}
			if retry := got.Header().Get("Retry-After"); (retry != "") != (tt.status == http.StatusServiceUnavailable) {
				t.Errorf("status %d with Retry-After %q", got.Code, retry)
			}
			if challenge := got.Header().Get("WWW-Authenticate"); (challenge != "") != (tt.status == http.StatusUnauthorized) {
				t.Errorf("status %d with WWW-Authenticate %q", got.Code, challenge)
			}
			if tt.outcome == "" && len(g.observed) > 0 || tt.outcome != "" && (len(g.observed) != 1 || g.observed[0] != tt.outcome) {
				t.Errorf("observed %v, want %q", g.observed, tt.outcome)
			}
		})
	}
}

func TestRefusalSaysWhatNotWhy(t *testing.T) {
	t.Parallel()
	g := newGate(answer(auth.Decision{Reason: "only the role secret-agent may"}, nil))
	told := g.let(clerk, "DELETE", api.V1Path+"/widgets/7").Header().Get("Test-Reason")
	if !strings.Contains(told, "not allowed to delete widgets") || strings.Contains(told, "agent") {
		t.Errorf("the client is told %q", told)
	}
	for _, part := range []string{"access denied", "subject=jane", "roles=[clerk]", "verb=delete", "kind=widgets", "id=7", "secret-agent"} {
		if !strings.Contains(g.log.String(), part) {
			t.Errorf("no %s in the log %s", part, &g.log)
		}
	}
}

// A search may go over a kind that the route is not about.
func TestCheckListAsksAboutTheOtherKind(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		decision auth.Decision
		err      error
		want     apierror.Code
	}{
		"allowed": {decision: auth.Decision{Allowed: true}},
		"denied":  {decision: auth.Decision{Reason: "no"}, want: apierror.Forbidden},
		"unknown": {decision: auth.Decision{Allowed: true}, err: errors.New("away"), want: apierror.Unavailable},
	} {
		var asked auth.Request
		authorizer := authorizerFunc(func(_ context.Context, request auth.Request) (auth.Decision, error) {
			if request.Kind == "widgets" {
				return auth.Decision{Allowed: true}, nil
			}
			asked = request
			return tt.decision, tt.err
		})
		var got error
		router := mux.NewRouter()
		router.Use(auth.Authorize(authorizer, fail, nil))
		router.HandleFunc(api.V1Path+"/widgets", func(_ http.ResponseWriter, r *http.Request) { got = auth.CheckList(r.Context(), "owners") })
		r := httptest.NewRequest(http.MethodGet, api.V1Path+"/widgets", nil)
		router.ServeHTTP(httptest.NewRecorder(), r.WithContext(auth.WithIdentity(r.Context(), *clerk)))
		if asked.Kind != "owners" || asked.Verb != auth.List || asked.Identity.Subject != clerk.Subject {
			t.Errorf("%s: asked about %+v", name, asked)
		}
		if (got == nil) != (tt.want == 0) || got != nil && apierror.From(got).Code != tt.want {
			t.Errorf("%s: got %v, want the code %d", name, got, tt.want)
		}
	}
	if err := auth.CheckList(t.Context(), "owners"); err == nil || apierror.From(err).Code != apierror.Unavailable {
		t.Errorf("without Authorize: got %v", err)
	}
}
