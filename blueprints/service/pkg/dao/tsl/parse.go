package tsl

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Compile returns text as a clause with a question mark for each argument.
// Lookup says what a name stands for; one that it does not know is an error, as is anything else that does not
// belong to the language; every error is an *Error. The clause of an empty
// text is empty.
func Compile(text string, lookup func(name string) (Column, bool)) (clause string, args []any, err error) {
	if len(text) > MaxLength {
		return "", nil, &Error{At: 1, Reason: fmt.Sprintf("longer than %d bytes", MaxLength)}
	}
	if !utf8.ValidString(text) {
		return "", nil, &Error{At: 1, Reason: "not valid UTF-8"}
	}
	if pos := strings.IndexByte(text, 0); pos >= 0 {
		return "", nil, errorAt(text, pos, "a NUL byte")
	}
	tokens, err := lex(text)
	if err != nil {
		return "", nil, err
	}
	if tokens[0].class == end {
		return "", nil, nil
	}
	p := &parser{text: text, tokens: tokens, lookup: lookup}
	if clause, err = p.search(0); err != nil {
		return "", nil, err
	}
	if p.tokens[0].class != end {
		return "", nil, p.wanted("and, or or the end")
	}
	return clause, p.args, nil
}

// parser consumes tokens, whose first is the one to look at, and collects the
// arguments in the order of their marks.
type parser struct {
	text   string
	tokens []token
	lookup func(name string) (Column, bool)
	args   []any
	terms  int
}

// search compiles terms joined by or, each of them terms joined by and.
func (p *parser) search(depth int) (string, error) {
	return p.joined("or", " OR ", func() (string, error) {
		return p.joined("and", " AND ", func() (string, error) { return p.one(depth) })
	})
}

// joined compiles what one reads, as often as keyword follows.
func (p *parser) joined(keyword, sql string, one func() (string, error)) (string, error) {
	first, err := one()
	if err != nil || !p.isWord(keyword) {
		return first, err
	}
	all := []string{first}
	for p.word(keyword) {
		next, err := one()
		if err != nil {
			return "", err
		}
		all = append(all, next)
	}
	return "(" + strings.Join(all, sql) + ")", nil
}

// one compiles a not, a search in parentheses or the test of a column.
func (p *parser) one(depth int) (string, error) {
	if depth > MaxDepth {
		return "", p.fail("more than %d levels deep", MaxDepth)
	}
	if !p.atColumnNot() && p.word("not") {
		inner, err := p.one(depth + 1)
		return "NOT (" + inner + ")", err
	}
	if !p.symbol("(") {
		return p.term()
	}
	inner, err := p.search(depth + 1)
	if err != nil {
		return "", err
	}
	if !p.symbol(")") {
		return "", p.wanted("and, or or )")
	}
	return inner, nil
}

// atColumnNot tells a column that is called not, and tested, from the keyword. All
// other keywords stand where no column can. In "not like = 1" the keyword stands
// before a column that is called like: the test of a test is none.
func (p *parser) atColumnNot() bool {
	if !p.isWord("not") || !beginsTest(p.tokens[1]) {
		return false
	}
	if next := p.tokens[1]; next.class == word && p.isKnown(next) {
		after := p.tokens[2]
		negates := strings.EqualFold(after.text, "not") && !strings.EqualFold(next.text, "is") // is not null
		if beginsTest(after) || after.class == word && negates {
			return false
		}
	}
	return p.isKnown(p.tokens[0])
}

// isKnown reports whether the token is the name of a column.
func (p *parser) isKnown(t token) bool {
	_, known := p.lookup(t.text)
	return known
}

// beginsTest reports whether the test of a column may begin with the token, which
// is not the keyword not.
func beginsTest(t token) bool {
	if t.class == word {
		return slices.Contains(wordTests, strings.ToLower(t.text))
	}
	_, compare := compares[t.text]
	return t.class == symbol && compare
}

// take consumes the first token.
func (p *parser) take() { p.tokens = p.tokens[1:] }

func (p *parser) isWord(keyword string) bool {
	return p.tokens[0].class == word && strings.EqualFold(p.tokens[0].text, keyword)
}

// word consumes keyword, if that is what comes next.
func (p *parser) word(keyword string) bool {
	if !p.isWord(keyword) {
		return false
	}
	p.take()
	return true
}

// symbol consumes text, if that is what comes next.
func (p *parser) symbol(text string) bool {
	if p.tokens[0].class != symbol || p.tokens[0].text != text {
		return false
	}
	p.take()
	return true
}

// fail returns an error about the next token.
func (p *parser) fail(format string, args ...any) error {
	return errorAt(p.text, p.tokens[0].pos, format, args...)
}

// wanted returns the error that something else than what comes next is needed.
func (p *parser) wanted(what string) error {
	next := p.tokens[0]
	if next.class == end {
		return p.fail("%s is wanted, not the end", what)
	}
	return p.fail("%s is wanted, not %.100q", what, next.text)
}
