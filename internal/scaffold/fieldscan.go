package scaffold

import "strings"

// splitFields splits a list of specifications at commas and at white space, but
// for that around a colon. The pieces may be empty.
func splitFields(list string) []string {
	var specs []string
	for _, part := range splitOutside(list, ",") {
		joined := false // a colon came last
		for _, word := range splitOutside(part, " \t\r\n") {
			if word == "" {
				continue
			}
			if joined || word[0] == ':' && len(specs) > 0 {
				specs[len(specs)-1] += word
			} else {
				specs = append(specs, word)
			}
			joined = strings.HasSuffix(word, ":")
		}
	}
	return specs
}

// splitOutside splits s at any of the separators that stands outside of brackets
// and quotes. What is never closed reaches to the end.
func splitOutside(s, separators string) []string {
	var parts []string
	var sc specScanner
	start := 0
	for i := range len(s) {
		if sc.outside() && strings.IndexByte(separators, s[i]) >= 0 {
			parts = append(parts, s[start:i])
			start = i + 1
		}
		sc.next(s, i)
	}
	return append(parts, s[start:])
}

// neverClosed returns the bracket or quote in s that has no end, or "".
func neverClosed(s string) string {
	var sc specScanner
	for i := range len(s) {
		sc.next(s, i)
	}
	switch {
	case sc.quote != 0:
		return string(sc.quote)
	case len(sc.open) > 0:
		return string(sc.open[len(sc.open)-1])
	}
	return ""
}

// A specScanner follows a specification into brackets and quotes. Quotes begin
// right after = or inside of [ and {; everywhere else they are letters.
type specScanner struct {
	open   []byte // brackets, the innermost last
	quote  byte   // ' or " if inside of one
	skip   bool   // the next byte is escaped
	behind bool   // the last byte was = outside of everything
}

func (sc *specScanner) outside() bool { return len(sc.open) == 0 && sc.quote == 0 }

// next takes the byte at i.
func (sc *specScanner) next(s string, i int) {
	c, behind := s[i], sc.behind
	sc.behind = sc.outside() && c == '='
	switch {
	case sc.skip:
		sc.skip = false
	case sc.quote != 0:
		sc.inQuote(s, i)
	case c == '\'' && behind, c == '"' && (behind || sc.inJSON()):
		sc.quote = c
	case strings.IndexByte("([{", c) >= 0:
		sc.open = append(sc.open, c)
	case len(sc.open) > 0 && c == closing[sc.open[len(sc.open)-1]]:
		sc.open = sc.open[:len(sc.open)-1]
	}
}

// inQuote takes a byte inside of quotes: ” stands for ' in single ones, and a
// backslash escapes in double ones, as in JSON.
func (sc *specScanner) inQuote(s string, i int) {
	switch c := s[i]; {
	case c == '\\' && sc.quote == '"':
		sc.skip = true
	case c == '\'' && sc.quote == c && i+1 < len(s) && s[i+1] == c:
		sc.skip = true
	case c == sc.quote:
		sc.quote = 0
	}
}

func (sc *specScanner) inJSON() bool {
	return len(sc.open) > 0 && sc.open[len(sc.open)-1] != '('
}

var closing = map[byte]byte{'(': ')', '[': ']', '{': '}'}
