package auth

import (
	"context"
	"errors"
	"net/http"

	"github.com/gorilla/mux"

	"github.com/trexgen/trexgen/blueprints/service/pkg/apierror"
	"github.com/trexgen/trexgen/blueprints/service/pkg/logger"
)

// Fail writes err as the answer.
type Fail func(w http.ResponseWriter, r *http.Request, err error)

// Outcome is what became of a request for authorisation.
type Outcome string

// The outcomes. Unknown is that of an Authorizer that could not tell.
const (
	Allowed Outcome = "allowed"
	Denied  Outcome = "denied"
	Unknown Outcome = "unknown"
)

// retryAfter is the number of seconds after which a request may be sent again
// that could not be decided upon.
const retryAfter = "5"

var errNoAuthorizer = errors.New("no authorizer is set up")

// Authorize returns a middleware for the routes of a mux.Router below api.V1Path
// that lets only through what authorizer allows. The others fail with
// Unauthenticated (nobody is known to ask), Forbidden, or Unavailable (it is not
// known who may). observe, which may be nil, is told of each outcome; refusals
// are logged. What ForRoute does not know is refused.
func Authorize(authorizer Authorizer, fail Fail, observe func(Request, Outcome)) func(http.Handler) http.Handler {
	if observe == nil {
		observe = func(Request, Outcome) {}
	}
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			who, ok := FromContext(r.Context())
			if !ok {
				challenge(w, "")
				fail(w, r, apierror.New(apierror.Unauthenticated, ""))
				return
			}
			request, outcome, err := decide(r, who, authorizer)
			observe(request, outcome)
			switch outcome {
			case Allowed:
				next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), authorizerKey{}, authorizer)))
				return
			case Unknown:
				w.Header().Set("Retry-After", retryAfter)
			}
			fail(w, r, err)
		})
	}
}

// decide asks authorizer. The error is why the request cannot go on.
func decide(r *http.Request, who Identity, authorizer Authorizer) (Request, Outcome, error) {
	route := mux.CurrentRoute(r)
	if route == nil {
		return Request{}, Denied, deny(r.Context(), Request{Identity: who}, "no route is known")
	}
	request, ok := ForRoute(route, r.Method)
	request.Identity = who
	if !ok {
		return request, Denied, deny(r.Context(), request, "the route is of no kind")
	}
	request.ID = idOf(r, route)
	if authorizer == nil {
		return request, Unknown, apierror.Wrap(apierror.Unavailable, errNoAuthorizer)
	}
	switch decision, err := authorizer.Authorize(r.Context(), request); {
	case err != nil:
		return request, Unknown, apierror.Wrap(apierror.Unavailable, err)
	case !decision.Allowed:
		return request, Denied, deny(r.Context(), request, decision.Reason)
	}
	return request, Allowed, nil
}

// deny logs a refusal and returns what the client is told of it: what it asked
// for, not why it may not have it.
func deny(ctx context.Context, request Request, reason string) error {
	who := request.Identity
	logger.From(ctx).InfoContext(ctx, "access denied",
		"subject", who.Subject, "issuer", who.Claims.Issuer, "roles", who.Roles,
		"verb", request.Verb, "kind", request.Kind, "subresource", request.Subresource, "id", request.ID, "reason", reason)
	if request.Verb == "" {
		return apierror.New(apierror.Forbidden, "")
	}
	return apierror.New(apierror.Forbidden, "not allowed to %s %s", request.Verb, request.Kind)
}
