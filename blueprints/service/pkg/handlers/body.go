package handlers

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	jsonv2 "github.com/go-json-experiment/json"

	"github.com/trexgen/trexgen/blueprints/service/pkg/apierror"
)

// maxProblems bounds the problems that one error names: a body may have as many
// as there is room for.
const maxProblems = 20

// Schemas finds the schemas of the OpenAPI document by name.
type Schemas interface {
	Schema(name string) (*openapi3.Schema, error)
}

// Body reads request bodies of the type T, which a schema describes. The
// schema is the one that clients see, so what it says is what is checked:
// required fields, null, types, formats, bounds.
type Body[T any] struct {
	schema     *openapi3.Schema
	mediaTypes []string
	options    []openapi3.SchemaValidationOption

	// immutable are the fields that only the body of a create may have.
	immutable map[string]bool
}

// NewBody returns the reader of bodies of the named schema. The media type
// application/json is understood.
func NewBody[T any](schemas Schemas, name string) (Body[T], error) {
	schema, err := schemas.Schema(name)
	checks := make(map[string]openapi3.StringFormatValidator, len(formats))
	for name, format := range formats {
		checks[name] = openapi3.NewCallbackValidator(format.check)
	}
	options := []openapi3.SchemaValidationOption{
		openapi3.VisitAsRequest(), openapi3.MultiErrors(), openapi3.EnableFormatValidation(), openapi3.WithStringFormatValidators(checks),
	}
	return Body[T]{schema: schema, mediaTypes: []string{"application/json"}, options: options}, err
}

// NewPatchBody returns the reader of merge patches of the schema called patch.
// A field that only the schema called create has is one that may not be changed.
// The media types application/merge-patch+json and application/json are
// understood.
func NewPatchBody[T any](schemas Schemas, patch, create string) (Body[T], error) {
	body, err := NewBody[T](schemas, patch)
	if err != nil {
		return body, err
	}
	created, err := schemas.Schema(create)
	if err != nil {
		return body, err
	}
	body.mediaTypes = append([]string{"application/merge-patch+json"}, body.mediaTypes...)
	body.immutable = map[string]bool{}
	for name := range created.Properties {
		body.immutable[name] = body.schema.Properties[name] == nil
	}
	return body, nil
}

// Read returns the body of r. A body that is no JSON, or says a thing twice,
// is an error of the code Malformed; one that breaks the schema of the code
// Validation, with all the fields that do.
func (b Body[T]) Read(r *http.Request) (T, error) {
	var body T
	if err := b.checkMediaType(r); err != nil {
		return body, err
	}
	data, err := io.ReadAll(r.Body)
	if err != nil {
		return body, readError(err)
	}
	value, err := readJSON(data)
	if err != nil {
		return body, err
	}
	if err := b.validate(value); err != nil {
		return body, err
	}
	// The schema allows what T cannot hold in one case: a number out of range.
	if err := jsonv2.Unmarshal(data, &body, jsonv2.RejectUnknownMembers(true)); err != nil {
		return body, decodeError(err)
	}
	return body, nil
}

// checkMediaType refuses what others on the way might read as something else than
// is read here: another charset, two types, a body that is compressed.
func (b Body[T]) checkMediaType(r *http.Request) error {
	mediaType, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	charset := cmp.Or(params["charset"], "utf-8")
	if err != nil || len(r.Header.Values("Content-Type")) > 1 || !slices.Contains(b.mediaTypes, mediaType) || !strings.EqualFold(charset, "utf-8") {
		return apierror.New(apierror.UnsupportedMediaType, "the Content-Type has to be %s, in UTF-8", strings.Join(b.mediaTypes, " or "))
	}
	for _, encoding := range r.Header.Values("Content-Encoding") {
		if !strings.EqualFold(encoding, "identity") {
			return apierror.New(apierror.UnsupportedMediaType, "a body may not have a Content-Encoding: send it as it is")
		}
	}
	return nil
}

func readError(err error) error {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return err // a 413, see WriteError
	}
	return apierror.Wrap(apierror.Malformed, err) // which may name addresses
}

// validate checks value against the schema, and for what no schema can say.
func (b Body[T]) validate(value any) error {
	object, ok := value.(map[string]any)
	if !ok {
		return apierror.New(apierror.Malformed, "the body has to be a JSON object")
	}
	names := slices.Sorted(maps.Keys(object))
	problems := flood(b.schema, object, names, b.options)
	if len(problems) == 0 {
		problems = b.violations(b.schema.VisitJSON(value, b.options...))
		problems = append(problems, unstorable(b.schema, object, names)...)
	}
	if more := len(problems) - maxProblems; more > 0 {
		problems = append(problems[:maxProblems], fmt.Sprintf("and %d more", more))
	}
	if len(problems) > 0 {
		return apierror.New(apierror.Validation, "%s", strings.Join(problems, "; "))
	}
	return nil
}

func decodeError(err error) error {
	var semantic *jsonv2.SemanticError
	if errors.As(err, &semantic) {
		field := fieldName(semantic.JSONPointer.Tokens())
		return apierror.New(apierror.Validation, "%s: the value is out of range or of the wrong type", field)
	}
	return apierror.New(apierror.Malformed, "the body cannot be read: %w", err)
}

func fieldName(tokens func(yield func(string) bool)) string {
	var names []string
	for token := range tokens {
		names = append(names, token)
	}
	return strings.Join(names, ".")
}
