package factories_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/trexgen/trexgen/blueprints/service/pkg/handlers"
	"github.com/trexgen/trexgen/blueprints/service/test/factories"
)

// samples are fields beside the schema that they stand for.
var samples = []struct {
	field  factories.Field
	schema string
	few    int // the number of different samples, if the bounds leave few
}{
	{factories.String("f"), `{"type":"string","maxLength":255}`, 0},
	{factories.String("f").Max(1).Unique(), `{"type":"string","maxLength":1}`, 0},
	{factories.String("f").Min(3).Max(3), `{"type":"string","minLength":3,"maxLength":3}`, 0},
	{factories.Text("f"), `{"type":"string"}`, 0},
	{factories.Text("f").Min(300), `{"type":"string","minLength":300}`, 0},
	{factories.Text("f").Min(2).Max(20000), `{"type":"string","minLength":2,"maxLength":20000}`, 0},
	{factories.Int("f"), `{"type":"integer","format":"int32"}`, 0},
	{factories.Int("f").Min(0), `{"type":"integer","format":"int32","minimum":0}`, 0},
	{factories.Int("f").Max(-5), `{"type":"integer","format":"int32","maximum":-5}`, 0},
	{factories.Int("f").Min(7).Max(7), `{"type":"integer","format":"int32","minimum":7,"maximum":7}`, 1},
	{factories.Int("f").Min(-1).Max(2147483647), `{"type":"integer","format":"int32","minimum":-1,"maximum":2147483647}`, 0},
	{factories.Int("f").Max(-2147483648), `{"type":"integer","format":"int32","maximum":-2147483648}`, 1},
	{factories.Int64("f"), `{"type":"integer","format":"int64"}`, 0},
	{factories.Int64("f").Min(int64(9007199254740992)), `{"type":"integer","format":"int64","minimum":9007199254740992}`, 0},
	{factories.Int64("f").Max(3), `{"type":"integer","format":"int64","maximum":3}`, 0},
	{factories.Float("f"), `{"type":"number","format":"double"}`, 0},
	{factories.Float("f").Min(0.5).Max(0.75), `{"type":"number","format":"double","minimum":0.5,"maximum":0.75}`, 0},
	{factories.Float("f").Min(0), `{"type":"number","format":"double","minimum":0}`, 0},
	{factories.Float("f").Max(-1e300), `{"type":"number","format":"double","maximum":-1e300}`, 1},
	{factories.Decimal("f"), `{"type":"string","format":"decimal"}`, 0},
	{factories.Decimal("f").Min(0), `{"type":"string","format":"decimal","x-minimum":"0"}`, 0},
	{factories.Decimal("f").Min("-0.05").Max("0.05"), `{"type":"string","format":"decimal","x-minimum":"-0.05","x-maximum":"0.05"}`, 0},
	{factories.Decimal("f").Max("12345678901234567890.5"), `{"type":"string","format":"decimal","x-maximum":"12345678901234567890.5"}`, 0},
	{factories.Bool("f"), `{"type":"boolean"}`, 2},
	{factories.Time("f"), `{"type":"string","format":"date-time"}`, 0},
	{factories.Date("f"), `{"type":"string","format":"date"}`, 0},
	{factories.UUID("f"), `{"type":"string","format":"uuid"}`, 0},
	{factories.Ref("f", "fs", nil), `{"type":"string","format":"uuid"}`, 0},
	{factories.JSON("f"), `{}`, 0},
	{factories.Enum("f", "a"), `{"type":"string","enum":["a"]}`, 1},
	{factories.Enum("f", "a", "B-1", "c_2"), `{"type":"string","enum":["a","B-1","c_2"]}`, 3},
	{factories.List(factories.String("f").Max(2)).Min(3).Max(4), `{"type":"array","minItems":3,"maxItems":4,"items":{"type":"string","maxLength":2}}`, 0},
	{factories.List(factories.Int("f")).Max(1), `{"type":"array","maxItems":1,"items":{"type":"integer","format":"int32"}}`, 0},
	{factories.List(factories.Int64("f")).Max(0), `{"type":"array","maxItems":0,"items":{"type":"integer","format":"int64"}}`, 1},
	{factories.List(factories.Float("f")), `{"type":"array","items":{"type":"number","format":"double"}}`, 0},
	{factories.List(factories.Decimal("f")), `{"type":"array","items":{"type":"string","format":"decimal"}}`, 0},
	{factories.List(factories.Bool("f")), `{"type":"array","items":{"type":"boolean"}}`, 2},
	{factories.List(factories.Time("f")), `{"type":"array","items":{"type":"string","format":"date-time"}}`, 0},
	{factories.List(factories.Date("f")).Min(1), `{"type":"array","minItems":1,"items":{"type":"string","format":"date"}}`, 0},
	{factories.List(factories.UUID("f")), `{"type":"array","items":{"type":"string","format":"uuid"}}`, 0},
	{factories.List(factories.Text("f")), `{"type":"array","items":{"type":"string"}}`, 0},
	{factories.List(factories.Enum("f", "a", "b")), `{"type":"array","items":{"type":"string","enum":["a","b"]}}`, 2},
}

