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

// methodNotAllowed answers requests for a path that exists, with a method that
// it does not have. Allow lists those that it has; OPTIONS asks for no more.
func methodNotAllowed(router *mux.Router) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Allow", strings.Join(append(allowed(router, r), http.MethodOptions), ", "))
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
