package test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

const agreed = `
openapi: 3.0.3
info: {title: test, version: v1}
paths:
  /things:
    get:
      operationId: listThings
      parameters:
        - {name: page, in: query, schema: {type: integer, minimum: 1}}
      responses:
        '200':
          description: things
          headers:
            X-Count: {required: true, schema: {type: integer, maximum: 9}}
          content:
            application/json: {schema: {$ref: '#/components/schemas/Thing'}}
            text/event-stream: {schema: {type: string}}
        '304': {description: the same, headers: {ETag: {required: true, schema: {type: string}}}}
        '400': {$ref: '#/components/responses/Error'}
        default: {$ref: '#/components/responses/Error'}
    post:
      operationId: createThing
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}
      responses:
        '204': {description: done}
        '409': {$ref: '#/components/responses/Error'}
        default: {$ref: '#/components/responses/Error'}
components:
  responses:
    Error:
      description: an error
      content: {application/json: {schema: {$ref: '#/components/schemas/Error'}}}
  schemas:
    Error: {type: object, required: [code], properties: {code: {type: string}}}
    Thing:
      allOf:
        - {type: object, required: [name], properties: {name: {type: string}, count: {type: integer}}}
        - {type: object, properties: {parts: {type: array, items: {type: object, properties: {id: {type: string}}}}, free: {}}}
    EventMessage: {type: object, properties: {object: {nullable: true}}}
`