type schema openapi3.Schema

func (s *schema) Schema(string) (*openapi3.Schema, error) { return (*openapi3.Schema)(s), nil }

// read says what the service's own validation says of a value of the type T.
func read[T any](t *testing.T, text string, value any) error {
	t.Helper()
	property := new(openapi3.Schema)
	if err := json.Unmarshal([]byte(text), property); err != nil {
		t.Fatal(err)
	}
	body, err := handlers.NewBody[map[string]T]((*schema)(openapi3.NewObjectSchema().WithProperty("f", property)), "")
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(map[string]any{"f": value})
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "/", bytes.NewReader(data))
	r.Header.Set("Content-Type", "application/json")
	_, err = body.Read(r)
	return err
}

func readInt(t *testing.T, text string, value any) error {
	t.Helper()
	return read[int64](t, text, value)
}

func TestSamplesAreWhatTheirSchemaSays(t *testing.T) {
	t.Parallel()
	for i, test := range samples {
		t.Run(fmt.Sprintf("%d %s", i, test.schema), func(t *testing.T) {
			t.Parallel()
			read := read[any]
			if strings.HasPrefix(test.schema, `{"type":"integer"`) {
				read = readInt // the validation calculates with float64
			}
			const many = 30
			distinct := map[string]bool{}
			for n := range many {
				sample := test.field.Sample(n)
				distinct[fmt.Sprintf("%s", sample)] = true
				if err := read(t, test.schema, sample); err != nil {
					t.Errorf("sample %d, %.100v: %v", n, sample, err)
				}
			}
			if want := cmp.Or(test.few, many); len(distinct) != want {
				t.Errorf("%d samples differ, want %d", len(distinct), want)
			}
			for _, legal := range test.field.Legal() {
				if err := read(t, test.schema, legal); err != nil {
					t.Errorf("%.100v is legal, yet: %v", legal, err)
				}
				if err := read(t, test.schema, test.field.Answer(legal)); err != nil {
					t.Errorf("%.100v is the answer to %.100v, yet: %v", test.field.Answer(legal), legal, err)
				}
			}
			for _, wrong := range test.field.Wrong() {
				if err := read(t, test.schema, wrong); err == nil {
					t.Errorf("%.100v is wrong, yet it is read", wrong)
				}
			}
		})
	}
}

func TestAnswersAreAsStored(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		field       factories.Field
		value, want string
	}{
		{factories.Decimal("f"), "-001.50", "-1.5"},
		{factories.UUID("f"), "ABCDEF01-2345-6789-ABCD-EF0123456789", "abcdef01-2345-6789-abcd-ef0123456789"},
		{factories.Time("f"), "2026-01-01T00:00:00.1234567+01:00", "2025-12-31T23:00:00.123456Z"},
		{factories.Date("f"), "2026-01-01", "2026-01-01"},
	} {
		if got := test.field.Answer(test.value); got != test.want {
			t.Errorf("%s is answered as %v, want %s", test.value, got, test.want)
		}
		list := factories.List(test.field).Answer([]any{test.value, test.value})
		if got, want := fmt.Sprint(list), fmt.Sprint([]any{test.want, test.want}); got != want {
			t.Errorf("a list of %s is answered as %s, want %s", test.value, got, want)
		}
		if got, hasDefault := test.field.Default(test.value).LeftOut(); !hasDefault || got != test.want {
			t.Errorf("the default %s is answered as %v, want %s", test.value, got, test.want)
		}
	}
	longs := factories.List(factories.Int64("f"))
	if got, want := fmt.Sprint(longs.Answer([]any{int64(1<<53 + 1)})), "[9007199254740993]"; got != want {
		t.Errorf("a list of a large number is answered as %s, want %s", got, want)
	}
	if got, hasDefault := factories.Int("f").LeftOut(); hasDefault || got != nil {
		t.Errorf("without a default: %v, %t", got, hasDefault)
	}
	if got := factories.Decimal("f").Answer(nil); got != nil {
		t.Errorf("null is answered as %v", got)
	}
}
