package scaffold

import (
	"strings"
)

// remedies returns kinds' names that may do where n does not, the nearest first:
// n with another plural, n without what makes it impossible, n with one word
// more.
func remedies(n Name) []Name {
	words := strings.Split(n.one, "_")
	list := []Name{newName(words), {one: n.one, many: n.one + "_Records"}}
	if words[0] == "Pg" {
		words[0] = "Postgres"
	}
	words = shortened(words)
	list = append(list, newName(words))
	for _, word := range []string{"Record", "Entry", "Item"} {
		list = append(list, newName(append(words[:len(words):len(words)], word)))
	}
	return list
}

// roomyName leaves room for the plural, and for a word more.
const roomyName = maxIdentifier - 20

// shortened returns the first of the words, as many as a table's name takes.
func shortened(words []string) []string {
	size := len(words[0])
	if size > roomyName {
		return []string{words[0][:roomyName]}
	}
	for i, w := range words[1:] {
		if size += 1 + len(w); size > roomyName {
			return words[:i+1]
		}
	}
	return words
}

// remedy says what to type instead of n, by the names near to it that are ok:
// "add it with --plural TestdataRecords, or call it TestdataRecord". It is
// general if none of them is.
func remedy(n Name, ok func(Name) (bool, error)) (string, error) {
	var plural, other string
	for _, r := range remedies(n) {
		if r == n || r.one == n.one && plural != "" || r.one != n.one && other != "" {
			continue
		}
		fine, err := ok(r)
		switch {
		case err != nil:
			return "", err
		case fine && r.one == n.one:
			plural = "add it with --plural " + r.Many().Spelled()
		case fine:
			other = "call it " + r.Spelled()
		}
	}
	switch {
	case plural != "" && other != "":
		return plural + ", or " + other, nil
	case plural+other != "":
		return plural + other, nil
	}
	return "choose another name or plural", nil
}

// suggestName returns a spelling near to s that makes a name, or "" if there is
// none that is near enough to be meant.
func suggestName(s string) string {
	plain := withoutAccents.Replace(s)
	for i := range len(plain) {
		if plain[i] >= 0x80 {
			return "" // without its letters it is another word
		}
	}
	words := strings.FieldsFunc(plain, func(r rune) bool {
		c := byte(r)
		return !isUpper(c) && !isLower(c) && !isDigit(c)
	})
	clean := strings.Join(words, "-")
	digits := len(clean) - len(strings.TrimLeft(clean, "0123456789"))
	switch digits {
	case 0:
		return clean
	case 1:
		clean = numerals[clean[0]-'0'] + "-" + clean[1:]
	default:
		clean = "n" + clean
	}
	return strings.TrimRight(strings.ReplaceAll(clean, "--", "-"), "-")
}

var numerals = []string{"zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"}

// withoutAccents writes the letters of Latin alphabets in ASCII.
var withoutAccents = strings.NewReplacer(accents(
	"A", "ÀÁÂÃÄÅĀĂĄ", "AE", "Æ", "C", "ÇĆĈĊČ", "D", "ĎĐÐ", "E", "ÈÉÊËĒĔĖĘĚ", "G", "ĜĞĠĢ", "H", "ĤĦ", "I", "ÌÍÎÏĨĪĬĮİ",
	"J", "Ĵ", "K", "Ķ", "L", "ĹĻĽŁ", "N", "ÑŃŅŇ", "O", "ÒÓÔÕÖØŌŎŐ", "OE", "Œ", "R", "ŔŖŘ", "S", "ŚŜŞŠȘ", "T", "ŢŤŦȚ",
	"TH", "Þ", "U", "ÙÚÛÜŨŪŬŮŰŲ", "W", "Ŵ", "Y", "ÝŶŸ", "Z", "ŹŻŽ",
	"a", "àáâãäåāăą", "ae", "æ", "c", "çćĉċč", "d", "ďđð", "e", "èéêëēĕėęě", "g", "ĝğġģ", "h", "ĥħ", "i", "ìíîïĩīĭįı",
	"j", "ĵ", "k", "ķ", "l", "ĺļľł", "n", "ñńņň", "o", "òóôõöøōŏő", "oe", "œ", "r", "ŕŗř", "s", "śŝşšș", "ss", "ß",
	"t", "ţťŧț", "th", "þ", "u", "ùúûüũūŭůűų", "w", "ŵ", "y", "ýŷÿ", "z", "źżž",
)...)

// accents turns rows of plain letters and their variants into pairs.
func accents(rows ...string) []string {
	var pairs []string
	for i := 0; i < len(rows); i += 2 {
		for _, r := range rows[i+1] {
			pairs = append(pairs, string(r), rows[i])
		}
	}
	return pairs
}
