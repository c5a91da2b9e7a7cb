package handlers

import (
	"cmp"
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"math"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/shopspring/decimal"
)

// Limits of free JSON. Deeper values cost stack wherever they are read. Numbers
// are stored digit by digit, so that a short exponent stands for a lot of them;
// all that a float64 can hold are within the limit. The digits of all numbers
// of a field that nobody has written have one too: else a small body would make
// an answer of many megabytes.
const (
	maxLevels    = 100
	maxDigits    = 400
	maxUnwritten = 1 << 20
)

// unstorable returns what is wrong with the fields of a body beyond what a
// schema can say: what PostgreSQL cannot store, and decimals out of bounds. The
// names are those of the body, sorted.
func unstorable(schema *openapi3.Schema, body map[string]any, names []string) []string {
	var problems []string
	for _, name := range names {
		problems = append(problems, inField(property(schema, name), name, body[name])...)
		if unwritten(body[name]) > maxUnwritten {
			problems = append(problems, fmt.Sprintf("%s: its exponents stand for more than %d digits", name, maxUnwritten))
		}
	}
	return problems
}

func property(schema *openapi3.Schema, name string) *openapi3.Schema {
	if ref := schema.Properties[name]; ref != nil {
		return ref.Value
	}
	return nil
}

// inField returns what is wrong with the value of a field. Each item of a list
// is named by its place.
func inField(schema *openapi3.Schema, field string, value any) []string {
	items, isList := value.([]any)
	if isList && schema != nil && schema.Items != nil {
		var problems []string
		for i, item := range items {
			problems = append(problems, inField(schema.Items.Value, field+"."+strconv.Itoa(i), item)...)
		}
		return problems
	}
	text, isText := value.(string)
	if isText && schema != nil && schema.Format == "decimal" && checkDecimal(text) == nil {
		return outOfBounds(schema, field, text)
	}
	if number, isNumber := value.(json.Number); isNumber && misread(schema, number) {
		return []string{field + ": " + wanted(schema) + " is wanted"}
	}
	if problem := inValue(value, 0); problem != "" {
		return []string{field + ": " + problem}
	}
	return nil
}

// misread tells whether the validation, which calculates with float64, lets a
// number of an integer field pass that no integer of Go is read from: 1.0, 1e3
// and those right behind the last of 64 bits.
func misread(schema *openapi3.Schema, number json.Number) bool {
	if schema == nil || !schema.Type.Is(openapi3.TypeInteger) {
		return false
	}
	if _, err := number.Int64(); err == nil {
		return false
	}
	limit := float64(math.MaxInt64)
	if schema.Format == "int32" {
		limit = math.MaxInt32
	}
	value, err := number.Float64()
	return err == nil && value == math.Trunc(value) && math.Abs(value) <= limit
}

// inValue returns what is wrong with a value, or nothing. It stops at the first
// problem: there is but one field to name.
func inValue(value any, level int) string {
	switch value := value.(type) {
	case string:
		return inText(value)
	case json.Number:
		if digits(value.String()) > maxDigits {
			return fmt.Sprintf("a number has more than %d digits when it is written without an exponent", maxDigits)
		}
	case map[string]any:
		return inChildren(maps.All(value), level)
	case []any:
		return inChildren(func(yield func(string, any) bool) {
			for _, child := range value {
				if !yield("", child) {
					return
				}
			}
		}, level)
	}
	return ""
}

func inChildren(children iter.Seq2[string, any], level int) string {
	if level == maxLevels {
		return fmt.Sprintf("more than %d levels of lists and objects", maxLevels)
	}
	for name, child := range children {
		if problem := cmp.Or(inText(name), inValue(child, level+1)); problem != "" {
			return problem
		}
	}
	return ""
}

// inText finds the one character that PostgreSQL cannot store.
func inText(text string) string {
	if strings.ContainsRune(text, 0) {
		return "the NUL character is not allowed"
	}
	return ""
}

// digits counts the digits of a number of JSON if it is written without an
// exponent.
func digits(number string) int {
	mantissa, exponent, _ := strings.Cut(strings.ToLower(strings.TrimPrefix(number, "-")), "e")
	before, behind, _ := strings.Cut(mantissa, ".")
	shift := 0
	if exponent != "" {
		var err error
		if shift, err = strconv.Atoi(exponent); err != nil || max(shift, -shift) > maxDigits {
			return maxDigits + 1
		}
	}
	return max(len(before)+shift, 1) + max(len(behind)-shift, 0)
}

// unwritten counts the digits that exponents stand for in a value.
func unwritten(value any) (count int) {
	switch value := value.(type) {
	case json.Number:
		return max(digits(value.String())-len(value), 0)
	case []any:
		for _, child := range value {
			count += unwritten(child)
		}
	case map[string]any:
		for _, child := range value {
			count += unwritten(child)
		}
	}
	return count
}

// outOfBounds returns what is wrong with the value of a decimal, whose bounds are
// texts like itself and therefore extensions of the schema.
func outOfBounds(schema *openapi3.Schema, field, text string) []string {
	value, err := decimal.NewFromString(text)
	if err != nil {
		return []string{field + ": " + wanted(schema) + " is wanted"}
	}
	if least, bounded := bound(schema, "x-minimum"); bounded && value.LessThan(least) {
		return []string{field + ": at least " + least.String() + " is wanted"}
	}
	if most, bounded := bound(schema, "x-maximum"); bounded && value.GreaterThan(most) {
		return []string{field + ": at most " + most.String() + " is allowed"}
	}
	return nil
}

func bound(schema *openapi3.Schema, extension string) (decimal.Decimal, bool) {
	text, ok := schema.Extensions[extension].(string)
	if !ok {
		return decimal.Decimal{}, false
	}
	value, err := decimal.NewFromString(text)
	return value, err == nil
}
