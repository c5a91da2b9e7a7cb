package factories

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/shopspring/decimal"
)

// Int is an optional field of 32 bits.
func Int(name string) Field { return whole(name, 10, 1, math.MinInt32, math.MaxInt32) }

// Int64 is an optional field of 64 bits. Its samples are such that a float64
// cannot hold them.
func Int64(name string) Field { return whole(name, 1<<53+1, 2, math.MinInt64, math.MaxInt64) }

// whole is a field of whole numbers from least to most. Unless they are bounded
// samples begin at first and are step apart.
func whole(name string, first, step, least, most int64) Field {
	lowest, highest := decimal.NewFromInt(least), decimal.NewFromInt(most)
	number := func(value decimal.Decimal) any { return json.Number(value.String()) }
	return Field{Name: name, values: values{
		sample: func(f Field, n int) any {
			if f.min == nil && f.max == nil {
				return number(decimal.NewFromInt(first + step*int64(n)))
			}
			low, high := f.span(1000)
			low, high = decimal.Max(low, lowest), decimal.Min(high, highest)
			count := high.Sub(low).Add(decimal.NewFromInt(1))
			return number(low.Add(decimal.NewFromInt(int64(n)).Mod(count)))
		},
		edges: func(f Field) []any {
			return f.bounded(number, lowest, decimal.Zero, highest)
		},
		wrong: func(f Field) []any {
			one := decimal.NewFromInt(1)
			wrong := []any{"1", true, 1.5, []any{}, number(lowest.Sub(one)), number(highest.Add(one)), json.Number("1e400")}
			return append(wrong, f.beyond(number)...)
		},
		literal: written,
	}}
}

// Float is an optional field of type number.
func Float(name string) Field {
	number := func(value decimal.Decimal) any { return value.InexactFloat64() }
	return Field{Name: name, values: values{
		sample: func(f Field, n int) any {
			if f.min == nil && f.max == nil {
				return 0.5 + float64(n)
			}
			return number(f.between(n))
		},
		edges: func(f Field) []any {
			return f.bounded(number, decimal.NewFromFloat(-math.MaxFloat64), decimal.Zero,
				decimal.NewFromFloat(0.1), decimal.NewFromFloat(math.SmallestNonzeroFloat64), decimal.NewFromFloat(math.MaxFloat64))
		},
		wrong: func(f Field) []any {
			wrong := []any{"1", true, []any{}, json.Number("1e400")}
			for _, value := range f.beyond(number) {
				if !slices.Contains(f.bounded(number), value) { // a float may be too large to tell
					wrong = append(wrong, value)
				}
			}
			return wrong
		},
		literal: written,
	}}
}

// Decimal is an optional field for exact numbers, which are text in JSON.
func Decimal(name string) Field {
	text := func(value decimal.Decimal) any { return value.String() }
	return Field{Name: name, values: values{
		sample: func(f Field, n int) any {
			if f.min == nil && f.max == nil {
				return fmt.Sprintf("%d.01234567890123456789", 1<<53+n)
			}
			return text(f.between(n))
		},
		edges: func(f Field) []any {
			most := decimal.RequireFromString(strings.Repeat("9", 64) + "." + strings.Repeat("9", 64))
			edges := f.bounded(text, most.Neg(), decimal.New(-1, -64), decimal.Zero, decimal.New(1, -64), most)
			if f.holds(decimal.New(15, -1)) {
				edges = append(edges, "1.50", "001.5")
			}
			return edges
		},
		wrong: func(f Field) []any {
			wrong := []any{
				1.5, 1, true, []any{}, "", "x", "1e5", "1.", ".5", "+1", " 1", "1,5", "0x10", "NaN", "Infinity",
				strings.Repeat("9", 65), "0." + strings.Repeat("9", 65),
			}
			return append(wrong, f.beyond(text)...)
		},
		answer:  func(value any) any { return number(value).String() },
		literal: written,
	}}
}

// number reads a number that the kind's file or a sample is made of.
func number(value any) decimal.Decimal {
	d, err := decimal.NewFromString(fmt.Sprint(value))
	if err != nil {
		panic(fmt.Sprintf("factories: %v", err))
	}
	return d
}

// span returns the bounds of the value; one that is missing is size away from
// the other.
func (f Field) span(size int64) (low, high decimal.Decimal) {
	switch {
	case f.min == nil:
		high = number(f.max)
		return high.Sub(decimal.NewFromInt(size)), high
	case f.max == nil:
		low = number(f.min)
		return low, low.Add(decimal.NewFromInt(size))
	}
	return number(f.min), number(f.max)
}

// between returns the n-th of 1025 values within the bounds. Their distances
// are such that floats hold them.
func (f Field) between(n int) decimal.Decimal {
	const parts = 1024
	low, high := f.span(parts)
	return low.Add(high.Sub(low).Mul(decimal.NewFromInt(int64(n % (parts + 1)))).Div(decimal.NewFromInt(parts)))
}

// bounded returns the candidates that are within the bounds, and the bounds.
func (f Field) bounded(write func(decimal.Decimal) any, candidates ...decimal.Decimal) []any {
	var all []any
	for _, bound := range []any{f.min, f.max} {
		if bound != nil {
			all = append(all, write(number(bound)))
		}
	}
	for _, c := range candidates {
		if f.holds(c) {
			all = append(all, write(c))
		}
	}
	return all
}

// holds tells whether the value is within the bounds.
func (f Field) holds(value decimal.Decimal) bool {
	return (f.min == nil || value.Cmp(number(f.min)) >= 0) && (f.max == nil || value.Cmp(number(f.max)) <= 0)
}

// beyond returns the values that are one beyond the bounds.
func (f Field) beyond(write func(decimal.Decimal) any) []any {
	var all []any
	if f.min != nil {
		all = append(all, write(number(f.min).Sub(decimal.NewFromInt(1))))
	}
	if f.max != nil {
		all = append(all, write(number(f.max).Add(decimal.NewFromInt(1))))
	}
	return all
}
