package attack

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
)

// newRand returns the n-th source of chance of a seed.
func newRand(seed, n uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, n)) }

// sampler draws values that schemas allow.
type sampler struct {
	*rand.Rand
	pool *pool // of objects that are there; nil if there are none
}

func pick[T any](r *rand.Rand, all []T) T { return all[r.IntN(len(all))] }

// chance is true in one of n cases.
func (s sampler) chance(n int) bool { return s.IntN(n) == 0 }

// required draws an object with the required properties only.
func (s sampler) required(schema *openapi3.Schema) map[string]any {
	object := map[string]any{}
	all := properties(schema)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if slices.Contains(schema.Required, name) {
			object[name] = s.field(name, all[name])
		}
	}
	return object
}

// object draws an object, with most of its properties.
func (s sampler) object(schema *openapi3.Schema) map[string]any {
	object := map[string]any{}
	all := properties(schema)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		switch {
		case !slices.Contains(schema.Required, name) && s.chance(3):
		case all[name].Nullable && s.chance(6):
			object[name] = nil
		default:
			object[name] = s.field(name, all[name])
		}
	}
	return object
}

// field draws a value of the field of this name.
func (s sampler) field(name string, schema *openapi3.Schema) any {
	if s.pool != nil && schema.Format == "uuid" {
		return s.id(s.pool.collectionOf(name))
	}
	return s.value(schema)
}

// value draws a value of schema.
func (s sampler) value(schema *openapi3.Schema) any {
	switch {
	case schema == nil, schema.Type == nil && len(schema.AllOf) == 0:
		return s.free(3)
	case len(schema.Enum) > 0:
		return pick(s.Rand, schema.Enum)
	case schema.Type.Is(openapi3.TypeString):
		return s.text(schema)
	case schema.Type.Is(openapi3.TypeInteger):
		return s.integer(schema)
	case schema.Type.Is(openapi3.TypeNumber):
		return s.number(schema)
	case schema.Type.Is(openapi3.TypeBoolean):
		return s.chance(2)
	case schema.Type.Is(openapi3.TypeArray):
		items := []any{}
		for range s.between(schema.MinItems, schema.MaxItems, 3) {
			items = append(items, s.value(schema.Items.Value))
		}
		return items
	}
	return s.object(schema)
}

// between draws a length from least to most, or to room above least.
func (s sampler) between(least uint64, most *uint64, room uint64) int {
	limit := least + room
	if most != nil {
		limit = min(limit, *most)
	}
	return int(least + s.Uint64N(limit-least+1))
}

func (s sampler) text(schema *openapi3.Schema) string {
	switch schema.Format {
	case "uuid":
		return s.id("")
	case "date-time":
		return time.Unix(s.Int64N(1<<33), s.Int64N(1e9)).UTC().Format(time.RFC3339Nano)
	case "date":
		return time.Unix(s.Int64N(1<<33), 0).UTC().Format(time.DateOnly)
	case "decimal":
		return s.decimal(schema)
	}
	return s.runes(s.between(schema.MinLength, schema.MaxLength, 40))
}

// id draws the id of an object of the collection, any if it is "", or of nothing.
func (s sampler) id(collection string) string {
	if s.pool != nil && !s.chance(5) {
		if id := s.pool.id(s.Rand, collection); id != "" {
			return id
		}
	}
	return fmt.Sprintf("5eed0000-0000-4000-8000-%012x", s.Int64N(1<<48))
}

// alphabet has what means something to others than JSON.
var alphabet = []rune("abcxyz0189 '\"`;-/\\%_<>&$?:{}[]()\n\t\u00e9\u0130\u2028\u202e\ufeff\u6f22\U0001f600\U0010ffff")

func (s sampler) runes(n int) string {
	var b strings.Builder
	for range n {
		b.WriteRune(pick(s.Rand, alphabet))
	}
	return b.String()
}

func (s sampler) integer(schema *openapi3.Schema) any {
	least, most := int64(math.MinInt64), int64(math.MaxInt64)
	if schema.Format == "int32" {
		least, most = math.MinInt32, math.MaxInt32
	}
	if schema.Min != nil {
		least = max(least, int64(*schema.Min))
	}
	if schema.Max != nil && *schema.Max < float64(most) {
		most = int64(*schema.Max)
	}
	number := pick(s.Rand, []int64{least, most, 0, 1, least + 1, most - 1, s.Int64(), s.Int64N(1000)})
	return json.Number(strconv.FormatInt(min(max(number, least), most), 10))
}

func (s sampler) number(schema *openapi3.Schema) any {
	number := pick(s.Rand, []float64{0, 1, -1, 0.1, s.NormFloat64(), math.MaxFloat64, math.SmallestNonzeroFloat64, 1e21})
	if schema.Min != nil {
		number = max(number, *schema.Min)
	}
	if schema.Max != nil {
		number = min(number, *schema.Max)
	}
	return number
}

// decimal draws one of its bounds, or a number that is near to zero.
func (s sampler) decimal(schema *openapi3.Schema) string {
	candidates := []string{"0", "1", "0.5", "10.50"}
	for _, bound := range []string{"x-minimum", "x-maximum"} {
		if text, ok := schema.Extensions[bound].(string); ok {
			candidates = []string{text}
		}
	}
	return pick(s.Rand, candidates)
}

// free draws any JSON.
func (s sampler) free(depth int) any {
	kinds := 7
	if depth == 0 {
		kinds = 5
	}
	switch s.IntN(kinds) {
	case 0:
		return s.chance(2)
	case 1:
		return json.Number(strconv.FormatInt(s.Int64(), 10))
	case 2:
		return s.NormFloat64()
	case 3, 4:
		return s.runes(s.IntN(9))
	case 5:
		items := []any{}
		for range s.IntN(4) {
			items = append(items, s.free(depth-1))
		}
		return items
	}
	object := map[string]any{}
	for range s.IntN(4) {
		object[s.runes(s.IntN(6))] = s.free(depth - 1)
	}
	return object
}
