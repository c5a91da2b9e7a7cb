package spec

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/getkin/kin-openapi/openapi3"
)

const apples = `
openapi: 3.0.3
info: {title: test, version: v1}
security: [{bearer: []}]
paths:
  /apples:
    get:
      operationId: listApples
      parameters: [{name: fields, in: query, schema: {type: string}}]
      responses:
        '200': {description: apples, content: {application/json: {schema: {$ref: '#/components/schemas/AppleList'}}}}
        '429': {description: hand-written}
    post:
      operationId: createApple
      parameters: [{name: Idempotency-Key, in: header, schema: {type: string}}]
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/AppleRequest'}}}}
      responses:
        '201': {description: an apple, content: {application/json: {schema: {$ref: '#/components/schemas/Apple'}}}}
  /apples/{id}:
    parameters:
      - {name: id, in: path, required: true, schema: {type: string}}
      - $ref: '#/components/parameters/match'
    delete:
      operationId: deleteApple
      responses:
        '204': {description: gone}
  /about:
    get:
      operationId: about
      security: []
      responses:
        '200': {description: this}
components:
  securitySchemes:
    bearer: {type: http, scheme: bearer}
  parameters:
    match: {name: If-Match, in: header, schema: {type: string}}
  headers:
    OperationID: {schema: {type: string}}
  responses:
    BadRequest: &error {description: an error}
    Unauthenticated: *error
    Forbidden: *error
    NotFound: *error
    Conflict: *error
    PreconditionFailed: *error
    TooLarge: *error
    UnsupportedMediaType: *error
    IdempotencyKeyReused: *error
    TooManyRequests: *error
    Unexpected: *error
    Unavailable: *error
  schemas:
    Object:
      type: object
      required: [id, kind, href]
      properties:
        id: {type: string, format: uuid, readOnly: true}
        kind: {type: string, readOnly: true}
        href: {type: string, readOnly: true}
    Apple:
      allOf:
        - $ref: '#/components/schemas/Object'
        - type: object
          required: [sort]
          properties:
            sort: {type: string, minLength: 6}
            short: {type: string, maxLength: 2}
            code: {type: string, pattern: '^[0-9]$'}
            color: {type: string, enum: [red, green]}
            weight: {type: integer, minimum: 7}
            price: {type: string, format: decimal, x-maximum: '0.5'}
            seeds: {type: array, minItems: 2, items: {type: number, maximum: 0.25}}
            none: {type: array, maxItems: 0, items: {type: string}}
            picked: {type: string, format: date}
            anything: {nullable: true}
            note: {type: string, example: written by hand}
            parent: {$ref: '#/components/schemas/Apple'}
    AppleRequest:
      type: object
      properties:
        id: {type: string, format: uuid, readOnly: true}
        secret: {type: string, writeOnly: true}
        ripe: {type: boolean, default: false}
    AppleList:
      type: object
      properties:
        items: {type: array, items: {$ref: '#/components/schemas/Apple'}}
`

