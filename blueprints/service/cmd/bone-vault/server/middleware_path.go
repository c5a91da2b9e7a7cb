package server

import (
	"net/http"
	"strings"

	"github.com/trexgen/trexgen/blueprints/service/pkg/handlers"
)

// plainPath answers 404 to a path in which a slash is encoded. The router would
// take it for a slash like any other, and what stands before the service for a
// part of a name: rules that it has for the path would be passed by.
func plainPath(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(strings.ToLower(r.URL.EscapedPath()), "%2f") {
			handlers.NotFound(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}
