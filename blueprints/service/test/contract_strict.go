package test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// undocumented returns the paths of what is in value but not in the schema.
// OpenAPI allows it, but what clients are told nothing of is a mistake here. A
// schema without properties leaves open what is in it.
func undocumented(schema *openapi3.Schema, value any, path string) []string {
	var found []string
	switch value := value.(type) {
	case map[string]any:
		known := map[string]*openapi3.Schema{}
		if !properties(schema, known) {
			return nil
		}
		for _, name := range slices.Sorted(maps.Keys(value)) {
			if known[name] == nil {
				found = append(found, path+"/"+name)
				continue
			}
			found = append(found, undocumented(known[name], value[name], path+"/"+name)...)
		}
	case []any:
		items := itemsOf(schema)
		if items == nil {
			return nil
		}
		for i, item := range value {
			found = append(found, undocumented(items, item, path+"/"+strconv.Itoa(i))...)
		}
	}
	return found
}

// properties adds the properties of schema, and of all that it is made of, to
// known. It returns false if any name will do.
func properties(schema *openapi3.Schema, known map[string]*openapi3.Schema) bool {
	closed := false
	for _, parts := range []openapi3.SchemaRefs{schema.AllOf, schema.AnyOf, schema.OneOf} {
		for _, part := range parts {
			closed = properties(part.Value, known) || closed
		}
	}
	for name, property := range schema.Properties {
		known[name] = property.Value
		closed = true
	}
	return closed
}

func itemsOf(schema *openapi3.Schema) *openapi3.Schema {
	if schema.Items == nil {
		return nil
	}
	return schema.Items.Value
}

// checkHeaders checks the headers of an answer: those that the document
// requires are there, and those that it knows have values that it allows.
func checkHeaders(response *openapi3.Response, header http.Header) error {
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(response.Headers)) {
		documented := response.Headers[name].Value
		values := header.Values(name)
		if len(values) == 0 {
			if documented.Required {
				errs = append(errs, fmt.Errorf("the header %s is missing", name))
			}
			continue
		}
		if documented.Schema == nil {
			continue
		}
		if err := documented.Schema.Value.VisitJSON(headerValue(documented.Schema.Value, values), openapi3.EnableFormatValidation(), openapi3.VisitAsResponse()); err != nil {
			errs = append(errs, fmt.Errorf("the header %s: %w", name, err))
		}
	}
	return errors.Join(errs...)
}

// headerValue reads the value of a header as the schema wants it, or as a text
// if that is not possible.
func headerValue(schema *openapi3.Schema, values []string) any {
	text := strings.Join(values, ", ")
	if schema.Type.Is(openapi3.TypeString) {
		return text
	}
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil || decoder.More() {
		return text
	}
	return value
}
