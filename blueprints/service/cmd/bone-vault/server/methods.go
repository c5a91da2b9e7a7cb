package server

import (
	"net/http"
	"strings"

	"github.com/gorilla/mux"

	"github.com/trexgen/trexgen/blueprints/service/pkg/apierror"
	"github.com/trexgen/trexgen/blueprints/service/pkg/handlers"
)

// methods are those that routes may have.
var methods = []string{
	http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete,
}

// unmatched answers requests that match no route. Where the path is right and
// only the method is wrong, Allow lists the methods that it has; OPTIONS asks
// for no more. That is found out here because mux forgets it: in a subrouter, a
// wrong method before a route with another path becomes an unknown path.
func unmatched(router *mux.Router) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		found := allowed(router, r)
		if len(found) == 0 {
			handlers.NotFound(w, r)
			return
		}
		w.Header().Set("Allow", strings.Join(append(found, http.MethodOptions), ", "))
		if r.Method == http.MethodOptions {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		handlers.WriteError(w, r, apierror.New(apierror.MethodNotAllowed, "%s is not allowed at %s", r.Method, r.URL.Path))
	})
}

// allowed asks the router which methods the path of r has.
func allowed(router *mux.Router, r *http.Request) []string {
	var found []string
	for _, method := range methods {
		try := r.Clone(r.Context())
		try.Method = method
		var match mux.RouteMatch
		if router.Match(try, &match) && match.MatchErr == nil {
			found = append(found, method)
		}
	}
	return found
}
