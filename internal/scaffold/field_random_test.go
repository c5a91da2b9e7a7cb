package scaffold

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"
	"pgregory.net/rapid"
)

// oddText draws texts that mean something to Go, SQL, YAML, JSON or the grammar.
var oddText = rapid.OneOf(
	rapid.String().Filter(func(s string) bool { return !strings.ContainsRune(s, 0) }),
	rapid.SampledFrom(oddTexts),
)

var oddTexts = []string{
	"", "'", "''", `"`, "`", `\`, "a;", "a; -- b", "-- +goose Down", "a\n-- +goose Down\nb", "null", "on", "1", "-", ": ", " #", "[a", "{a: b}",
	"&a", "*a", "!a", "%a", "@a", "| a", "> a", "? a", "a: b", "a #b", " a ", "$1", "[[ a ]]", "${A}", "time.Now", "json.RawMessage(`a`)", "\u2028",
	"\u0085", "\ufeff", "\U0001f600", "\U000e0001", "\x7f", "a\r\nb\tc", "FossilEntry", "fossil_entries", "github.com/trexgen/trexgen",
}

// randomValue draws a value of a type as it is written in a specification.
func randomValue(t *rapid.T, key string, values []string) string {
	switch key {
	case "int":
		return strconv.Itoa(int(rapid.Int32().Draw(t, "int")))
	case "int64":
		return strconv.FormatInt(rapid.Int64().Draw(t, "int64"), 10)
	case "float":
		return strconv.FormatFloat(rapid.Float64().Draw(t, "float"), 'g', -1, 64)
	case "decimal":
		return rapid.StringMatching(`-?[0-9]{1,40}(\.[0-9]{1,40})?`).Draw(t, "decimal")
	case "bool":
		return strconv.FormatBool(rapid.Bool().Draw(t, "bool"))
	case "time":
		return rapid.StringMatching(`20[0-9]{2}-0[1-9]-[12][0-9]T1[0-9]:[0-5][0-9]:[0-5][0-9](\.[0-9]{6})?(Z|\+0[0-9]:30)`).Draw(t, "time")
	case "date":
		return rapid.StringMatching(`[1-9][0-9]{3}-0[1-9]-[12][0-9]`).Draw(t, "date")
	case "uuid":
		return rapid.StringMatching(`[0-9a-fA-F]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`).Draw(t, "uuid")
	case "enum":
		return rapid.SampledFrom(values).Draw(t, "enum")
	case "json":
		return oddJSON(t)
	}
	return oddText.Draw(t, "text")
}

func oddJSON(t *rapid.T) string {
	var value any
	switch rapid.IntRange(0, 4).Draw(t, "kind of json") {
	case 0:
		value = rapid.Float64().Draw(t, "number")
	case 1:
		value = rapid.Bool().Draw(t, "bool")
	case 2:
		value = []any{rapid.Int().Draw(t, "item"), nil, oddText.Draw(t, "item")}
	case 3:
		value = map[string]any{oddText.Draw(t, "key"): oddText.Draw(t, "value"), "b": []int{}}
	default:
		value = oddText.Draw(t, "json text")
	}
	return jsonText(t, value)
}

// randomField draws a specification of a field; it may be one that is refused.
func randomField(t *rapid.T, name string, kinds []string) string {
	row := rapid.SampledFrom(fieldTypes).Draw(t, "type")
	f := Field{Type: &row, List: rapid.IntRange(0, 3).Draw(t, "list") == 0 && row.refuses["[]"] == ""}
	typ := row.Key
	switch row.Key {
	case "enum":
		f.Values = rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z][a-z0-9]{0,5}|[0-9]|on|null|a-b`), 1, 5, rapid.ID[string]).Draw(t, "values")
		typ += "(" + strings.Join(f.Values, "|") + ")"
	case "ref":
		typ += "(" + rapid.SampledFrom(kinds).Draw(t, "kind") + ")"
	}
	if f.List {
		typ = "[]" + typ
	}
	spec := name + ":" + typ
	for _, m := range modifiers {
		if m.refusal(f) != "" || rapid.IntRange(0, 2).Draw(t, m.Key) != 0 {
			continue
		}
		spec += ":" + m.Key
		switch {
		case m.Key == "default":
			spec += "=" + randomDefault(t, f)
		case m.Arg != "" && f.boundsNumber():
			spec += "=" + randomValue(t, row.Key, nil)
		case m.Arg != "":
			spec += "=" + strconv.Itoa(rapid.IntRange(0, 700).Draw(t, "bound"))
		}
	}
	return spec
}

