package tsl

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// class tells tokens apart.
type class byte

const (
	end class = iota
	word
	str
	number
	symbol
)

// token is a piece of a search. The text of a str is what stands between its
// quotes, with ” undone; of all others it is what was written.
type token struct {
	class class
	pos   int
	text  string
}

// symbols holds the longer ones first, so that <= is not read as < and =.
var symbols = []string{"<=", ">=", "!=", "<>", "=", "<", ">", "(", ")", ","}

// lex splits text, which is valid UTF-8, into tokens; the last one is an end.
func lex(text string) ([]token, error) {
	var tokens []token
	for pos := 0; ; {
		rest := strings.TrimLeftFunc(text[pos:], unicode.IsSpace)
		pos = len(text) - len(rest)
		if rest == "" {
			return append(tokens, token{end, pos, ""}), nil
		}
		next := token{pos: pos}
		var size int
		switch first, _ := utf8.DecodeRuneInString(rest); {
		case first == '\'':
			if next.text, size = quoted(rest); size == 0 {
				return nil, errorAt(text, pos, "this ' has no end")
			}
			next.class = str
		case first == '_' || unicode.IsLetter(first):
			size = span(rest, func(r rune) bool { return r == '_' || r == '.' || unicode.IsLetter(r) || unicode.IsDigit(r) })
			next.class, next.text = word, rest[:size]
		case first == '-' || first == '+' || first == '.' || '0' <= first && first <= '9':
			size = numberLength(rest)
			next.class, next.text = number, rest[:size]
		default:
			if next.text = symbolOf(rest); next.text == "" {
				return nil, errorAt(text, pos, "%q means nothing here", first)
			}
			next.class, size = symbol, len(next.text)
		}
		tokens = append(tokens, next)
		pos += size
	}
}

// quoted reads the string at the start of s and returns its text and its
// length in s, quotes included, or 0 if it does not end.
func quoted(s string) (text string, size int) {
	var b strings.Builder
	for rest := s[1:]; ; {
		part, after, found := strings.Cut(rest, "'")
		if !found {
			return "", 0
		}
		b.WriteString(part)
		if !strings.HasPrefix(after, "'") {
			return b.String(), len(s) - len(after)
		}
		b.WriteByte('\'')
		rest = after[1:]
	}
}

// numberLength is the length of what looks like a number at the start of s;
// whether it is one, its column decides. A sign may follow an exponent.
func numberLength(s string) int {
	for i := 1; i < len(s); i++ {
		c := s[i]
		exponent := s[i-1] == 'e' || s[i-1] == 'E'
		if c != '.' && c != '_' && !isASCIILetter(c) && (c < '0' || c > '9') && (!exponent || c != '-' && c != '+') {
			return i
		}
	}
	return len(s)
}

// span is the length of the start of s for which keep holds.
func span(s string, keep func(rune) bool) int {
	if i := strings.IndexFunc(s, func(r rune) bool { return !keep(r) }); i >= 0 {
		return i
	}
	return len(s)
}

func symbolOf(s string) string {
	for _, sym := range symbols {
		if strings.HasPrefix(s, sym) {
			return sym
		}
	}
	return ""
}

func isASCIILetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
