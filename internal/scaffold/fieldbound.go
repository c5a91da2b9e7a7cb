package scaffold

import (
	"fmt"
	"math/big"
	"strconv"
	"unicode/utf8"
)

// A bound says what min and max of a type bound.
type bound int

const (
	noBound      bound = iota
	boundsLength       // number of characters
	boundsValue        // the number itself
)

const (
	// defaultLength is how many characters a string has at most if nobody says.
	defaultLength = 255
	// indexedLength is how many of them fit into an index: it holds about 2,700
	// bytes of a value, and a character has four at most.
	indexedLength = 600
	// maxLength is the highest bound of lengths: PostgreSQL's of varchar, rounded.
	maxLength = 10_000_000
)

// length returns how many characters the field has at most, if there is a limit.
func (f Field) length() (int, bool) {
	switch {
	case f.List || f.Type.bound != boundsLength:
		return 0, false
	case f.Max != "":
		n, err := strconv.Atoi(f.Max)
		return n, err == nil
	}
	return f.itemLength()
}

// itemLength is length for the items of a list, which are not bounded by max.
func (f Field) itemLength() (int, bool) {
	return defaultLength, f.Type.Key == "string"
}

// boundsNumber reports whether min and max are values, not sizes.
func (f Field) boundsNumber() bool { return !f.List && f.Type.bound == boundsValue }

// parseBound returns the canonical form of min or max.
func (f Field) parseBound(s string) (string, error) {
	if f.boundsNumber() {
		return f.Type.value.parse(s)
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 || n > maxLength {
		return "", fmt.Errorf("is no whole number from 0 to %d", maxLength)
	}
	return strconv.Itoa(n), nil
}

// checkBounds reports bounds that contradict each other, and a default outside of
// them.
func (p *problems) checkBounds(spec string, f Field) {
	if f.Min != "" && f.Max != "" && less(f.Max, f.Min) {
		p.addf("field %q: min=%s is more than max=%s: exchange them", spec, f.Min, f.Max)
		return
	}
	if f.Max == "0" && !f.boundsNumber() {
		p.addf("field %q: with max=0 it would always be empty: give a larger one", spec)
	}
	limit, limited := f.length()
	switch {
	case f.Max == "" && f.Min != "" && limited && less(strconv.Itoa(limit), f.Min):
		p.addf("field %q: min=%s is more than the %d characters that a string has without max: give a max too", spec, f.Min, limit)
	case (f.Unique || f.Index) && limited && limit > indexedLength:
		p.addf("field %q: max=%s is more than the %d characters that fit into an index: lower it, or leave unique and index out", spec, f.Max, indexedLength)
	}
	if f.Default != nil {
		p.checkDefaultBounds(spec, f)
	}
}

func (p *problems) checkDefaultBounds(spec string, f Field) {
	size, what := *f.Default, "is"
	least, most := f.Min, f.Max
	switch {
	case f.List:
		size, what = strconv.Itoa(len(f.items(*f.Default))), "has as many items:"
	case f.Type.bound == boundsLength:
		size, what = strconv.Itoa(utf8.RuneCountInString(*f.Default)), "has as many characters:"
		if limit, ok := f.length(); ok {
			most = strconv.Itoa(limit)
		}
	case f.Type.bound == noBound:
		return
	}
	switch {
	case least != "" && less(size, least):
		p.addf("field %q: the default %s %s, and min is %s: change one of them", spec, what, size, least)
	case most != "" && less(most, size):
		p.addf("field %q: the default %s %s, and the most is %s: change one of them", spec, what, size, most)
	}
}

// less compares numbers as they are written, without rounding.
func less(a, b string) bool {
	x, ok := new(big.Rat).SetString(a)
	y, okay := new(big.Rat).SetString(b)
	if !ok || !okay {
		panic("not numbers: " + a + ", " + b)
	}
	return x.Cmp(y) < 0
}
