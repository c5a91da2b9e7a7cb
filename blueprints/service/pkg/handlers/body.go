package handlers

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

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
// required fields, null, types, bounds.
type Body[T any] struct {
	schema     *openapi3.Schema
	mediaTypes []string
}

// NewBody returns the reader of bodies of the named schema. The media type
// application/json is understood, and the ones given.
func NewBody[T any](schemas Schemas, name string, mediaTypes ...string) (Body[T], error) {
	schema, err := schemas.Schema(name)
	return Body[T]{schema: schema, mediaTypes: append(mediaTypes, "application/json")}, err
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
	if err := checkSyntax(data); err != nil {
		return body, err
	}
	if err := b.validate(data); err != nil {
		return body, err
	}
	// The schema allows what T cannot hold in one case: a number out of range.
	if err := jsonv2.Unmarshal(data, &body, jsonv2.RejectUnknownMembers(true)); err != nil {
		return body, decodeError(err)
	}
	return body, nil
}

func (b Body[T]) checkMediaType(r *http.Request) error {
	mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err == nil {
		for _, known := range b.mediaTypes {
			if mediaType == known {
				return nil
			}
		}
	}
	return apierror.New(apierror.UnsupportedMediaType, "the Content-Type has to be %s", strings.Join(b.mediaTypes, " or "))
}

func readError(err error) error {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return err // a 413, see WriteError
	}
	return apierror.Wrap(apierror.Malformed, err) // which may name addresses
}

// checkSyntax accepts exactly one JSON value in UTF-8 without duplicate names.
func checkSyntax(data []byte) error {
	decoder := jsontext.NewDecoder(bytes.NewReader(data))
	if _, err := decoder.ReadValue(); err != nil {
		if errors.Is(err, io.EOF) {
			return apierror.New(apierror.Malformed, "the body is empty")
		}
		var syntax *jsontext.SyntacticError
		if errors.As(err, &syntax) && errors.Is(err, jsontext.ErrDuplicateName) {
			return apierror.New(apierror.Malformed, "%s is given twice", fieldName(syntax.JSONPointer.Tokens()))
		}
		return apierror.New(apierror.Malformed, "the body is not JSON: %s", strings.TrimPrefix(err.Error(), "jsontext: "))
	}
	if _, err := decoder.ReadToken(); !errors.Is(err, io.EOF) {
		return apierror.New(apierror.Malformed, "the body has more than one JSON value")
	}
	return nil
}

// validate checks data against the schema and for the one character that
// PostgreSQL cannot store.
func (b Body[T]) validate(data []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return apierror.New(apierror.Malformed, "the body cannot be read: %w", err)
	}
	if _, ok := value.(map[string]any); !ok {
		return apierror.New(apierror.Malformed, "the body has to be a JSON object")
	}
	problems := violations(b.schema.VisitJSON(value, openapi3.VisitAsRequest(), openapi3.MultiErrors(),
		openapi3.EnableFormatValidation(), openapi3.WithStringFormatValidator("date-time", openapi3.NewCallbackValidator(checkTime))))
	problems = append(problems, nulCharacters("", value)...)
	if more := len(problems) - maxProblems; more > 0 {
		problems = append(problems[:maxProblems], fmt.Sprintf("and %d more", more))
	}
	if len(problems) > 0 {
		return apierror.New(apierror.Validation, "%s", strings.Join(problems, "; "))
	}
	return nil
}

// checkTime refuses times that answers cannot hold: in UTC, which has them all,
// the year of some has five digits or a sign.
func checkTime(text string) error {
	var t time.Time
	err := t.UnmarshalText([]byte(text))
	if year := t.UTC().Year(); err != nil || year < 0 || year > 9999 {
		return errors.New("as in 2006-01-02T15:04:05Z, the year from 0000 to 9999 in UTC")
	}
	return nil
}

// violations flattens what the schema's validation found, one text a field.
func violations(err error) []string {
	var several openapi3.MultiError
	if errors.As(err, &several) {
		var texts []string
		for _, one := range several {
			texts = append(texts, violations(one)...)
		}
		return texts
	}
	var violation *openapi3.SchemaError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &violation):
		return []string{describe(violation)}
	default:
		return []string{err.Error()}
	}
}

func describe(violation *openapi3.SchemaError) string {
	path := violation.JSONPointer()
	field := strings.Join(path, ".")
	switch violation.SchemaField {
	case "required":
		return field + " is required"
	case "nullable":
		return field + " may not be null"
	case "properties":
		return strings.ReplaceAll(violation.Reason, `"`, "")
	case "type":
		return fmt.Sprintf("%s: %s", field, wanted(violation.Schema))
	}
	if field == "" {
		return violation.Reason
	}
	return field + ": " + violation.Reason
}

// wanted says which values a field takes.
func wanted(schema *openapi3.Schema) string {
	types := strings.Join(schema.Type.Slice(), " or ")
	if schema.Format != "" {
		types += " (" + schema.Format + ")"
	}
	return "a value of the type " + types + " is wanted"
}

func nulCharacters(field string, value any) []string {
	switch value := value.(type) {
	case string:
		if strings.ContainsRune(value, 0) {
			return []string{field + ": the NUL character is not allowed"}
		}
	case map[string]any:
		var texts []string
		for name, child := range value {
			texts = append(texts, nulCharacters(name, child)...)
		}
		return texts
	case []any:
		for _, child := range value {
			if texts := nulCharacters(field, child); texts != nil {
				return texts
			}
		}
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
