package handlers

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// violations flattens what the schema's validation found, one text a field.
func (b Body[T]) violations(err error) []string {
	var several openapi3.MultiError
	if errors.As(err, &several) {
		var texts []string
		for _, one := range several {
			texts = append(texts, b.violations(one)...)
		}
		return texts
	}
	var violation *openapi3.SchemaError
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &violation):
		return []string{err.Error()}
	case violation.SchemaField == "properties":
		return []string{b.unknown(violation)}
	case violation.SchemaField == "type" && violation.Schema.Type == nil:
		return nil // a number that is too large for the validation; see unstorable
	}
	return []string{describe(strings.Join(violation.JSONPointer(), "."), violation)}
}

// unsupported is how the validation names a field that the schema lacks.
var unsupported = regexp.MustCompile(`(?s)^property (".*") is unsupported$`)

// unknown says that a field may not be there.
func (b Body[T]) unknown(violation *openapi3.SchemaError) string {
	quoted := unsupported.FindStringSubmatch(violation.Reason)
	if quoted == nil {
		return violation.Reason
	}
	name, err := strconv.Unquote(quoted[1])
	switch {
	case err != nil:
		return violation.Reason
	case b.immutable[name]:
		return name + " may not be changed"
	}
	return noField(name)
}

func noField(name string) string { return fmt.Sprintf("%.100s is no field that can be set", name) }

// describe says what is wrong with the field, and what is wanted in its place.
func describe(field string, violation *openapi3.SchemaError) string {
	schema := violation.Schema
	reason := violation.Reason
	switch violation.SchemaField {
	case "required":
		return field + " is required"
	case "nullable":
		return field + " may not be null"
	case "type", "format":
		reason = wanted(schema) + " is wanted"
	case "enum":
		reason = "one of " + oneAfterAnother(schema.Enum) + " is wanted"
	case "minimum":
		reason = "at least " + number(schema.Min) + " is wanted"
	case "maximum":
		reason = "at most " + number(schema.Max) + " is allowed"
	case "minLength":
		reason = "at least " + count(schema.MinLength, "character") + " wanted"
	case "maxLength":
		reason = "at most " + count(*schema.MaxLength, "character") + " allowed"
	case "minItems":
		reason = "at least " + count(schema.MinItems, "item") + " wanted"
	case "maxItems":
		reason = "at most " + count(*schema.MaxItems, "item") + " allowed"
	}
	if field == "" {
		return reason
	}
	return field + ": " + reason
}

// wanted says which values a field takes.
func wanted(schema *openapi3.Schema) string {
	if format, known := formats[schema.Format]; known {
		return format.wanted
	}
	types := strings.Join(schema.Type.Slice(), " or ")
	if schema.Format != "" {
		types += " (" + schema.Format + ")"
	}
	return "a value of the type " + types
}

func oneAfterAnother(values []any) string {
	texts := make([]string, len(values))
	for i, value := range values {
		texts[i] = fmt.Sprint(value)
	}
	return strings.Join(texts, ", ")
}

// number writes a bound as people do: 1000000 and not 1e+06.
func number(bound *float64) string {
	const longest = 1e18
	if bound == nil {
		return "?"
	}
	if math.Abs(*bound) < longest {
		return strconv.FormatFloat(*bound, 'f', -1, 64)
	}
	return strconv.FormatFloat(*bound, 'g', -1, 64)
}

func count(n uint64, what string) string {
	if n == 1 {
		return "1 " + what + " is"
	}
	return fmt.Sprintf("%d %ss are", n, what)
}