func TestContract(t *testing.T) {
	t.Parallel()
	contract, err := ParseContract([]byte(agreed))
	if err != nil {
		t.Fatal(err)
	}
	const wrong, counted = `{"code":"1"}`, "X-Count: 1"
	for name, test := range map[string]struct {
		request string // method, target and, behind a blank, the body
		status  int
		header  string
		body    string
		want    string // a part of the violation; empty if there is none
	}{
		"as agreed":             {"GET /things?page=1", 200, counted, `{"name":"x","parts":[{"id":"1"}],"free":{"any":1}}`, ""},
		"without the header":    {"GET /things", 200, "", `{"name":"x"}`, "X-Count is missing"},
		"header too large":      {"GET /things", 200, "X-Count: 10", `{"name":"x"}`, "X-Count"},
		"header is no number":   {"GET /things", 200, "X-Count: x", `{"name":"x"}`, "X-Count"},
		"field missing":         {"GET /things", 200, counted, `{}`, `"name" is missing`},
		"field of another type": {"GET /things", 200, counted, `{"name":"x","count":"1"}`, "count"},
		"field unknown":         {"GET /things", 200, counted, `{"name":"x","nane":1}`, "/nane"},
		"field unknown inside":  {"GET /things", 200, counted, `{"name":"x","parts":[{"id":"1"},{"ix":1}]}`, "/parts/1/ix"},
		"half an answer":        {"GET /things", 200, counted, `{"name":`, "EOF"},
		"another media type":    {"GET /things", 200, counted + "\nContent-Type: text/html", `{"name":"x"}`, "text/html"},
		"stream":                {"GET /things", 200, counted + "\nContent-Type: text/event-stream", "", ""},
		"status unknown":        {"GET /things", 201, "", `{}`, "the status 201"},
		"error unknown":         {"GET /things", 409, "", wrong, "the status 409"},
		"default error":         {"GET /things", 503, "", wrong, ""},
		"default, no object":    {"GET /things", 503, "", `{}`, "code"},
		"HEAD":                  {"HEAD /things", 200, counted, "", ""},
		"HEAD without header":   {"HEAD /things", 200, "", "", "X-Count"},
		"HEAD with a body":      {"HEAD /things", 200, counted, "x", "has the body"},
		"304":                   {"GET /things", 304, `ETag: "1"`, "", ""},
		"304 without the tag":   {"GET /things", 304, "", "", "ETag is missing"},
		"304 with a body":       {"GET /things", 304, `ETag: "1"`, "x", "has the body"},
		"wrong is refused":      {"GET /things?page=0", 400, "", wrong, ""},
		"wrong is answered":     {"GET /things?page=0", 200, counted, `{"name":"x"}`, "does not allow"},
		"wrong makes an error":  {"GET /things?page=0", 500, "", wrong, "does not allow"},
		"wrong body refused":    {`POST /things {"name":1}`, 400, "", wrong, ""},
		"wrong body taken":      {`POST /things {"name":1}`, 204, "", "", "does not allow"},
		"no body taken":         {"POST /things", 204, "", "", "does not allow"},
		"body":                  {`POST /things {"name":"x"}`, 204, "", "", ""},
		"body and answer":       {`POST /things {"name":"x"}`, 204, "", "{}", "has the body"},
		"path unknown":          {"GET /nothing", 404, "", wrong, ""},
		"path answered":         {"GET /nothing", 200, "", "{}", "has nothing"},
		"path, no object":       {"GET /nothing", 404, "", "404 page not found", "more than one value"},
		"method unknown":        {"PUT /things", 405, "", wrong, ""},
		"method answered":       {"PUT /things", 204, "", "", "has nothing"},
		"other origin":          {"OPTIONS /things", 204, "", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			method, rest, _ := strings.Cut(test.request, " ")
			target, sent, _ := strings.Cut(rest, " ")
			exchange := Exchange{
				Request: httptest.NewRequest(method, target, nil), Sent: []byte(sent),
				Status: test.status, Header: http.Header{"Content-Type": {"application/json"}}, Body: []byte(test.body),
			}
			exchange.Request.Header.Set("Content-Type", "application/json")
			for line := range strings.Lines(test.header) {
				name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
				exchange.Header.Set(name, value)
			}
			switch err := contract.Check(exchange); {
			case test.want == "" && err != nil:
				t.Errorf("got %v, want none", err)
			case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

func TestContractOfMessages(t *testing.T) {
	t.Parallel()
	contract, err := ParseContract([]byte(agreed))
	if err != nil {
		t.Fatal(err)
	}
	for message, good := range map[string]bool{
		`{"object":null}`:                  true,
		`{"object":{"name":"x"}}`:          true,
		`{"object":{"name":1}}`:            false,
		`{"object":{"name":"x","more":1}}`: false,
		`{"object":null,"more":1}`:         false,
		`{`:                                false,
	} {
		if err := contract.CheckMessage("Thing", []byte(message)); (err == nil) != good {
			t.Errorf("%s: got %v, want good: %t", message, err, good)
		}
	}
}

// reports is a test that keeps what is reported to it.
type reports struct {
	testing.TB
	n int
}

func (r *reports) Helper()               {}
func (r *reports) Errorf(string, ...any) { r.n++ }

// The client reports a violation and hands on what it has read.
func TestClientReports(t *testing.T) {
	t.Parallel()
	var sent string
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		sent = string(body)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusConflict)
		_, _ = w.Write([]byte(`{"cod":"1"}`))
	}))
	defer service.Close()
	contract, err := ParseContract([]byte(agreed))
	if err != nil {
		t.Fatal(err)
	}
	report := &reports{TB: t}
	client := &http.Client{Transport: &checkedTransport{contract, service.URL, http.DefaultTransport, report}}
	answer, err := client.Post(service.URL+"/things", "application/json", bytes.NewBufferString(`{"name":"x"}`)) //nolint:bodyclose // readBody does
	if err != nil {
		t.Fatal(err)
	}
	got, err := readBody(answer.Body)
	if err != nil || string(got) != `{"cod":"1"}` || sent != `{"name":"x"}` {
		t.Errorf("sent %s, got %s, %v", sent, got, err)
	}
	if report.n != 1 {
		t.Errorf("got %d reports, want 1", report.n)
	}
}

// A document whose example breaks its own rules is no contract.
func TestContractWithWrongExample(t *testing.T) {
	t.Parallel()
	wrong := strings.Replace(agreed, "name: {type: string}", "name: {type: string, example: 1}", 1)
	if _, err := ParseContract([]byte(wrong)); err == nil || !strings.Contains(err.Error(), "example") {
		t.Errorf("got %v, want an error about the example", err)
	}
}
