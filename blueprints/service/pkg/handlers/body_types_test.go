package handlers

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/oapi-codegen/nullable"
	"github.com/shopspring/decimal"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/apierror"
)

type color string

// typed has a field of each type, and lists.
type typed struct {
	Price   decimal.Decimal                      `json:"price"`
	On      nullable.Nullable[api.Date]          `json:"on,omitempty"`
	Code    *uuid.UUID                           `json:"code,omitempty"`
	Data    nullable.Nullable[json.RawMessage]   `json:"data,omitempty"`
	Must    json.RawMessage                      `json:"must,omitempty"`
	Color   nullable.Nullable[color]             `json:"color,omitempty"`
	Name    string                               `json:"name,omitempty"`
	Big     int64                                `json:"big,omitempty"`
	Weight  float64                              `json:"weight,omitempty"`
	Prices  nullable.Nullable[[]decimal.Decimal] `json:"prices,omitempty"`
	Days    []api.Date                           `json:"days,omitempty"`
	Codes   []uuid.UUID                          `json:"codes,omitempty"`
	Times   []time.Time                          `json:"times,omitempty"`
	Colors  []color                              `json:"colors,omitempty"`
	Sizes   []int32                              `json:"sizes,omitempty"`
	Weights []float64                            `json:"weights,omitempty"`
	Longs   nullable.Nullable[[]int64]           `json:"longs,omitempty"`
	Names   []string                             `json:"names,omitempty"`
	Flags   nullable.Nullable[[]bool]            `json:"flags,omitempty"`
}

const typedSchema = `{"type": "object", "additionalProperties": false, "required": ["price"], "properties": {
	"price": {"type": "string", "format": "decimal", "x-minimum": "-0.5", "x-maximum": "12345678901234567890.5"},
	"on": {"type": "string", "format": "date", "nullable": true},
	"code": {"type": "string", "format": "uuid"},
	"data": {"x-go-type": "json.RawMessage", "nullable": true},
	"must": {"x-go-type": "json.RawMessage"},
	"color": {"type": "string", "enum": ["red", "blue"], "x-go-type": "color", "nullable": true},
	"name": {"type": "string", "minLength": 2, "maxLength": 4},
	"big": {"type": "integer", "format": "int64", "minimum": 1, "maximum": 1000000},
	"weight": {"type": "number", "format": "double", "minimum": 0.5},
	"prices": {"type": "array", "nullable": true, "items": {"type": "string", "format": "decimal", "x-maximum": "10"}},
	"days": {"type": "array", "items": {"type": "string", "format": "date"}},
	"codes": {"type": "array", "items": {"type": "string", "format": "uuid"}},
	"times": {"type": "array", "items": {"type": "string", "format": "date-time"}},
	"colors": {"type": "array", "minItems": 1, "maxItems": 2, "items": {"type": "string", "enum": ["red", "blue"]}},
	"sizes": {"type": "array", "items": {"type": "integer", "format": "int32"}},
	"weights": {"type": "array", "items": {"type": "number", "format": "double"}},
	"longs": {"type": "array", "nullable": true, "items": {"type": "integer", "format": "int64"}},
	"names": {"type": "array", "maxItems": 1, "items": {"type": "string", "maxLength": 3}},
	"flags": {"type": "array", "nullable": true, "items": {"type": "boolean"}}}}`

