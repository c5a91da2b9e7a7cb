package integration_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
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

// The bounds of parameters that the document states are those that are kept:
// what is at the bound is taken, what is beyond it refused.
func TestParametersHaveTheBoundsOfTheDocument(t *testing.T) {
	t.Parallel()
	s := test.Start(t)
	var tried int
	for path, item := range s.Contract(t).Document.Paths.Map() {
		if item.Get == nil {
			continue
		}
		for _, parameter := range item.Get.Parameters {
			for value, good := range atBounds(parameter.Value) {
				tried++
				want := map[bool]int{true: http.StatusOK, false: http.StatusBadRequest}[good]
				got := s.Do(t, http.MethodGet, path+"?"+url.Values{parameter.Value.Name: {value}}.Encode(), nil)
				if got.Status != want {
					t.Errorf("%s of %s, %.20q with %d characters: got %d %.200s, want %d", parameter.Value.Name, path, value, len(value), got.Status, got.Body, want)
				}
			}
		}
	}
	if tried == 0 {
		t.Error("no parameter of a query has a bound")
	}
}

// atBounds returns values at the bounds of a parameter of queries, and beyond
// them, with whether they are to be taken.
func atBounds(parameter *openapi3.Parameter) map[string]bool {
	values, schema := map[string]bool{}, parameter.Schema.Value
	if parameter.In != openapi3.ParameterInQuery {
		return nil
	}
	if schema.Min != nil {
		values[fmt.Sprintf("%.0f", *schema.Min)] = true
		values[fmt.Sprintf("%.0f", *schema.Min-1)] = false
	}
	if schema.Max != nil {
		values[fmt.Sprintf("%.0f", *schema.Max)] = true
		values[fmt.Sprintf("%.0f", *schema.Max+1)] = false
	}
	if longest := schema.MaxLength; longest != nil {
		// Blanks around a text that is right make it longer, not wrong.
		right := map[string]string{"search": "id is not null", "orderBy": "id", "fields": "id"}[parameter.Name]
		if right != "" {
			values[right+strings.Repeat(" ", int(*longest)-len(right))] = true
		}
		values[right+strings.Repeat(" ", int(*longest)+1-len(right))] = false
	}
	return values
}
