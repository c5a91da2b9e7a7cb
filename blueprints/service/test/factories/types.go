package factories

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxVarchar is the length of strings that have no bound of their own.
const maxVarchar = 255

// String is an optional field for short text.
func String(name string) Field { return Text(name).Max(maxVarchar) }

// Text is an optional field for text.
func Text(name string) Field {
	return Field{Name: name, values: values{sample: sampleText, edges: oddTexts, wrong: wrongTexts, literal: quoted}}
}

// Bool is an optional field of type boolean.
func Bool(name string) Field {
	return Field{Name: name, values: values{
		sample:  func(_ Field, n int) any { return n%2 == 1 },
		edges:   these(true, false),
		wrong:   these("true", 1, []any{true}),
		literal: written,
	}}
}

// Time is an optional field for a point in time.
func Time(name string) Field {
	return Field{Name: name, values: values{
		// UTC with microseconds, as stored.
		sample: func(_ Field, n int) any {
			return time.Date(2026, time.January, 1, 12, 30, 0, 123456000, time.UTC).AddDate(0, 0, n).Format(time.RFC3339Nano)
		},
		edges:   these("0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z", "2026-07-01T01:02:03.123456789+05:30"),
		wrong:   these(1, "yesterday", "2026-01-01", "2026-02-30T00:00:00Z", "2026-01-01T00:00:00"),
		answer:  answerTime,
		literal: quoted,
	}}
}

func answerTime(value any) any {
	t, err := time.Parse(time.RFC3339, fmt.Sprint(value))
	if err != nil {
		panic(fmt.Sprintf("factories: %v", err))
	}
	return t.UTC().Truncate(time.Microsecond).Format(time.RFC3339Nano)
}

// Date is an optional field for a day.
func Date(name string) Field {
	return Field{Name: name, values: values{
		sample: func(_ Field, n int) any {
			return time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, n).Format(time.DateOnly)
		},
		edges:   these("0001-01-01", "2024-02-29", "9999-12-31"),
		wrong:   these(20260101, "yesterday", "2026-02-30", "2026-1-1", "0000-01-01", "2026-01-01T00:00:00Z"),
		literal: quoted,
	}}
}

// UUID is an optional field for an id of something outside of the service.
func UUID(name string) Field {
	return Field{Name: name, values: values{
		sample:  func(_ Field, n int) any { return fmt.Sprintf("5eed0000-0000-4000-8000-%012d", n) },
		edges:   these("00000000-0000-0000-0000-000000000000", "ABCDEF01-2345-6789-abcd-ef0123456789"),
		wrong:   wrongIDs,
		answer:  lower,
		literal: quoted,
	}}
}

func wrongIDs(Field) []any {
	return []any{1, "1", "5eed00000000400080000000000000aa", "{5eed0000-0000-4000-8000-0000000000aa}", "5eed0000-0000-4000-8000-00000000000g"}
}

func lower(value any) any { return strings.ToLower(fmt.Sprint(value)) }

// Ref is an optional field that refers to the kind whose path and fields are
// given. Its samples are ids of nothing.
func Ref(name, path string, fields func() []Field) Field {
	field := UUID(name)
	field.Target = &Target{Path: path, Fields: fields}
	field.values.edges = these()
	return field
}

// Enum is an optional field that has one of the options.
func Enum(name string, options ...string) Field {
	return Field{Name: name, values: values{
		sample: func(_ Field, n int) any { return options[n%len(options)] },
		edges: func(Field) []any {
			var all []any
			for _, option := range options {
				all = append(all, option)
			}
			return all
		},
		wrong:   these(1, "", "none of "+strings.Join(options, " ")),
		literal: quoted,
	}}
}

// JSON is an optional field for any JSON value.
func JSON(name string) Field {
	nested := func(levels int) json.RawMessage {
		return json.RawMessage(strings.Repeat("[", levels) + strings.Repeat("]", levels))
	}
	return Field{Name: name, values: values{
		sample: func(f Field, n int) any {
			return json.RawMessage(fmt.Sprintf(`{"z":{"name":%q,"n":%d},"a":[1.50,-0.000001,12345678901234567890,"<é>",true,null,{},[]]}`, f.Name, n))
		},
		edges: these(false, 0, "", "text", []any{}, json.RawMessage(`{"":[{"":{}}]}`), nested(100)),
		wrong: these(json.RawMessage(`{"a":["\u0000"]}`), json.RawMessage(`{"a":{"\u0000":1}}`), json.RawMessage(`[1e1000]`), nested(101)),
	}}
}

// maxItems bounds the lists that are tried, since bodies are bounded.
const maxItems = 2000

// List is an optional field for a list of what item is for. Its bounds are of
// the number of items.
func List(item Field) Field {
	lengths := func(f Field, length int) (least, most int) {
		least, most = f.length(f.min, 0), f.length(f.max, max(length, f.length(f.min, 0)))
		return least, most
	}
	sample := func(f Field, n, length int) any {
		least, most := lengths(f, length)
		items := []any{}
		for i := range min(max(length, least), most) {
			items = append(items, item.Sample(n+i))
		}
		return items
	}
	return Field{Name: item.Name, values: values{
		sample: func(f Field, n int) any { return sample(f, n, 2) },
		edges: func(f Field) []any {
			edges := []any{sample(f, 1, f.length(f.min, 0)), sample(f, 1, min(f.length(f.max, 50), maxItems))}
			for _, legal := range item.Legal() {
				items, _ := sample(f, 1, 2).([]any)
				if len(items) > 0 {
					edges = append(edges, append(slices.Clone(items[1:]), legal))
				}
			}
			return edges
		},
		wrong: func(f Field) []any {
			wrong := []any{"text", 1, map[string]any{}, []any{nil}, []any{[]any{}}}
			for _, one := range item.Wrong() {
				wrong = append(wrong, []any{one})
			}
			if least := f.length(f.min, 0); least > 0 {
				wrong = append(wrong, sample(Field{}, 1, least-1))
			}
			if most := f.length(f.max, maxItems); most < maxItems {
				wrong = append(wrong, sample(Field{}, 1, most+1))
			}
			return wrong
		},
		answer: func(value any) any { return answerList(item, value) },
	}}
}

func answerList(item Field, value any) any {
	var items []any
	data, err := json.Marshal(value)
	if err == nil {
		decoder := json.NewDecoder(bytes.NewReader(data))
		decoder.UseNumber() // as they are written
		err = decoder.Decode(&items)
	}
	if err != nil {
		panic(fmt.Sprintf("factories: a list of %s: %v", item.Name, err))
	}
	for i := range items {
		items[i] = item.Answer(items[i])
	}
	return items
}

// these returns the values for every field.
func these(list ...any) func(Field) []any { return func(Field) []any { return list } }

func quoted(value any) string { return "'" + strings.ReplaceAll(fmt.Sprint(value), "'", "''") + "'" }

func written(value any) string { return fmt.Sprint(value) }

// length is a bound of a length; there need be none.
func (f Field) length(bound any, without int) int {
	if bound == nil {
		return without
	}
	length, err := strconv.Atoi(fmt.Sprint(bound))
	if err != nil {
		panic(fmt.Sprintf("factories: %s: the bound %v of a length: %v", f.Name, bound, err))
	}
	return length
}
