package services

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/shopspring/decimal"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
)

func TestSame(t *testing.T) {
	t.Parallel()
	type state string
	type kind struct {
		api.Meta
		Value decimal.Decimal
		Maybe *decimal.Decimal
		At    time.Time
		On    *api.Date
		Data  *json.RawMessage
		State state
		Tags  []string
		Sums  *[]decimal.Decimal
		Of    *string    `gorm:"column:of_id;type:uuid"`
		By    string     `gorm:"type:uuid"`
		Code  *uuid.UUID `gorm:"type:uuid"`
		cache int        // what a kind keeps and does not store
	}
	d := decimal.RequireFromString
	raw := func(text string) *json.RawMessage { return new(json.RawMessage(text)) }
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	base := kind{Of: new("abc"), By: "def", Code: new(uuid.UUID), State: "red", Value: d("1.5"), At: at, Data: raw(`{"a":[1.50,{"b":null}],"c":"é"}`), Tags: []string{}, Sums: &[]decimal.Decimal{d("2")}}
	for name, test := range map[string]struct {
		change func(*kind)
		want   bool
	}{
		"nothing":                     {func(*kind) {}, true},
		"zeros behind":                {func(k *kind) { k.Value = d("1.500") }, true},
		"another number":              {func(k *kind) { k.Value = d("1.51") }, false},
		"a number for null":           {func(k *kind) { k.Maybe = new(d("0")) }, false},
		"another time zone":           {func(k *kind) { k.At = at.In(time.FixedZone("", 3600)) }, true},
		"another moment":              {func(k *kind) { k.At = at.Add(time.Microsecond) }, false},
		"a date for null":             {func(k *kind) { k.On = &api.Date{Year: 2026, Month: 1, Day: 1} }, false},
		"order of names, spaces":      {func(k *kind) { k.Data = raw(` {"c":"\u00e9", "a":[15e-1,{"b":null}]}`) }, true},
		"another number in JSON":      {func(k *kind) { k.Data = raw(`{"a":[1.51,{"b":null}],"c":"é"}`) }, false},
		"a name less in JSON":         {func(k *kind) { k.Data = raw(`{"a":[1.50,{}],"c":"é"}`) }, false},
		"order of items":              {func(k *kind) { k.Data = raw(`{"a":[{"b":null},1.50],"c":"é"}`) }, false},
		"text for number":             {func(k *kind) { k.Data = raw(`{"a":["1.50",{"b":null}],"c":"é"}`) }, false},
		"null for JSON":               {func(k *kind) { k.Data = nil }, false},
		"another enum":                {func(k *kind) { k.State = "x" }, false},
		"a list that is nil":          {func(k *kind) { k.Tags = nil }, true},
		"one item more":               {func(k *kind) { k.Tags = []string{"a"} }, false},
		"zeros behind in a list":      {func(k *kind) { k.Sums = &[]decimal.Decimal{d("2.0")} }, true},
		"another number in a list":    {func(k *kind) { k.Sums = &[]decimal.Decimal{d("3")} }, false},
		"an id in capitals":           {func(k *kind) { k.Of, k.By = new("ABC"), "DEF" }, true},
		"another id":                  {func(k *kind) { k.Of = new("abd") }, false},
		"null for an id":              {func(k *kind) { k.Of = nil }, false},
		"another id of bytes":         {func(k *kind) { k.Code = new(uuid.Max) }, false},
		"null for bytes":              {func(k *kind) { k.Code = nil }, false},
		"text in capitals":            {func(k *kind) { k.State = "RED" }, false},
		"null for a list":             {func(k *kind) { k.Sums = nil }, false},
		"a field of the embedded":     {func(k *kind) { k.ID = "x" }, false},
		"a field that is not written": {func(k *kind) { k.cache = 1 }, true},
	} {
		other := base
		test.change(&other)
		for _, pair := range [][2]kind{{base, other}, {other, base}} {
			if got := same(reflect.ValueOf(pair[0]), reflect.ValueOf(pair[1])); got != test.want {
				t.Errorf("%s: same is %t, want %t", name, got, test.want)
			}
		}
	}
}

// Digits that a float64 does not hold make a difference.
func TestSameJSONIsExact(t *testing.T) {
	t.Parallel()
	if sameJSON([]byte(`9007199254740993`), []byte(`9007199254740992`)) {
		t.Error("two large numbers are taken for one")
	}
	if !sameJSON([]byte(`[1e2,-0]`), []byte(`[100,0.0]`)) {
		t.Error("100 and 1e2, 0 and -0 are not the same")
	}
	if sameJSON([]byte(`{`), []byte(`[`)) {
		t.Error("what is no JSON is the same")
	}
}
