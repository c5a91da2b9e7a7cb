package integration_test

import (
	"net/http"
	"regexp"
	"testing"

	"github.com/gorilla/mux"

	"github.com/trexgen/trexgen/blueprints/service/cmd/bone-vault/server"
	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/test"
)

// What is served is in the document, and what is in the document is served.
func TestEveryRouteIsInTheDocument(t *testing.T) {
	t.Parallel()
	s := test.Start(t)
	documented := map[string]bool{}
	for path, item := range s.Contract(t).Document.Paths.Map() {
		for method := range item.Operations() {
			documented[method+" "+path] = true
		}
	}
	// The files of the page have routes of their own, so that there are no others.
	file := regexp.MustCompile(`^(` + api.V1Path + `/openapi\.html)/.*`)
	served := map[string]bool{}
	err := server.WalkRoutes(s.Env, func(method string, route *mux.Route) error {
		path, err := route.GetPathTemplate()
		if method != http.MethodHead { // is GET without the body
			served[method+" "+file.ReplaceAllString(path, "$1/{file}")] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for route := range served {
		if !documented[route] {
			t.Errorf("%s is served, but not in openapi/*.yaml", route)
		}
	}
	for operation := range documented {
		if !served[operation] {
			t.Errorf("%s is in openapi/*.yaml, but not served", operation)
		}
	}
}
