package spec

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// exampleID is the id of the objects in examples.
const exampleID = "01890a5d-ac96-774b-bcce-b302099a8057"

// exampleTexts has an example of each format of texts.
var exampleTexts = map[string]string{
	"uuid":      exampleID,
	"date-time": "2026-01-02T15:04:05.678901Z",
	"date":      "2026-01-02",
	"decimal":   "1.5",
	"email":     "someone@example.com",
	"uri":       "https://example.com/",
}

// addExamples gives each object among the schemas an example that says what all
// of its fields may look like. One that was written by hand is kept, for a
// field too.
func addExamples(operations []operation, schemas object) {
	e := examples{schemas: schemas, homes: map[string]string{}, open: map[string]bool{}}
	for _, o := range operations {
		path, _, _ := strings.Cut(o.path, "/{")
		for _, response := range o.responses() {
			response, _ := response.(object)
			if name, ok := refName(jsonContent(response)); ok {
				e.homes[name] = path
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(schemas)) {
		schema, _ := schemas[name].(object)
		if _, own := schema["example"]; own {
			continue
		}
		if value, ok := e.of(reference("schemas", name), name, false); ok {
			if fields, _ := value.(object); len(fields) > 0 {
				schema["example"] = fields
			}
		}
	}
}

// refName is the name of the schema that a schema refers to, if it does.
func refName(schema object) (string, bool) {
	ref, _ := schema["$ref"].(string)
	return strings.CutPrefix(ref, "#/components/schemas/")
}

// examples works out examples from schemas.
type examples struct {
	schemas object

	// homes are the paths at which the API has the objects of a schema.
	homes map[string]string

	// open are the schemas that an example is being made of: one that has
	// itself as a part gets none.
	open map[string]bool
}

// of returns an example of the schema that is called name, or of the field with
// that name. It returns false if it knows none that is valid: who writes a
// pattern has to write an example too.
func (e examples) of(schema object, name string, request bool) (any, bool) {
	if target, ok := refName(schema); ok {
		resolved, _ := e.schemas[target].(object)
		if resolved == nil || e.open[target] {
			return nil, false
		}
		e.open[target] = true
		defer delete(e.open, target)
		request = request || strings.HasSuffix(target, "Request")
		return e.of(resolved, target, request)
	}
	for _, key := range []string{"example", "default"} {
		if value, ok := schema[key]; ok && value != nil {
			return value, true
		}
	}
	if values, ok := schema["enum"].([]any); ok && len(values) > 0 {
		return values[0], true
	}
	for _, key := range []string{"anyOf", "oneOf"} {
		if parts, _ := schema[key].([]any); len(parts) > 0 {
			first, _ := parts[0].(object)
			return e.of(first, name, request)
		}
	}
	switch schema["type"] {
	case "string":
		return text(schema, name)
	case "integer", "number":
		return number(schema), true
	case "boolean":
		return true, true
	case "array":
		return e.list(schema, name, request)
	case nil:
		if schema["allOf"] == nil && schema["properties"] == nil {
			return object{"any": "JSON"}, true
		}
	}
	return e.object(schema, name, request), true
}

// object returns an example with all the fields for which there is one.
func (e examples) object(schema object, name string, request bool) object {
	found, fields := object{}, properties(schema, e.schemas)
	for _, field := range slices.Sorted(maps.Keys(fields)) {
		property, _ := fields[field].(object)
		if property["readOnly"] == true && request || property["writeOnly"] == true && !request {
			continue
		}
		value, ok := e.of(property, field, request)
		home, isObject := e.homes[name]
		switch {
		case field == "kind" && property["example"] == nil:
			value, ok = name, true
		case field == "href" && property["example"] == nil && isObject:
			value, ok = home+"/"+exampleID, true
		}
		if ok {
			found[field] = value
		}
	}
	return found
}

func (e examples) list(schema object, name string, request bool) (any, bool) {
	items, _ := schema["items"].(object)
	item, ok := e.of(items, name, request)
	if !ok {
		return nil, false
	}
	least, _ := float(schema["minItems"])
	if most, bounded := float(schema["maxItems"]); bounded && most < 1 {
		return []any{}, true
	}
	return slices.Repeat([]any{item}, max(int(least), 1)), true
}

// text returns an example of a text: of its format, or else its name.
func text(schema object, name string) (any, bool) {
	format, _ := schema["format"].(string)
	example, known := exampleTexts[format]
	switch {
	case format == "decimal":
		return bounded(schema, example, "x-minimum", "x-maximum"), true
	case known:
		return example, true
	case schema["pattern"] != nil:
		return nil, false
	}
	example = strings.ReplaceAll(name, "_", " ")
	if least, ok := float(schema["minLength"]); ok && len(example) < int(least) {
		example += strings.Repeat("x", int(least)-len(example))
	}
	if most, ok := float(schema["maxLength"]); ok && len(example) > int(most) {
		example = example[:int(most)]
	}
	return example, true
}

func number(schema object) any { return bounded(schema, 1, "minimum", "maximum") }

// bounded returns value, or the bound of the schema that it is beyond.
func bounded(schema object, value any, least, most string) any {
	n, _ := float(value)
	if bound, ok := float(schema[least]); ok && n < bound {
		return schema[least]
	}
	if bound, ok := float(schema[most]); ok && n > bound {
		return schema[most]
	}
	return value
}

// float reads a number of YAML, or one that stands in quotes because JSON would
// not keep its digits.
func float(value any) (float64, bool) {
	switch value := value.(type) {
	case int:
		return float64(value), true
	case int64:
		return float64(value), true
	case uint64:
		return float64(value), true
	case float64:
		return value, true
	case string:
		n, err := strconv.ParseFloat(value, 64)
		return n, err == nil
	}
	return 0, false
}
