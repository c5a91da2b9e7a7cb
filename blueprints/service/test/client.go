package test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/apierror"
)

// Response is an answer of the service, read to its end.
type Response struct {
	Status int
	Header http.Header
	Body   []byte

	what string // the request, for messages
	t    testing.TB
}

// Do sends a request and returns the answer. A body that is no string is sent
// as JSON. Headers are names and values in turns. What is against the contract
// of the service is reported.
func (s *Service) Do(t testing.TB, method, path string, body any, headers ...string) Response {
	t.Helper()
	return s.send(t, method, s.URL+path, body, headers...)
}

func (s *Service) send(t testing.TB, method, url string, body any, headers ...string) Response {
	t.Helper()
	var content io.Reader
	switch body := body.(type) {
	case nil:
	case string:
		content = strings.NewReader(body)
	default:
		data, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		content = bytes.NewReader(data)
	}
	r, err := http.NewRequestWithContext(t.Context(), method, url, content)
	if err != nil {
		t.Fatal(err)
	}
	if content != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	answer, err := s.Client(t).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	return read(t, answer, method+" "+url)
}

// read reads an answer to its end; what is the request.
func read(t testing.TB, answer *http.Response, what string) Response {
	t.Helper()
	data, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	if err := answer.Body.Close(); err != nil {
		t.Error(err)
	}
	return Response{Status: answer.StatusCode, Header: answer.Header, Body: data, what: what, t: t}
}

// Want ends the test if the answer has another status.
func (r Response) Want(status int) Response {
	r.t.Helper()
	if r.Status != status {
		r.t.Fatalf("%s: got %d %s, want %d", r.what, r.Status, r.Body, status)
	}
	return r
}

// WantError reports an answer that is not the error object of code with all
// the parts in its reason.
func (r Response) WantError(code apierror.Code, parts ...string) Response {
	r.t.Helper()
	var body struct {
		Kind, ID, Href, Code, Reason string
		OperationID                  string `json:"operation_id"`
	}
	if err := json.Unmarshal(r.Body, &body); err != nil {
		r.t.Errorf("%s: got %d %s, want an error object", r.what, r.Status, r.Body)
		return r
	}
	if r.Status != code.Status() || body.Kind != "Error" || body.OperationID == "" ||
		body.Href != api.V1Path+"/errors/"+body.ID || body.Code != api.ServiceName+"-"+body.ID {
		r.t.Errorf("%s: got %d %s, want the error object of code %d", r.what, r.Status, r.Body, code)
	}
	for _, part := range parts {
		if !strings.Contains(body.Reason, part) {
			r.t.Errorf("%s: the reason %q does not name %q", r.what, body.Reason, part)
		}
	}
	return r
}

// WantNamed reports an error that says nothing about the field, or only by the
// way.
func (r Response) WantNamed(field string) Response {
	r.t.Helper()
	reason, _ := r.Object()["reason"].(string)
	for problem := range strings.SplitSeq(reason, "; ") {
		rest, about := strings.CutPrefix(problem, field)
		if about && strings.IndexAny(rest, " .:") == 0 {
			return r
		}
	}
	r.t.Errorf("%s: the reason %q does not name %s", r.what, reason, field)
	return r
}

// Object is the body as a JSON object, whose numbers keep all their digits.
func (r Response) Object() map[string]any {
	r.t.Helper()
	return decode[map[string]any](r.t, r.Body)
}

// decode reads JSON and ends the test if it cannot. Numbers keep all their digits.
func decode[T any](t testing.TB, data []byte) (value T) {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	if err := decoder.Decode(&value); err != nil {
		t.Fatalf("%v in %s", err, data)
	}
	return value
}

// exactNumbers writes the numbers of a JSON value in the one way that decimals
// have: 100 for 1e2.
func exactNumbers(value any) any {
	switch value := value.(type) {
	case json.Number:
		if exact, err := decimal.NewFromString(value.String()); err == nil {
			return json.Number(exact.String())
		}
	case []any:
		for i, child := range value {
			value[i] = exactNumbers(child)
		}
	case map[string]any:
		for name, child := range value {
			value[name] = exactNumbers(child)
		}
	}
	return value
}

// ID is the id of the object in the body.
func (r Response) ID() string {
	r.t.Helper()
	id, ok := r.Object()["id"].(string)
	if !ok {
		r.t.Fatalf("%s: no id in %s", r.what, r.Body)
	}
	return id
}

// Items are the items of the list in the body.
func (r Response) Items() []map[string]any {
	r.t.Helper()
	list, ok := r.Object()["items"].([]any)
	if !ok {
		r.t.Fatalf("%s: no items in %s", r.what, r.Body)
	}
	items := make([]map[string]any, len(list))
	for i, item := range list {
		if items[i], ok = item.(map[string]any); !ok {
			r.t.Fatalf("%s: item %d of %s is no object", r.what, i, r.Body)
		}
	}
	return items
}
