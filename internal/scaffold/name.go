package scaffold

import "strings"

// A Name is what a kind, a field or a service is called: its words, in the
// singular and in the plural, from which every spelling follows. Names are
// compared with ==. The zero Name is no name.
type Name struct {
	one, many string // words as in Pascal, joined by "_": "Order_Item", "API_Key"
}

// ParseName reads a name in any of the usual spellings (Widget, widget,
// order-item, order_item, OrderItem, HTTPServer). The plural is formed by the
// rules of English unless one is given, in any spelling too. An error is an
// *InvalidError.
func ParseName(s, plural string) (Name, error) {
	var p problems
	p.checkSpelling("name", s)
	if plural != "" {
		p.checkSpelling("plural", plural)
	}
	if err := p.invalid(); err != nil {
		return Name{}, err
	}
	n := newName(splitWords(s))
	if plural != "" {
		n.many = strings.Join(splitWords(plural), "_")
	}
	return n, nil
}

// newName returns the name of these words, with the plural of English.
func newName(words []string) Name {
	last := len(words) - 1
	many := append(words[:last:last], pluralWord(words[last]))
	return Name{one: strings.Join(words, "_"), many: strings.Join(many, "_")}
}

// checkSpelling reports what no name may be, whatever it names.
func (p *problems) checkSpelling(what, s string) {
	if s == "" {
		p.addf("%s is empty: give a word or two, such as widget or order-item", what)
		return
	}
	switch problem := spellingProblem(s); {
	case problem == "":
	case suggestName(s) == "":
		p.addf("%s %q %s; give one such as widget or order-item", what, s, problem)
	default:
		p.addf("%s %q %s; did you mean %q?", what, s, problem, suggestName(s))
	}
}

func spellingProblem(s string) string {
	for i := range len(s) {
		switch c := s[i]; {
		case isUpper(c) || isLower(c) || isDigit(c) || c == '-' || c == '_':
		case c >= 0x80:
			return "holds a letter outside ASCII, which neither Go exports nor paths take everywhere: use a to z"
		case c == '/' || c == '\\' || c == '.':
			return "looks like a path: a name has letters, digits, - and _ only"
		default:
			return "has a character that is no letter, digit, - or _"
		}
	}
	switch {
	case isDigit(s[0]):
		return "begins with a digit, which no Go name may: begin with a letter"
	case strings.Trim(s, "-_") != s:
		return "begins or ends with - or _"
	case strings.Contains(strings.ReplaceAll(s, "-", "_"), "__"):
		return "has an empty word between two separators"
	}
	return ""
}

// Pascal returns the name as a Go type is called: OrderItem, APIKey.
func (n Name) Pascal() string { return strings.ReplaceAll(n.one, "_", "") }

// Camel returns the name as a Go variable is called: orderItem, apiKey. It may
// be a keyword; nothing that is generated declares it.
func (n Name) Camel() string {
	first, rest, _ := strings.Cut(n.one, "_")
	return strings.ToLower(first) + strings.ReplaceAll(rest, "_", "")
}

// Snake returns the name as columns and files are called: order_item.
func (n Name) Snake() string { return strings.ToLower(n.one) }

// ScreamingSnake returns the name as environment variables begin: ORDER_ITEM.
func (n Name) ScreamingSnake() string { return strings.ToUpper(n.one) }

// Kebab returns the name as binaries and folders are called: order-item.
func (n Name) Kebab() string { return strings.ReplaceAll(n.Snake(), "_", "-") }

// Flat returns the name as a Go package is called: orderitem.
func (n Name) Flat() string { return strings.ReplaceAll(n.Snake(), "_", "") }

// Words returns the name as it stands inside a sentence: order item, API key.
func (n Name) Words() string {
	words := strings.Split(n.one, "_")
	for i, w := range words {
		if w[1:] == strings.ToLower(w[1:]) {
			words[i] = strings.ToLower(w)
		}
	}
	return strings.Join(words, " ")
}

// Sentence returns the name as it stands at the beginning of a sentence: Order
// item, API key.
func (n Name) Sentence() string {
	s := n.Words()
	return strings.ToUpper(s[:1]) + s[1:]
}

// Title returns the name as it stands in a heading: Order Item.
func (n Name) Title() string { return strings.ReplaceAll(n.one, "_", " ") }

// Many returns the plural, of which every spelling can be taken.
func (n Name) Many() Name { return Name{one: n.many, many: n.many} }

// Spelled returns the shortest spelling that ParseName reads back as the same
// words: Pascal mostly, but x_y_plot, since XYPlot would have two words.
func (n Name) Spelled() string {
	pascal := n.Pascal()
	if strings.Join(splitWords(pascal), "_") == n.one {
		return pascal
	}
	words := strings.Split(n.one, "_")
	for i, w := range words {
		if lower := strings.ToLower(w); pascalWord(lower) == w {
			words[i] = lower
		}
	}
	return strings.Join(words, "_")
}

func (n Name) String() string { return n.Pascal() }
