package handlers

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/trexgen/trexgen/blueprints/service/pkg/apierror"
)

type sample struct {
	Name  string  `json:"name"`
	Count *int32  `json:"count,omitempty"`
	Size  float64 `json:"size,omitempty"`
}

type schemas map[string]*openapi3.Schema

func (s schemas) Schema(name string) (*openapi3.Schema, error) { return s[name], nil }

func newSampleBody(t *testing.T) Body[sample] {
	t.Helper()
	schema := openapi3.NewObjectSchema().
		WithProperty("name", openapi3.NewStringSchema()).
		WithProperty("count", openapi3.NewInt32Schema().WithNullable()).
		WithProperty("size", openapi3.NewFloat64Schema()).
		WithRequired([]string{"name"}).
		WithoutAdditionalProperties()
	body, err := NewBody[sample](schemas{"Sample": schema}, "Sample", "application/merge-patch+json")
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func request(mediaType, body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
	r.Header.Set("Content-Type", mediaType)
	return r
}

func TestBodyThatIsRefused(t *testing.T) {
	t.Parallel()
	body := newSampleBody(t)
	for name, test := range map[string]struct {
		body   string
		code   apierror.Code
		reason string // a part of it
	}{
		"empty":             {``, apierror.Malformed, "empty"},
		"no JSON":           {`{`, apierror.Malformed, "not JSON"},
		"text behind":       {`{"name":"x"} x`, apierror.Malformed, "more than one"},
		"two values":        {`{"name":"x"}{}`, apierror.Malformed, "more than one"},
		"array":             {`[]`, apierror.Malformed, "object"},
		"null":              {`null`, apierror.Malformed, "object"},
		"given twice":       {`{"name":"x","name":"y"}`, apierror.Malformed, "name is given twice"},
		"not UTF-8":         {"{\"name\":\"\xff\"}", apierror.Malformed, "not JSON"},
		"NUL":               {`{"name":"a\u0000b"}`, apierror.Validation, "name"},
		"required":          {`{"count":1}`, apierror.Validation, "name is required"},
		"null for required": {`{"name":null}`, apierror.Validation, "name may not be null"},
		"unknown field":     {`{"name":"x","nane":1}`, apierror.Validation, "nane"},
		"other case":        {`{"Name":"x","name":"x"}`, apierror.Validation, "Name"},
		"wrong type":        {`{"name":1}`, apierror.Validation, "name: "},
		"fraction":          {`{"name":"x","count":1.5}`, apierror.Validation, "count: "},
		"too big for 32":    {`{"name":"x","count":2147483648}`, apierror.Validation, "count: "},
		"too big for 64":    {`{"name":"x","size":1e999}`, apierror.Validation, "size: "},
		"two problems":      {`{"count":"x"}`, apierror.Validation, "count: "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := body.Read(request("application/json", test.body))
			if err == nil {
				t.Fatalf("%s was read as %+v", test.body, got)
			}
			e := apierror.From(err)
			if e.Code != test.code || !strings.Contains(e.Reason, test.reason) {
				t.Errorf("%s: got code %d, %q; want code %d and %q in it", test.body, e.Code, e.Reason, test.code, test.reason)
			}
		})
	}
}

func TestBodyNamesEveryProblem(t *testing.T) {
	t.Parallel()
	_, err := newSampleBody(t).Read(request("application/json", `{"count":"x","size":true}`))
	for _, field := range []string{"name", "count", "size"} {
		if err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("%v does not name %s", err, field)
		}
	}
}

func TestBodyThatIsRead(t *testing.T) {
	t.Parallel()
	body := newSampleBody(t)
	for _, mediaType := range []string{"application/json", "application/json; charset=utf-8", "application/merge-patch+json"} {
		got, err := body.Read(request(mediaType, ` {"name":"ä","count":null,"size":1e2} `))
		if err != nil {
			t.Fatalf("%s: %v", mediaType, err)
		}
		if got.Name != "ä" || got.Count != nil || got.Size != 100 {
			t.Errorf("%s: got %+v", mediaType, got)
		}
	}
}

func TestBodyOfAnotherMediaType(t *testing.T) {
	t.Parallel()
	for _, mediaType := range []string{"", "text/plain", "application/xml", "application/json-seq", ";"} {
		_, err := newSampleBody(t).Read(request(mediaType, `{"name":"x"}`))
		if code := apierror.From(err).Code; err == nil || code != apierror.UnsupportedMediaType {
			t.Errorf("%q: got %v, want code %d", mediaType, err, apierror.UnsupportedMediaType)
		}
	}
}