// newTypedBody reads patches that may have all fields but label.
func newTypedBody(t *testing.T) Body[typed] {
	t.Helper()
	var patch, create openapi3.Schema
	for text, schema := range map[string]*openapi3.Schema{
		typedSchema: &patch,
		strings.Replace(typedSchema, `"price":`, `"label": {"type": "string"}, "price":`, 1): &create,
	} {
		if err := json.Unmarshal([]byte(text), schema); err != nil {
			t.Fatal(err)
		}
	}
	body, err := NewPatchBody[typed](schemas{"Patch": &patch, "Create": &create}, "Patch", "Create")
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func TestEveryTypeIsRefusedByName(t *testing.T) {
	t.Parallel()
	body := newTypedBody(t)
	deep := func(levels int) string {
		return strings.Repeat(`{"a":[`, levels/2) + strings.Repeat("[", levels%2) + strings.Repeat("]", levels%2) + strings.Repeat("]}", levels/2)
	}
	for fields, reason := range map[string]string{
		`"price":1.5`:                    `price: a number in quotes as in "1.5", with at most 64 digits before and 64 behind the point, is wanted`,
		`"price":""`:                     "price: a number in quotes",
		`"price":"1e5"`:                  "price: a number in quotes",
		`"price":"+1"`:                   "price: a number in quotes",
		`"price":"1."`:                   "price: a number in quotes",
		`"price":"٣"`:                    "price: a number in quotes",
		`"price":"1\n"`:                  "price: a number in quotes",
		`"price":"-0.51"`:                "price: at least -0.5 is wanted",
		`"price":"12345678901234567891"`: "price: at most 12345678901234567890.5 is allowed",
		`"price":null`:                   "price may not be null",
		`"on":"2026-02-30"`:              "on: a date as in 2006-01-02, the year from 0001 to 9999, is wanted",
		`"on":"0000-01-01"`:              "on: a date",
		`"on":"2026-01-01T00:00:00Z"`:    "on: a date",
		`"on":20260101`:                  "on: a date",
		`"code":"01890a5dac96774bbcceb302099a8057"`:         "code: a UUID as in",
		`"code":"urn:uuid:01890a5d-ac96-774b-bcce-b302099"`: "code: a UUID as in",
		`"code":"01890a5d-ac96-774b-bcce-b302099a805g"`:     "code: a UUID as in",
		`"code":null`:                        "code may not be null",
		`"must":null`:                        "must may not be null",
		`"data":{"a":{"b\u0000":1}}`:         "data: the NUL character is not allowed",
		`"data":["x",{"b":"\u0000"}]`:        "data: the NUL character is not allowed",
		`"data":1e999999999999999999999`:     "data: a number has more than 400 digits",
		`"data":[-1e-999]`:                   "data: a number has more than 400 digits",
		`"must":1e400`:                       "must: a number has more than 400 digits",
		`"data":` + strings.Repeat("9", 401): "data: a number has more than 400 digits",
		`"data":[{"a":[` + strings.Repeat("1e399,", 2700) + `0]}]`: "data: its exponents stand for more than 1048576 digits",
		`"weights":[` + strings.Repeat("1e-300,", 3600) + `0]`:     "weights: its exponents stand for more than 1048576 digits",
		`"data":` + deep(101):                   "data: more than 100 levels",
		`"color":"green"`:                       "color: one of red, blue is wanted",
		`"color":"Red"`:                         "color: one of red, blue",
		`"color":1`:                             "color: ",
		`"name":"é"`:                            "name: at least 2 characters are wanted",
		`"name":"ééééé"`:                        "name: at most 4 characters are allowed",
		`"name":"a\u0000"`:                      "name: the NUL character",
		`"big":0`:                               "big: at least 1 is wanted",
		`"big":1000001`:                         "big: at most 1000000 is allowed",
		`"big":1.5`:                             "big: a value of the type integer (int64) is wanted",
		`"big":1e3`:                             "big: a value of the type integer (int64) is wanted",
		`"big":1.0`:                             "big: a value of the type integer (int64) is wanted",
		`"sizes":[1.0]`:                         "sizes.0: a value of the type integer (int32) is wanted",
		`"longs":[0,9223372036854775808]`:       "longs.1: a value of the type integer (int64) is wanted",
		`"longs":[-9223372036854775809]`:        "longs.0: a value of the type integer (int64) is wanted",
		`"longs":[1e19]`:                        "longs.0: a value of the type integer (int64) is wanted",
		`"big":1e30`:                            "big: ",
		`"weight":0.25`:                         "weight: at least 0.5 is wanted",
		`"weight":1e999`:                        "weight: a value of the type number (double) is wanted",
		`"prices":["1",null]`:                   "prices.1 may not be null",
		`"prices":["1","x"]`:                    "prices.1: a number in quotes",
		`"prices":["11","1"]`:                   "prices.0: at most 10 is allowed",
		`"prices":"1"`:                          "prices: a value of the type array",
		`"days":["2026-01-01","2026-13-01"]`:    "days.1: a date",
		`"codes":["x"]`:                         "codes.0: a UUID",
		`"times":["2026-01-01"]`:                "times.0: a time as in 2006-01-02T15:04:05Z",
		`"times":["2026-01-01T0:00:00Z"]`:       "times.0: a time as in 2006-01-02T15:04:05Z",
		`"times":["2026-01-01T00:00:00,5Z"]`:    "times.0: a time as in 2006-01-02T15:04:05Z",
		`"times":["2026-01-01T00:00:00+24:00"]`: "times.0: a time as in 2006-01-02T15:04:05Z",
		`"times":["2026-01-01T00:00:00Z\\n"]`:   "times.0: a time as in 2006-01-02T15:04:05Z",
		`"colors":[]`:                           "colors: at least 1 item is wanted",
		`"colors":["red","red","red"]`:          "colors: at most 2 items are allowed",
		`"colors":["green"]`:                    "colors.0: one of red, blue is wanted",
		`"sizes":[2147483648]`:                  "sizes.0: a value of the type integer (int32)",
		`"sizes":[1,[2]]`:                       "sizes.1: ",
		`"names":["long","x"]`:                  "names: at most 1 item is allowed",
		`"names":["a\u0000"]`:                   "names.0: the NUL character",
		`"flags":[null]`:                        "flags.0 may not be null",
		`"days":null`:                           "days may not be null",
		`"label":"x"`:                           "label may not be changed",
		`"lable":"x"`:                           "lable is no field that can be set",
	} {
		if !strings.HasPrefix(fields, `"price":`) {
			fields = `"price":"1",` + fields
		}
		_, err := body.Read(request("application/json", "{"+fields+"}"))
		if err == nil || apierror.From(err).Code != apierror.Validation || !strings.Contains(err.Error(), reason) {
			t.Errorf("%.80s: got %.300v; want the code %d and %q", fields, err, apierror.Validation, reason)
		}
	}
	for _, malformed := range []string{`"name":"\ud800"`, `"data":{"\udc00":1}`, `"data":{"a":1,"a":2}`, "\"data\":\"\xff\"", `"data":01`, `"data":NaN`} {
		_, err := body.Read(request("application/json", `{"price":"1",`+malformed+"}"))
		if err == nil || apierror.From(err).Code != apierror.Malformed {
			t.Errorf("%s: got %v; want the code %d", malformed, err, apierror.Malformed)
		}
	}
}

func TestEveryWrongFieldIsNamed(t *testing.T) {
	t.Parallel()
	_, err := newTypedBody(t).Read(request("application/json",
		`{"price":"-1","on":"x","data":"\u0000","color":"x","prices":["11",null],"names":["long"],"label":1,"other":1,"big":1e3,"times":["2026-01-01T0:00:00Z"]}`))
	for _, field := range []string{"price", "on", "data", "color", "big", "times.0", "prices.0", "prices.1", "names.0", "label", "other"} {
		if err == nil || !strings.Contains(err.Error(), field) {
			t.Errorf("%v does not name %s", err, field)
		}
	}
}

func TestEveryTypeIsRead(t *testing.T) {
	t.Parallel()
	id := "ABCDEF01-2345-6789-abcd-ef0123456789"
	deepest := strings.Repeat("[", 100) + strings.Repeat("]", 100)
	got, err := newTypedBody(t).Read(request("application/json", `{"price":"-0.50","on":"0001-01-01","code":"`+id+`",
		"data":`+deepest+`,"must":[1.7976931348623157e308,4.9406564584124654e-324,0e0,"a\ud83d\ude00"],"color":null,"name":"😀é",
		"big":1000000,"weight":0.5,"prices":[],"days":["9999-12-31"],"codes":["`+id+`"],"times":["2026-01-01T00:00:00+01:00"],
		"colors":["red","red"],"sizes":[-2147483648],"names":["ééé"],"flags":null,
		"weights":[`+strings.Repeat("1e300,", 3400)+`0]}`))
	if err != nil {
		t.Fatal(err)
	}
	want := typed{
		Price: decimal.RequireFromString("-0.5"), On: nullable.NewNullableWithValue(api.Date{Year: 1, Month: 1, Day: 1}),
		Code: new(uuid.MustParse(id)), Data: nullable.NewNullableWithValue(json.RawMessage(deepest)),
		Must:  json.RawMessage(`[1.7976931348623157e308,4.9406564584124654e-324,0e0,"a\ud83d\ude00"]`),
		Color: nullable.NewNullNullable[color](), Name: "😀é", Big: 1_000_000, Weight: 0.5,
		Prices: nullable.NewNullableWithValue([]decimal.Decimal{}), Days: []api.Date{{Year: 9999, Month: 12, Day: 31}},
		Codes: []uuid.UUID{uuid.MustParse(id)}, Times: []time.Time{time.Date(2025, 12, 31, 23, 0, 0, 0, time.UTC)},
		Colors: []color{"red", "red"}, Sizes: []int32{-1 << 31}, Names: []string{"ééé"}, Flags: nullable.NewNullNullable[[]bool](),
	}
	if got.Weights = got.Weights[3399:]; got.Weights[0] != 1e300 || got.Weights[1] != 0 {
		t.Errorf("the last weights are %v, want 1e300 and 0", got.Weights)
	}
	got.Weights = nil
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("read (-want +got):\n%s", diff)
	}
}
