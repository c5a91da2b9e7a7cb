package tsl

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
)

// Type is the type of a column's values.
type Type byte

// The types.
const (
	Text Type = iota
	UUID
	Int
	Float
	Bool
	Time
	Decimal
	Date

	// JSON can only be asked whether it is null.
	JSON
)

// maxDigits bounds the digits of a Decimal, of which a database has a limit too.
const maxDigits = 1000

// Column is what a name in a search stands for.
type Column struct {
	// SQL is the column in a clause, quoted: "widgets"."weight".
	SQL  string
	Type Type

	// Bits is the size of an Int or a Float: 16, 32 or 64; 0 means 64.
	Bits int
}

// Parse reads the text of a value, which has no quotes, as an argument that the
// column can be compared to. It reports false if there is none.
func (c Column) Parse(text string) (value any, ok bool) {
	if strings.IndexByte(text, 0) >= 0 || !utf8.ValidString(text) {
		return nil, false
	}
	value, ok = types[c.Type].parse(text, c.bits())
	return value, ok && c.canHold(value)
}

// canHold tells whether the database can compare the column to value.
func (c Column) canHold(value any) bool {
	if c.Type != UUID {
		return true
	}
	id, _ := value.(string)
	_, ok := ParseUUID(id)
	return ok
}

func (c Column) bits() int {
	if c.Bits == 0 {
		return 64
	}
	return c.Bits
}

// types has one row a type: the class of its literals, how one is written,
// and how it is read.
var types = map[Type]struct {
	literal class
	wanted  string
	parse   func(text string, bits int) (any, bool)
}{
	Text:  {str, "a 'text'", func(text string, _ int) (any, bool) { return text, true }},
	UUID:  {str, "an 'id'", func(text string, _ int) (any, bool) { return text, true }},
	Int:   {number, "a whole number", parseInt},
	Float: {number, "a number", parseFloat},
	Bool:  {word, "true or false", parseBool},
	Time:  {str, "a 'time' as in '2006-01-02T15:04:05Z' or a 'date' as in '2006-01-02'", parseTime},

	Decimal: {number, "a number such as 1.5 with at most 1000 digits", parseDecimal},
	Date:    {str, "a 'date' as in '2006-01-02'", parseDate},
	JSON:    {word, "null", func(string, int) (any, bool) { return nil, false }},
}

func parseInt(text string, bits int) (any, bool) {
	n, err := strconv.ParseInt(text, 10, bits)
	return n, err == nil
}

func parseFloat(text string, bits int) (any, bool) {
	if strings.ContainsAny(text, "xX_nN") { // 0x1p4, 1_000, NaN, Inf: Go reads more than we do
		return nil, false
	}
	n, err := strconv.ParseFloat(text, max(bits, 32))
	return n, err == nil
}

// parseDecimal keeps the text: any number type would lose digits.
func parseDecimal(text string, _ int) (any, bool) {
	digits := strings.TrimLeft(text, "+-")
	before, behind, _ := strings.Cut(digits, ".")
	count := len(before) + len(behind)
	ok := len(text)-len(digits) <= 1 && 0 < count && count <= maxDigits && isDigits(before) && isDigits(behind)
	return text, ok
}

func isDigits(text string) bool { return strings.Trim(text, "0123456789") == "" }

// parseDate keeps the text of a day that exists.
func parseDate(text string, _ int) (any, bool) {
	day, err := time.Parse(time.DateOnly, text)
	return text, err == nil && day.Year() > 0
}

func parseBool(text string, _ int) (any, bool) {
	isTrue := strings.EqualFold(text, "true")
	return isTrue, isTrue || strings.EqualFold(text, "false")
}

func parseTime(text string, _ int) (any, bool) {
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC(), true
		}
	}
	return nil, false
}

// ParseUUID returns id in its canonical form, and whether it is a UUID. Only
// the form with four hyphens is one: the database reads others too, but then
// one object would have several names.
func ParseUUID(id string) (string, bool) {
	if len(id) != 36 {
		return "", false
	}
	parsed, err := uuid.Parse(id)
	return parsed.String(), err == nil
}
