package auth

import (
	"errors"
	"net/http"
	"strings"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/apierror"
)

// Fail writes err as the answer.
type Fail func(w http.ResponseWriter, r *http.Request, err error)

var errNoAuthorizer = errors.New("no authorizer is set up")

// Authorize returns a middleware for the routes below api.V1Path that lets only
// through what authorizer allows. Kind and verb follow from path and method.
func Authorize(authorizer Authorizer, fail Fail) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if err := authorize(r, authorizer); err != nil {
				if apierror.From(err).Code == apierror.Unauthenticated {
					challenge(w, "")
				}
				fail(w, r, err)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

func authorize(r *http.Request, authorizer Authorizer) error {
	who, ok := FromContext(r.Context())
	if !ok {
		return apierror.New(apierror.Unauthenticated, "")
	}
	if authorizer == nil {
		return apierror.Wrap(apierror.Forbidden, errNoAuthorizer)
	}
	kind, verb, ok := action(r.Method, r.URL.Path)
	if !ok {
		return apierror.New(apierror.Forbidden, "")
	}
	return authorizer.Authorize(r.Context(), who, kind, verb)
}

// verbs of methods, on the collection of a kind, on one object, and below it.
var verbs = map[string]struct{ collection, object, below Verb }{
	http.MethodGet:    {List, Get, Get},
	http.MethodHead:   {List, Get, Get},
	http.MethodPost:   {Create, "", Update},
	http.MethodPut:    {"", Update, Update},
	http.MethodPatch:  {"", Update, Update},
	http.MethodDelete: {"", Delete, Update},
}

// action says what a request is about; ok is false if that is unknown:
//
//	GET  <V1Path>/widgets      ⇒ widgets, list
//	GET  <V1Path>/widgets/1    ⇒ widgets, get
//	POST <V1Path>/widgets/1/x  ⇒ widgets, update
func action(method, path string) (kind string, verb Verb, ok bool) {
	rest, ok := strings.CutPrefix(path, api.V1Path+"/")
	if !ok {
		return "", "", false
	}
	kind, rest, _ = strings.Cut(rest, "/")
	id, rest, _ := strings.Cut(rest, "/")
	switch row := verbs[method]; {
	case id == "" && rest == "":
		verb = row.collection
	case rest == "":
		verb = row.object
	default:
		verb = row.below
	}
	return kind, verb, kind != "" && verb != ""
}
