package handlers

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/trexgen/trexgen/blueprints/service/pkg/apierror"
)

type sample struct {
	Name  string  `json:"name"`
	Count *int32  `json:"count,omitempty"`
	Size  float64 `json:"size,omitempty"`
	At    string  `json:"at,omitempty"`
}

type schemas map[string]*openapi3.Schema

func (s schemas) Schema(name string) (*openapi3.Schema, error) { return s[name], nil }

func newSampleBody(t *testing.T) Body[sample] {
	t.Helper()
	schema := openapi3.NewObjectSchema().
		WithProperty("name", openapi3.NewStringSchema()).
		WithProperty("count", openapi3.NewInt32Schema().WithNullable()).
		WithProperty("size", openapi3.NewFloat64Schema()).
		WithProperty("at", openapi3.NewDateTimeSchema()).
		WithRequired([]string{"name"}).
		WithoutAdditionalProperties()
	body, err := NewPatchBody[sample](schemas{"Sample": schema}, "Sample", "Sample")
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
		"no time":           {`{"name":"x","at":"2026-01-01"}`, apierror.Validation, "at: "},
		"no such day":       {`{"name":"x","at":"2026-02-30T00:00:00Z"}`, apierror.Validation, "at: "},
		"leap second":       {`{"name":"x","at":"2016-12-31T23:59:60Z"}`, apierror.Validation, "at: "},
		"year 10000 in UTC": {`{"name":"x","at":"9999-12-31T23:59:59-14:00"}`, apierror.Validation, "at: "},
		"year -1 in UTC":    {`{"name":"x","at":"0000-01-01T00:00:00+14:00"}`, apierror.Validation, "at: "},
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

// What is wrong with a body must not make the answer larger than the request.
func TestBodyNamesNoMoreProblemsThanOneCanRead(t *testing.T) {
	t.Parallel()
	var fields strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&fields, `"unknown%d":1,`, i)
	}
	_, err := newSampleBody(t).Read(request("application/json", `{`+fields.String()+`"name":"x"}`))
	if err == nil || len(err.Error()) > 2000 || !strings.Contains(err.Error(), "and 980 more") {
		t.Errorf("got %.2100v, want less than 2000 bytes that count the rest", err)
	}
}

// A body that is nothing but mistakes costs no more than one that is good. This
// test is not parallel: it counts what is allocated.
func TestBodyOfMistakesIsCheap(t *testing.T) {
	const size, most = 1 << 20, 100 << 20
	list := openapi3.NewArraySchema().WithItems(openapi3.NewStringSchema().WithMaxLength(1))
	schema := openapi3.NewObjectSchema().WithProperty("list", list).WithoutAdditionalProperties()
	body, err := NewBody[struct{}](schemas{"Sample": schema}, "Sample")
	if err != nil {
		t.Fatal(err)
	}
	var unknown strings.Builder
	for i := 0; unknown.Len() < size; i++ {
		fmt.Fprintf(&unknown, `"%x":1,`, i)
	}
	for text, reason := range map[string]string{
		`{"list":[` + strings.Repeat("1,", size/2) + `1]}`:                              "list.0: a value of the type string is wanted; list.1:",
		`{"list":[` + strings.Repeat("null,", size/5) + `1]}`:                           "list.0 may not be null; list.1 may",
		`{"list":[` + strings.Repeat(`"",`, 2000) + `"ab","cd"]}`:                       "list.2000: at most 1 character is allowed; list.2001:",
		`{` + unknown.String() + `"list":[]}`:                                           "0 is no field that can be set; 1 is",
		`{"` + strings.Repeat("x", size) + `":1,"` + strings.Repeat("x", size) + `":1}`: "is given twice",
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := body.Read(request("application/json", text))
		runtime.ReadMemStats(&after)
		if err == nil || len(err.Error()) > 2000 || !strings.Contains(err.Error(), reason) {
			t.Errorf("%.30s…: got %.2100v, want less than 2000 bytes with %q", text, err, reason)
		}
		if allocated := after.TotalAlloc - before.TotalAlloc; allocated > most {
			t.Errorf("%.30s…: %d MB are allocated, want at most %d", text, allocated>>20, most>>20)
		}
	}
}

func TestBodyThatIsRead(t *testing.T) {
	t.Parallel()
	body := newSampleBody(t)
	for _, mediaType := range []string{"application/json", "application/json; charset=utf-8", "Application/JSON;Charset=\"UTF-8\"", "application/merge-patch+json"} {
		got, err := body.Read(request(mediaType, ` {"name":"ä","count":null,"size":1e2,"at":"9999-12-31T23:59:59.999999999+14:00"} `))
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
	refuse := func(r *http.Request) {
		t.Helper()
		_, err := newSampleBody(t).Read(r)
		if code := apierror.From(err).Code; err == nil || code != apierror.UnsupportedMediaType {
			t.Errorf("%q: got %v, want code %d", r.Header, err, apierror.UnsupportedMediaType)
		}
	}
	for _, mediaType := range []string{
		"", "text/plain", "application/xml", "application/json-seq", ";", "application/json, text/html",
		"application/json; charset=utf-16", "application/json; charset=utf-7", "application/json; charset=utf-8; charset=utf-7",
	} {
		refuse(request(mediaType, `{"name":"x"}`))
	}
	twice := request("application/json", `{"name":"x"}`)
	twice.Header.Add("Content-Type", "text/plain")
	refuse(twice)
	compressed := request("application/json", `{"name":"x"}`)
	compressed.Header.Set("Content-Encoding", "gzip")
	refuse(compressed)
}