func randomDefault(t *rapid.T, f Field) string {
	if !f.List {
		value := randomValue(t, f.Type.Key, f.Values)
		if f.Type.Key == "json" {
			return value
		}
		return quoteValue(value)
	}
	var items []string
	for range rapid.IntRange(0, 3).Draw(t, "items") {
		value := randomValue(t, f.Type.Key, f.Values)
		if f.Type.value.quoted {
			value = jsonText(t, value)
		}
		items = append(items, value)
	}
	return "[" + strings.Join(items, ", ") + "]"
}

// randomKind draws a kind with up to eight fields, without those that are refused.
func randomKind(t *rapid.T) Kind {
	var legal []string
	for i := range rapid.IntRange(1, 8).Draw(t, "fields") {
		name := rapid.SampledFrom([]string{"a", "type", "api_key", "x2", "on", "select", "order_no", "owner", "api", "json", "time"}).Draw(t, "name")
		spec := randomField(t, name+"_"+string(rune('a'+i)), []string{"Person", "Order", "Widget"})
		if _, err := ParseFields(spec); err == nil {
			legal = append(legal, spec)
		}
	}
	k, err := NewKind("Widget", "", legal...)
	if err != nil {
		k, err = NewKind("Widget", "", append(legal, "plain:int")...)
	}
	if err != nil {
		t.Skip(err)
	}
	k.MigrationID = "202602030001"
	return k
}

func TestRandomFieldsAreReadBackAsWritten(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		k := randomKind(t)
		var specs []string
		for _, f := range k.Fields {
			specs = append(specs, f.String())
		}
		for _, again := range [][]string{specs, {strings.Join(specs, ",")}, {strings.Join(specs, " , ")}, {strings.Join(specs, "\n")}} {
			fields, err := ParseFields(again...)
			if err != nil {
				t.Fatalf("%q: %v", again, err)
			}
			if !reflect.DeepEqual(k.Fields, fields) {
				t.Fatalf("%q is read back as %v", again, fields)
			}
		}
		var item manifestKind
		if err := yaml.Unmarshal([]byte(manifestItem(k)), &item); err != nil {
			t.Fatalf("%v\n%s", err, manifestItem(k))
		}
		if diff := cmp.Diff(specs, item.Fields); diff != "" {
			t.Fatalf("trexgen.yaml (-want +got):\n%s", diff)
		}
	})
}

// TestRandomFieldsMakeWholeFiles renders all files of kinds with random fields.
func TestRandomFieldsMakeWholeFiles(t *testing.T) {
	t.Parallel()
	b := testBlueprint(t)
	rapid.Check(t, func(t *rapid.T) { checkFiles(t, b, randomKind(t)) })
}

// TestDefaultsThatMeanSomethingElsewhereAreQuoted has a text in all places that
// a text can be in.
func TestDefaultsThatMeanSomethingElsewhereAreQuoted(t *testing.T) {
	t.Parallel()
	b := testBlueprint(t)
	for _, text := range oddTexts {
		list := jsonText(t, []string{text, "a"})
		k := mustKind(t, fmt.Sprintf("Widget a:string:default=%s,b:text:required:default=%[1]s,c:[]text:default=%s,d:json:required:default={%s:%[2]s},e:int",
			quoteValue(text), list, jsonText(t, text)), "", "202602030001")
		if got := *k.Fields[0].Default; got != text {
			t.Errorf("%q is read as %q", text, got)
		}
		checkFiles(t, b, k)
	}
}
