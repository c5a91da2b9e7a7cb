package test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"github.com/trexgen/trexgen/blueprints/service/pkg/watch"
)

// Contract is the OpenAPI document that a service serves. It tells whether what
// was asked and answered is as the document has it.
type Contract struct {
	// Document is the parsed document.
	Document *openapi3.T

	router  routers.Router
	options *openapi3filter.Options
}

// ParseContract returns the contract of a document. A document that is no valid
// OpenAPI, or has an example that is not valid itself, is an error.
func ParseContract(document []byte) (*Contract, error) {
	doc, err := openapi3.NewLoader().LoadFromData(document)
	if err != nil {
		return nil, fmt.Errorf("parse the document: %w", err)
	}
	if err := doc.Validate(context.Background(), openapi3.EnableExamplesValidation()); err != nil {
		return nil, fmt.Errorf("the document: %w", err)
	}
	doc.Servers = nil // what matters is the path
	router, err := gorillamux.NewRouter(doc)
	if err != nil {
		return nil, fmt.Errorf("the paths of the document: %w", err)
	}
	return &Contract{doc, router, &openapi3filter.Options{
		MultiError: true,
		// Without this a body of a method that has none would be no violation.
		RejectWhenRequestBodyNotSpecified: true,
		// Whether a token is good is not what a document can say.
		AuthenticationFunc:  openapi3filter.NoopAuthenticationFunc,
		SkipSettingDefaults: true,
		// The formats are checked by the patterns of the document.
		SchemaValidationOptions: []openapi3.SchemaValidationOption{openapi3.EnableFormatValidation()},
	}}, nil
}

// Exchange is a request and its answer, both read to the end.
type Exchange struct {
	// Request is what was sent, with Sent as its body.
	Request *http.Request
	Sent    []byte

	// Status, Header and Body are the answer.
	Status int
	Header http.Header
	Body   []byte
}

// Check returns what is against the contract, or nil. The answer has to be one
// that the document has for the request. A request that the document does not
// allow has to be refused; one that it allows may be refused too, since there
// are rules that no schema can say.
func (c *Contract) Check(e Exchange) error {
	if e.Request.Method == http.MethodOptions {
		return nil // of browsers, about other origins
	}
	route, vars, err := c.find(e.Request)
	if err != nil {
		return c.checkUnknown(e)
	}
	wrong := c.checkRequest(e, route, vars)
	if wrong != nil && (e.Status < http.StatusBadRequest || e.Status == http.StatusInternalServerError) {
		return fmt.Errorf("the answer is %d to a request that the document does not allow: %w", e.Status, wrong)
	}
	responses := route.Operation.Responses
	response := responses.Status(e.Status)
	if response == nil && (wrong != nil || e.Status > http.StatusInternalServerError) {
		response = responses.Default()
	}
	if response == nil {
		return fmt.Errorf("the document does not have the status %d here, but %q", e.Status, slices.Sorted(maps.Keys(responses.Map())))
	}
	return errors.Join(checkHeaders(response.Value, e.Header), c.checkBody(response.Value, e))
}

// find returns the operation of a request; HEAD is GET without the body.
func (c *Contract) find(r *http.Request) (*routers.Route, map[string]string, error) {
	if r.Method == http.MethodHead {
		r = r.Clone(r.Context())
		r.Method = http.MethodGet
	}
	return c.router.FindRoute(r)
}

// checkUnknown checks the answer at a path, or to a method, that is not in the
// document: it has to be an error like all others.
func (c *Contract) checkUnknown(e Exchange) error {
	if e.Status < http.StatusBadRequest {
		return fmt.Errorf("the answer is %d where the document has nothing", e.Status)
	}
	if e.Request.Method == http.MethodHead {
		return nil
	}
	return c.checkSchema("Error", e.Body)
}

func (c *Contract) checkRequest(e Exchange, route *routers.Route, vars map[string]string) error {
	r := e.Request.Clone(context.Background())
	r.Body, r.ContentLength, r.GetBody = io.NopCloser(bytes.NewReader(e.Sent)), int64(len(e.Sent)), nil
	return openapi3filter.ValidateRequest(context.Background(), &openapi3filter.RequestValidationInput{
		Request: r, PathParams: vars, Route: route, Options: c.options,
	})
}

// checkBody checks the body of an answer against that of the document. What is
// no JSON is only looked at from outside.
func (c *Contract) checkBody(response *openapi3.Response, e Exchange) error {
	if e.Request.Method == http.MethodHead || len(response.Content) == 0 {
		if len(e.Body) != 0 {
			return fmt.Errorf("the answer %d has the body %.200q, the document none", e.Status, e.Body)
		}
		return nil
	}
	given := e.Header.Get("Content-Type")
	content := response.Content.Get(given)
	if content == nil {
		return fmt.Errorf("the document has no Content-Type %q here", given)
	}
	if mediaType, _, err := mime.ParseMediaType(given); err != nil || !strings.HasSuffix(mediaType, "json") || content.Schema == nil {
		return err
	}
	return c.checkValue(content.Schema.Value, e.Body)
}

// CheckMessage checks the data of one event of a stream of objects of kind.
func (c *Contract) CheckMessage(kind string, data []byte) error {
	var message struct{ Object json.RawMessage }
	if err := json.Unmarshal(data, &message); err != nil {
		return err
	}
	err := c.checkSchema("EventMessage", data)
	if string(message.Object) != "null" {
		err = errors.Join(err, c.checkSchema(kind, message.Object))
	}
	return err
}

// checkSchema checks JSON against a named schema of the document.
func (c *Contract) checkSchema(name string, data []byte) error {
	schema := c.Document.Components.Schemas[name]
	if schema == nil {
		return fmt.Errorf("the document has no schema %s", name)
	}
	return c.checkValue(schema.Value, data)
}

func (c *Contract) checkValue(schema *openapi3.Schema, data []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return fmt.Errorf("%w in %.500q", err, data)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("more than one value in %.500q", data)
	}
	options := append([]openapi3.SchemaValidationOption{openapi3.VisitAsResponse(), openapi3.MultiErrors()}, c.options.SchemaValidationOptions...)
	err := schema.VisitJSON(value, options...)
	if unknown := undocumented(schema, value, ""); len(unknown) > 0 {
		err = errors.Join(err, fmt.Errorf("the document does not have %q", unknown))
	}
	if err != nil {
		return fmt.Errorf("%w in %.500s", err, data)
	}
	return nil
}

// isStream tells whether an answer has no end that one could wait for.
func isStream(header http.Header) bool {
	return strings.HasPrefix(header.Get("Content-Type"), watch.ContentType)
}
