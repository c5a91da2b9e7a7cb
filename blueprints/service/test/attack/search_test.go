package attack

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// literals are those of each type of field; not all of them fit.
var literals = map[string][]string{
	"text":      {"''", "''''", "'%'", "'_a%'", `'\'`, `'\\'`, "'$1'", "'?'", "'@x'", "'é漢😀'", "'; --'", "'\u202e'"},
	"uuid":      {"''", "'x'", "'5eed0000-0000-4000-8000-000000000001'", "'{5eed0000-0000-4000-8000-000000000001}'"},
	"date-time": {"'2026-01-01'", "'2026-01-01T00:00:00Z'", "'0000-01-01T00:00:00+23:59'", "'infinity'", "'9999-12-31T23:59:59.999999999-23:59'"},
	"date":      {"'2026-01-01'", "'0001-01-01'", "'0000-01-01'", "'9999-12-31'", "'2026-1-1'"},
	"integer":   {"0", "-1", "2147483648", "-9223372036854775808", "9223372036854775808", "1.5", "1e3", "0x1"},
	"number":    {"0", "-0", ".5", "5.", "1e308", "1e-400", "1e400", "NaN", "1_000"},
	"decimal":   {"0", "1.50", "-.5", "1e5", strings.Repeat("9", 1000), strings.Repeat("9", 1001)},
	"boolean":   {"true", "FALSE", "maybe"},
	"any":       {"'x'", "1", "null"},
}

// literalsOf are those for fields of the schema.
func literalsOf(schema *openapi3.Schema) []string {
	switch {
	case schema.Type == nil, schema.Type.Is(openapi3.TypeArray):
		return literals["any"]
	case literals[schema.Format] != nil:
		return literals[schema.Format]
	case schema.Type.Is(openapi3.TypeString):
		return literals["text"]
	}
	return literals[schema.Type.Slice()[0]]
}

// search draws a search over the fields of r, most of which can be read.
func (g generator) search(r resource, depth int) string {
	if depth > 0 {
		inner := func() string { return g.search(r, depth-1) }
		switch g.IntN(7) {
		case 0:
			return "not " + inner()
		case 1:
			return "(" + inner() + ")"
		case 2:
			return inner() + " and " + inner()
		case 3:
			return inner() + " OR " + inner()
		case 4:
			return g.damaged(inner())
		}
	}
	name := pick(g.Rand, append(slices.Sorted(maps.Keys(r.fields)), "row_version", "id.id", "no_such_field"))
	schema := r.fields[name]
	if schema == nil {
		return name + " = 1"
	}
	literal := func() string { return pick(g.Rand, literalsOf(schema)) }
	switch test := pick(g.Rand, strings.Fields("= != <> < <= > >= like ilike in between null null")); test {
	case "like", "ilike":
		return name + " " + test + " " + literal()
	case "in":
		return fmt.Sprintf("%s not in (%s, %s)", name, literal(), literal())
	case "between":
		return fmt.Sprintf("%s between %s and %s", name, literal(), literal())
	case "null":
		return name + " is not null"
	default:
		return name + test + literal()
	}
}

// names draws a list of names of fields, each with one of the suffixes.
func (g generator) names(r resource, suffixes []string) string {
	all := append(slices.Sorted(maps.Keys(r.fields)), "id", "created_at")
	if g.chance(5) {
		all = append(all, "nothing", "row_version", "", "id;")
	}
	var list []string
	for range 1 + g.IntN(3) {
		list = append(list, pick(g.Rand, all)+pick(g.Rand, suffixes))
	}
	return strings.Join(list, ",")
}
