package handlers

import (
	"errors"
	"strconv"

	"github.com/getkin/kin-openapi/openapi3"
)

// longList is the number of items from which a list is looked through before the
// validation sees it.
const longList = 1000

// flood returns what is wrong with a body in so many places that nobody can read
// of all of them. The validation is not asked about such a body: what it keeps of
// each place takes seconds and hundreds of megabytes for one megabyte that is
// nothing but mistakes. The names are those of the body, sorted.
func flood(schema *openapi3.Schema, body map[string]any, names []string, options []openapi3.SchemaValidationOption) []string {
	var unknown []string
	for _, name := range names {
		field := property(schema, name)
		if field == nil && len(schema.Properties) > 0 {
			unknown = append(unknown, noField(name))
		}
		items, isList := body[name].([]any)
		if !isList || len(items) < longList || field == nil || field.Items == nil {
			continue
		}
		if problems := floodOfItems(name, field.Items.Value, items, options); len(problems) > maxProblems {
			return problems
		}
	}
	if len(unknown) > maxProblems {
		return unknown
	}
	return nil
}

// floodOfItems looks for one more bad item than are named.
func floodOfItems(name string, schema *openapi3.Schema, items []any, options []openapi3.SchemaValidationOption) []string {
	var problems []string
	for i, item := range items {
		if len(problems) > maxProblems {
			break
		}
		var violation *openapi3.SchemaError
		if err := schema.VisitJSON(item, options...); errors.As(err, &violation) {
			problems = append(problems, describe(name+"."+strconv.Itoa(i), violation))
		}
	}
	return problems
}
