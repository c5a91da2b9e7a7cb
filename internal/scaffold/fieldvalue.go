package scaffold

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// A valueForm says how the values of a type are written.
type valueForm struct {
	// parse returns the canonical form of a value. Its error goes on after the value:
	// "is no whole number".
	parse func(string) (string, error)
	// quoted says that a value is a string in JSON and in SQL.
	quoted bool
	// code returns a value in canonical form as an expression of Go.
	code func(string) string
}

// textValue is the form of texts.
var textValue = valueForm{parse: parseText, quoted: true, code: strconv.Quote}

func parseText(s string) (string, error) {
	switch {
	case !utf8.ValidString(s):
		return "", errors.New("is not in UTF-8")
	case strings.ContainsRune(s, 0):
		return "", errors.New("has a NUL byte, which PostgreSQL does not keep")
	}
	return s, nil
}

func parseInt(bits int) func(string) (string, error) {
	least := int64(-1) << (bits - 1)
	return func(s string) (string, error) {
		n, err := strconv.ParseInt(s, 10, bits)
		if err != nil {
			return "", fmt.Errorf("is no whole number from %d to %d, such as 42", least, ^least)
		}
		return strconv.FormatInt(n, 10), nil
	}
}

func parseFloat(s string) (string, error) {
	n, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsInf(n, 0) || math.IsNaN(n) || !floatDigits.MatchString(s) {
		return "", errors.New("is no number of 64 bits, such as 1.5")
	}
	if size := math.Abs(n); size != 0 && (size < 1e-6 || size >= 1e21) { // as in JSON
		return strconv.FormatFloat(n, 'e', -1, 64), nil
	}
	return strconv.FormatFloat(n+0, 'f', -1, 64), nil // +0, since Go has no constant -0
}

// floatDigits keeps out what only Go takes for a number: 0x1p4, 1_000.
var floatDigits = regexp.MustCompile(`^[-+]?[0-9]*\.?[0-9]*([eE][-+]?[0-9]+)?$`)

// decimalDigits is how many digits a decimal has at most before and behind its
// point: what the service takes.
const decimalDigits = 64

var decimalParts = regexp.MustCompile(`^(-?)([0-9]+)(?:\.([0-9]+))?$`)

func parseDecimal(s string) (string, error) {
	m := decimalParts.FindStringSubmatch(s)
	if m == nil {
		return "", errors.New("is no decimal number, such as 1.50")
	}
	whole, fraction := strings.TrimLeft(m[2], "0"), strings.TrimRight(m[3], "0")
	if len(m[2]) > decimalDigits || len(m[3]) > decimalDigits {
		return "", fmt.Errorf("has more than %d digits before or behind its point", decimalDigits)
	}
	text := m[1]
	switch {
	case whole+fraction == "":
		return "0", nil
	case whole == "":
		whole = "0"
	}
	text += whole
	if fraction != "" {
		text += "." + fraction
	}
	return text, nil
}

func parseBool(s string) (string, error) {
	if s != "true" && s != "false" {
		return "", errors.New("is neither true nor false")
	}
	return s, nil
}

func parseTime(s string) (string, error) {
	t, err := time.Parse(time.RFC3339, s)
	switch {
	case err != nil:
		return "", errors.New("is no moment, such as '2026-01-31T12:30:00Z'")
	case t.Nanosecond()%1000 != 0:
		return "", errors.New("is finer than the microseconds that PostgreSQL keeps")
	case t.UTC().Year() < 1 || t.UTC().Year() > 9999:
		return "", errors.New("is outside of the years 0001 to 9999")
	}
	return t.UTC().Format(time.RFC3339Nano), nil
}

func parseDate(s string) (string, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil || t.Year() < 1 {
		return "", errors.New("is no date, such as 2026-01-31")
	}
	return s, nil
}

var uuidForm = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

func parseUUID(s string) (string, error) {
	s = strings.ToLower(s)
	if !uuidForm.MatchString(s) {
		return "", errors.New("is no UUID of 36 characters, such as 018f2b6c-5a4e-7c3d-9b1a-0123456789ab")
	}
	return s, nil
}

// The functions below return values in canonical form as expressions of Go.

func bareCode(s string) string { return s }

func callCode(fn string) func(string) string {
	return func(s string) string { return fn + "(" + strconv.Quote(s) + ")" }
}

func jsonCode(s string) string {
	if strconv.CanBackquote(s) {
		return "json.RawMessage(`" + s + "`)"
	}
	return "json.RawMessage(" + strconv.Quote(s) + ")"
}

func timeCode(s string) string {
	t, _ := time.Parse(time.RFC3339, s) // in canonical form
	return fmt.Sprintf("time.Date(%d, time.%s, %d, %d, %d, %d, %d, time.UTC)",
		t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond())
}

func dateCode(s string) string {
	t, _ := time.Parse(time.DateOnly, s) // in canonical form
	return fmt.Sprintf("api.Date{Year: %d, Month: time.%s, Day: %d}", t.Year(), t.Month(), t.Day())
}
