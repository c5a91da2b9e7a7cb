package tsl

import "strings"

// compares maps the comparisons to those of SQL.
var compares = map[string]string{"=": "=", "!=": "<>", "<>": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}

// wordTests are the words that a test may begin with, but for not.
var wordTests = []string{"is", "in", "like", "ilike", "between"}

// term compiles a column and its test.
func (p *parser) term() (string, error) {
	if p.tokens[0].class != word {
		return "", p.wanted("a column")
	}
	column, known := p.lookup(p.tokens[0].text)
	if !known {
		return "", p.fail("there is no column %.100q to search", p.tokens[0].text)
	}
	if err := p.count(); err != nil {
		return "", err
	}
	name := p.tokens[0].text
	p.take()

	if p.word("is") {
		return p.null(column)
	}
	if column.Type == JSON {
		return "", p.fail("%s is a list or free JSON: only is null and is not null can be asked of it", name)
	}
	if sql, ok := compares[p.tokens[0].text]; ok && p.tokens[0].class == symbol {
		p.take()
		return p.compare(column, sql)
	}
	not := ""
	if p.word("not") {
		not = "NOT "
	}
	switch {
	case p.word("like"):
		return p.like(column, not+"LIKE")
	case p.word("ilike"):
		return p.like(column, not+"ILIKE")
	case p.word("in"):
		return p.in(column, not)
	case p.word("between"):
		return p.between(column, not)
	case not != "":
		return "", p.wanted("like, ilike, in or between")
	}
	return "", p.wanted("a comparison such as =")
}

// count keeps the number of terms within its limit.
func (p *parser) count() error {
	if p.terms++; p.terms > MaxTerms {
		return p.fail("more than %d terms", MaxTerms)
	}
	return nil
}

// value reads a literal of the column's type.
func (p *parser) value(column Column) (any, error) {
	row := types[column.Type]
	if p.isWord("null") {
		return nil, p.wanted(row.wanted + " (or the test: is null)")
	}
	if p.tokens[0].class != row.literal {
		return nil, p.wanted(row.wanted)
	}
	value, ok := row.parse(p.tokens[0].text, column.bits())
	if !ok {
		return nil, p.fail("%.100q is not %s that the column can hold", p.tokens[0].text, row.wanted)
	}
	p.take()
	return value, nil
}

// impossible is a test against an id that nothing can have: no row passes it,
// or all do that have a value if it is negated.
func impossible(column Column, negated bool) string {
	if negated {
		return column.SQL + " IS NOT NULL"
	}
	return "FALSE"
}

func (p *parser) compare(column Column, operator string) (string, error) {
	value, err := p.value(column)
	if err != nil {
		return "", err
	}
	if !column.canHold(value) {
		return impossible(column, operator == "<>"), nil
	}
	p.args = append(p.args, value)
	return column.SQL + " " + operator + " ?", nil
}

func (p *parser) null(column Column) (string, error) {
	test := " IS NULL"
	if p.word("not") {
		test = " IS NOT NULL"
	}
	if !p.word("null") {
		return "", p.wanted("null")
	}
	return column.SQL + test, nil
}

// like matches texts, and ids by their text.
func (p *parser) like(column Column, operator string) (string, error) {
	sql := column.SQL
	switch column.Type {
	case Text:
	case UUID:
		sql += "::text"
	default:
		return "", p.fail("only a text can be matched by like")
	}
	if p.tokens[0].class != str {
		return "", p.wanted("a 'pattern'")
	}
	pattern := p.tokens[0].text
	if escapes := len(pattern) - len(strings.TrimRight(pattern, `\`)); escapes%2 == 1 {
		return "", p.fail(`the pattern ends in a \ that escapes nothing: write \\`)
	}
	p.take()
	p.args = append(p.args, pattern)
	return sql + " " + operator + " ?", nil
}

func (p *parser) in(column Column, not string) (string, error) {
	if !p.symbol("(") {
		return "", p.wanted("(")
	}
	var marks []string
	for {
		value, err := p.value(column)
		if err != nil {
			return "", err
		}
		if column.canHold(value) {
			p.args = append(p.args, value)
			marks = append(marks, "?")
		}
		if p.symbol(")") {
			break
		}
		if !p.symbol(",") {
			return "", p.wanted(", or )")
		}
		if err := p.count(); err != nil {
			return "", err
		}
	}
	if len(marks) == 0 {
		return impossible(column, not != ""), nil
	}
	return column.SQL + " " + not + "IN (" + strings.Join(marks, ", ") + ")", nil
}

func (p *parser) between(column Column, not string) (string, error) {
	low, err := p.value(column)
	if err != nil {
		return "", err
	}
	if !p.word("and") {
		return "", p.wanted("and")
	}
	high, err := p.value(column)
	if err != nil {
		return "", err
	}
	if !column.canHold(low) || !column.canHold(high) {
		return impossible(column, not != ""), nil
	}
	p.args = append(p.args, low, high)
	return column.SQL + " " + not + "BETWEEN ? AND ?", nil
}
