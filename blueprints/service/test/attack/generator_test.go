package attack

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

// generator makes requests by chance.
type generator struct {
	sampler
	resources []resource
}

// request makes one of op.
func (g generator) request(t testing.TB, op operation) shot {
	s := shot{method: op.method, path: op.path, header: http.Header{}}
	if op.method == http.MethodGet && g.chance(10) {
		s.method = http.MethodHead
	}
	values := url.Values{}
	for _, p := range op.parameters {
		name, schema := p.Value.Name, p.Value.Schema.Value
		switch p.Value.In {
		case openapi3.ParameterInPath:
			s.path = strings.ReplaceAll(s.path, "{"+name+"}", url.PathEscape(g.pathValue(strings.TrimSuffix(op.path, objectSuffix), schema)))
		case openapi3.ParameterInQuery:
			if g.chance(3) {
				values.Add(name, g.parameter(op, name, schema))
			}
		case openapi3.ParameterInHeader:
			if g.chance(4) {
				s.header.Set(name, g.headerValue(name, schema))
			}
		}
	}
	if len(values) > 0 {
		s.path += "?" + values.Encode()
		if g.chance(30) {
			s.path += pick(g.Rand, []string{"&", "&page=1&page=2", "&x", "&=", "&search=%zz", "&a;b", "&fields=%ff", "&size=%00", "&[]=1"})
		}
	}
	if schema := requestSchema(op.Operation); schema != nil {
		s.body = g.body(t, schema)
		s.header.Set("Content-Type", g.mediaType(op))
	}
	return s
}

// pathValue draws one of the values that the document has, or else the id of an
// object of the collection, or something else that may stand in its place.
func (g generator) pathValue(collection string, schema *openapi3.Schema) string {
	if g.chance(6) {
		return pick(g.Rand, []string{"1", "-1", "no-uuid", "null", "a b", "é", "'", "%", "{id}", "\x00", "\xff", strings.Repeat("x", 2000)})
	}
	if len(schema.Enum) > 0 {
		return fmt.Sprint(pick(g.Rand, schema.Enum))
	}
	return g.id(collection)
}

// parameter draws the value of a query parameter; one in three is none that the
// schema allows, or at least none with a meaning.
func (g generator) parameter(op operation, name string, schema *openapi3.Schema) string {
	r := g.resourceOf(op)
	switch {
	case g.chance(8):
		return g.runes(g.IntN(12))
	case name == "search":
		return g.search(r, 3)
	case name == "orderBy":
		return g.names(r, []string{"", "", " asc", " desc", " DESC", " down"})
	case name == "fields":
		return g.names(r, []string{"", "", "", " "})
	case name == "after":
		return g.damaged(g.pool.cursor(g.Rand))
	case g.chance(4):
		return pick(g.Rand, []string{"", "0", "-1", "1.5", "1e3", "99999999999999999999", "true", "TRUE", "null", "[]", " 1", "1 "})
	}
	return fmt.Sprint(g.value(schema))
}

func (g generator) resourceOf(op operation) resource {
	for _, r := range g.resources {
		if r.path == op.path {
			return r
		}
	}
	return pick(g.Rand, g.resources)
}

// headerValue draws a value that can be sent.
func (g generator) headerValue(name string, schema *openapi3.Schema) string {
	if strings.HasPrefix(name, "If-") && !g.chance(3) {
		return pick(g.Rand, []string{"*", `"1"`, `"2"`, `W/"1"`, `"0"`, `"1", "2"`, `"1",`, `"`, "1", `"é"`})
	}
	text := fmt.Sprint(g.value(schema))
	return strings.TrimSpace(strings.Map(func(c rune) rune {
		if c < ' ' || c > '~' && g.chance(2) {
			return '~'
		}
		return c
	}, text))
}

func (g generator) mediaType(op operation) string {
	if g.chance(20) {
		return pick(g.Rand, []string{"", "text/plain", "application/xml", "application/json; charset=utf-16", "application/json, text/html", "*/*", ";"})
	}
	return pick(g.Rand, slices.Sorted(maps.Keys(op.RequestBody.Value.Content)))
}

// body draws one that schema allows, one with a thing wrong, or one with bytes
// that are.
func (g generator) body(t testing.TB, schema *openapi3.Schema) []byte {
	object := g.object(schema)
	all := properties(schema)
	names := slices.Sorted(maps.Keys(all))
	if g.chance(2) || len(names) == 0 {
		return marshal(t, object)
	}
	name := pick(g.Rand, names)
	switch g.IntN(6) {
	case 0:
		delete(object, name)
	case 1:
		object[name] = nil
	case 2:
		object[name] = g.wrong(all[name])
	case 3:
		object[g.runes(5)] = g.free(1)
	case 4: // twice
		data := marshal(t, object)
		return append(append(bytes.TrimSuffix(data, []byte("}")), `,"`+name+`":`...), append(marshal(t, g.value(all[name])), '}')...)
	case 5:
		return []byte(g.damaged(string(marshal(t, object))))
	}
	return marshal(t, object)
}

// wrong draws a value of another type than that of schema, or one out of bounds.
func (g generator) wrong(schema *openapi3.Schema) any {
	candidates := []any{
		g.free(2), "", "\x00", strings.Repeat("x", 300), -1, 1.5, json.Number("1e400"), json.Number("-1e-400"),
		json.Number("9223372036854775808"), json.Number("1" + strings.Repeat("0", 500)), true, []any{}, []any{nil}, map[string]any{},
		"0000-00-00", "2026-02-30T25:61:61Z", "10000-01-01T00:00:00Z", "1e9", "00000000-0000-0000-0000-00000000000g",
	}
	if schema.Max != nil {
		candidates = append(candidates, *schema.Max+1)
	}
	if schema.Min != nil {
		candidates = append(candidates, *schema.Min-1)
	}
	if schema.MaxLength != nil {
		candidates = append(candidates, g.runes(int(*schema.MaxLength)+1))
	}
	return pick(g.Rand, candidates)
}

// damaged draws a text that has been changed in one place, or the text as it is.
func (g generator) damaged(text string) string {
	if text == "" {
		return g.runes(5)
	}
	at := g.IntN(len(text))
	switch g.IntN(5) {
	case 0:
		return text[:at]
	case 1:
		return text[:at] + string([]byte{byte(g.IntN(256))}) + text[at+1:]
	case 2:
		return text[:at] + g.runes(3) + text[at:]
	case 3:
		return text[:at] + text[at/2:]
	}
	return text
}
