package auth

import (
	"net/http"
	"slices"
	"strings"

	"github.com/gorilla/mux"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
)

// verbs of methods, on a collection, on one object, and below one.
var verbs = map[string]struct{ collection, object, below Verb }{
	http.MethodGet:    {List, Get, Get},
	http.MethodHead:   {List, Get, Get},
	http.MethodPost:   {Create, Update, Update},
	http.MethodPut:    {Update, Update, Update},
	http.MethodPatch:  {Update, Update, Update},
	http.MethodDelete: {Delete, Delete, Update},
}

// watching is the query of the routes that stream changes.
const watching = "watch=true"

// ForRoute returns the request that the template of a route and a method stand
// for, without identity and id; ok is false if nothing is known about them. It
// is the template that counts, not what a client makes of it:
//
//	GET  <V1Path>/widgets                 ⇒ list widgets
//	GET  <V1Path>/widgets?watch=true      ⇒ watch widgets
//	POST <V1Path>/widgets/import          ⇒ create widgets, import
//	GET  <V1Path>/widgets/{id}            ⇒ get widgets
//	POST <V1Path>/widgets/{id}/tags/{tag} ⇒ update widgets, tags/{tag}
func ForRoute(route *mux.Route, method string) (request Request, ok bool) {
	template, err := route.GetPathTemplate()
	if err != nil {
		return Request{}, false
	}
	rest, ok := strings.CutPrefix(template, api.V1Path+"/")
	if !ok {
		return Request{}, false
	}
	kind, rest, _ := strings.Cut(rest, "/")
	if kind == "" || strings.Contains(kind, "{") {
		return Request{}, false // whatever the client likes
	}
	request = Request{Kind: kind, Subresource: rest}
	row := verbs[method]
	switch id, below, deeper := strings.Cut(rest, "/"); {
	case !strings.HasPrefix(id, "{"):
		request.Verb = row.collection
	case !deeper:
		request.Verb, request.Subresource = row.object, ""
	default:
		request.Verb, request.Subresource = row.below, below
	}
	// A route without queries has none to tell of, which mux calls an error.
	if queries, err := route.GetQueriesTemplates(); err == nil && request.Verb == List && slices.Contains(queries, watching) {
		request.Verb = Watch
	}
	return request, request.Verb != ""
}

// idOf returns the id in the path of r, which route has matched.
func idOf(r *http.Request, route *mux.Route) string {
	template, err := route.GetPathTemplate()
	if err != nil {
		return ""
	}
	of := strings.Split(strings.TrimPrefix(template, api.V1Path+"/"), "/")
	if len(of) < 2 || !strings.HasPrefix(of[1], "{") {
		return ""
	}
	name, _, _ := strings.Cut(strings.Trim(of[1], "{}"), ":")
	return mux.Vars(r)[name]
}