// publishedApples is the document as clients get it.
func publishedApples(t *testing.T) *openapi3.T {
	t.Helper()
	document, err := load(fstest.MapFS{root: {Data: []byte(apples)}})
	if err != nil {
		t.Fatal(err)
	}
	doc, err := openapi3.NewLoader().LoadFromData(document.JSON)
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(t.Context(), openapi3.EnableExamplesValidation()); err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestErrorsOfOperations(t *testing.T) {
	t.Parallel()
	doc := publishedApples(t)
	for operation, want := range map[string]string{
		"get /apples":         "200 400 401 403 429 500 503",
		"post /apples":        "201 400 401 403 409 413 415 422 429 500 503",
		"delete /apples/{id}": "204 400 401 403 404 409 412 429 500 503",
		"get /about":          "200 400 429 500",
	} {
		method, path, _ := strings.Cut(operation, " ")
		responses := doc.Paths.Value(path).GetOperation(strings.ToUpper(method)).Responses
		if got := strings.Join(slices.Sorted(maps.Keys(responses.Map())), " "); got != want {
			t.Errorf("%s: got %s, want %s", operation, got, want)
		}
		for status, response := range responses.Map() {
			if response.Value.Headers["X-Operation-Id"] == nil {
				t.Errorf("%s: %s has no operation id", operation, status)
			}
		}
	}
	if got := *doc.Paths.Value("/apples").Get.Responses.Value("429").Value.Description; got != "hand-written" {
		t.Errorf("the response that was there became %q", got)
	}
}

// Each row of the table is of use only if openapi.yaml has what it names.
func TestErrorsAndHeadersAreDescribed(t *testing.T) {
	t.Parallel()
	merged, err := merge(files)
	if err != nil {
		t.Fatal(err)
	}
	components, _ := merged["components"].(object)
	responses, _ := components["responses"].(object)
	for _, row := range errorResponses {
		if responses[row.response] == nil {
			t.Errorf("%s: openapi.yaml has no response %s", row.status, row.response)
		}
	}
	headers, _ := components["headers"].(object)
	for name, component := range everywhere {
		if headers[component] == nil {
			t.Errorf("%s: openapi.yaml has no header %s", name, component)
		}
	}
}

func TestExamples(t *testing.T) {
	t.Parallel()
	const object = `"href":"/apples/` + exampleID + `","id":"` + exampleID + `","kind":"Apple"`
	const apple = `{"anything":{"any":"JSON"},"color":"red",` + object + `,"none":[],"note":"written by hand",` +
		`"picked":"2026-01-02","price":"0.5","seeds":[0.25,0.25],"short":"sh","sort":"sortxx","weight":7}`
	schemas := publishedApples(t).Components.Schemas
	for name, want := range map[string]string{
		"Apple":        apple, // without code, whose pattern nobody can guess, and without an apple in the apple
		"AppleRequest": `{"ripe":false,"secret":"secret"}`,
		"AppleList":    `{"items":[` + apple + `]}`,
		"Apple.part":   `{"id":"` + exampleID + `"}`,
	} {
		if got, err := json.Marshal(schemas[name].Value.Example); err != nil || string(got) != want {
			t.Errorf("%s\n got %s, %v\nwant %s", name, got, err, want)
		}
	}
}

// With the parameter fields, the items of a list have only some fields.
func TestItemsMayBeParts(t *testing.T) {
	t.Parallel()
	list := publishedApples(t).Components.Schemas["AppleList"].Value
	for body, good := range map[string]bool{
		`{"items":[{"id":"` + exampleID + `"}]}`:                true,
		`{"items":[{"id":"` + exampleID + `","sort":"large"}]}`: false,
		`{"items":[{"sort":"larger"}]}`:                         false,
	} {
		var value any
		if err := json.Unmarshal([]byte(body), &value); err != nil {
			t.Fatal(err)
		}
		if err := list.VisitJSON(value); (err == nil) != good {
			t.Errorf("%s: got %v, want good: %t", body, err, good)
		}
	}
}

func TestOperationIDsAreUnique(t *testing.T) {
	t.Parallel()
	merged, err := merge(files)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]string{}
	for _, o := range operationsOf(merged) {
		id, _ := o.node["operationId"].(string)
		if other, taken := seen[id]; id == "" || taken {
			t.Errorf("%s %s has the operation id %q, like %s", o.method, o.path, id, other)
		}
		seen[id] = o.method + " " + o.path
	}
	if len(seen) == 0 {
		t.Error("there is no operation")
	}
}

// A kind may have any name that is not refused, and its operations are called
// after it: what all services have must leave these names free.
func TestSharedOperationIDsAreThoseOfNoKind(t *testing.T) {
	t.Parallel()
	shared, err := read(files, root)
	if err != nil {
		t.Fatal(err)
	}
	components, _ := shared["components"].(object)
	schemas, _ := components["schemas"].(object)
	for _, o := range operationsOf(shared) {
		id, _ := o.node["operationId"].(string)
		for _, verb := range []string{"list", "create", "get", "patch", "delete"} {
			kind, ok := strings.CutPrefix(id, verb)
			if ok && schemas[strings.TrimSuffix(kind, "s")] == nil { // a kind cannot be called like one of these
				t.Errorf("%s: a kind %s would have an operation of this name", id, kind)
			}
		}
	}
}
