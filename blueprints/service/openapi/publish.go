package spec

import (
	"encoding/json"
	"slices"
	"strings"
)

// decimalPattern says to clients what the format decimal means here.
const decimalPattern = `^-?[0-9]{1,64}(\.[0-9]{1,64})?$`

// published returns the merged document as clients get it: without what only
// the generator of our Go reads, and with what is the same for all operations,
// so that the files of the kinds need not say it: the errors of each operation,
// the headers of each answer, lists of some fields only, and examples. It
// changes merged.
func published(merged object) ([]byte, error) {
	components, _ := merged["components"].(object)
	schemas, _ := components["schemas"].(object)
	publishEach(schemas)
	operations := operationsOf(merged)
	for _, operation := range operations {
		addErrors(operation, components)
		allowPart(operation, schemas)
	}
	addHeaders(operations, components)
	addExamples(operations, schemas)
	return json.Marshal(merged)
}

func publishEach(schemas any) {
	switch schemas := schemas.(type) {
	case object:
		for _, schema := range schemas {
			publish(schema)
		}
	case []any:
		for _, schema := range schemas {
			publish(schema)
		}
	}
}

// publish looks only where schemas stand: a default may look like one.
func publish(node any) {
	schema, ok := node.(object)
	if !ok {
		return
	}
	for key := range schema {
		if strings.HasPrefix(key, "x-go-") {
			delete(schema, key)
		}
	}
	if schema["format"] == "decimal" {
		schema["pattern"] = decimalPattern
	}
	// To the letter of OpenAPI 3.0 an enum without null does not allow it.
	if values, ok := schema["enum"].([]any); ok && schema["nullable"] == true && !slices.Contains(values, nil) {
		schema["enum"] = append(slices.Clone(values), nil)
	}
	publishEach(schema["properties"])
	publishEach(schema["allOf"])
	publish(schema["items"])
}
