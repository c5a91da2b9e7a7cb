package scaffold

import "strings"

// A Modifier is one row of the table of words that may follow a field's type.
type Modifier struct {
	// Key is the word, Arg what stands behind it after =, "" if nothing does.
	Key, Arg string
	// Doc says in a few words what it does.
	Doc string

	apply func(p *problems, spec string, f *Field, value string)
	// written returns the modifier as it is written for a field that has it.
	written func(f Field) (text string, ok bool)
}

// modifiers is the table, in the order in which fields are written.
var modifiers = []Modifier{
	{
		Key: "required", Doc: "neither null nor left out",
		apply:   func(_ *problems, _ string, f *Field, _ string) { f.Required = true },
		written: func(f Field) (string, bool) { return "required", f.Required },
	},
	{
		Key: "optional", Doc: "may be null; so it is without a word",
		apply:   func(_ *problems, _ string, f *Field, _ string) { f.Required = false },
		written: func(Field) (string, bool) { return "", false },
	},
	{
		Key: "unique", Doc: "no two objects with the same value (409); has an index",
		apply:   func(_ *problems, _ string, f *Field, _ string) { f.Unique = true },
		written: func(f Field) (string, bool) { return "unique", f.Unique },
	},
	{
		Key: "index", Doc: "fast to search for; refs are anyway",
		apply:   func(_ *problems, _ string, f *Field, _ string) { f.Index = !f.isRef() },
		written: func(f Field) (string, bool) { return "index", f.Index },
	},
	{
		Key: "immutable", Doc: "given when the object is made, refused in a PATCH",
		apply:   func(_ *problems, _ string, f *Field, _ string) { f.Immutable = true },
		written: func(f Field) (string, bool) { return "immutable", f.Immutable },
	},
	{
		Key: "min", Arg: "N", Doc: "least value of a number, least length of a text or a list",
		apply: func(p *problems, spec string, f *Field, value string) {
			f.Min = p.bound(spec, *f, "min", value)
		},
		written: func(f Field) (string, bool) { return "min=" + f.Min, f.Min != "" },
	},
	{
		Key: "max", Arg: "N", Doc: "greatest value of a number, greatest length of a text or a list",
		apply: func(p *problems, spec string, f *Field, value string) {
			f.Max = p.bound(spec, *f, "max", value)
		},
		written: func(f Field) (string, bool) { return "max=" + f.Max, f.Max != "" },
	},
	{
		Key: "default", Arg: "VALUE", Doc: "what a new object has that comes without the field; in '…' if it has spaces or signs, lists in JSON",
		apply:   parseDefault,
		written: writeDefault,
	},
}

// Modifiers returns the words that may follow a field's type, for help.
func Modifiers() []Modifier { return append([]Modifier(nil), modifiers...) }

// Usage returns the modifier as it is written: max=N.
func (m Modifier) Usage() string {
	if m.Arg == "" {
		return m.Key
	}
	return m.Key + "=" + m.Arg
}

// For says which types the modifier is for: "all", "all but text", "string text".
func (m Modifier) For() string {
	var takers, but []string
	sort := func(key string, f Field) {
		if m.refusal(f) == "" {
			takers = append(takers, key)
		} else {
			but = append(but, key)
		}
	}
	for i := range fieldTypes {
		sort(fieldTypes[i].Key, Field{Type: &fieldTypes[i]})
	}
	sort("lists", Field{Type: fieldType("string"), List: true})
	switch {
	case but == nil:
		return "all"
	case len(but) < len(takers):
		return "all but " + strings.Join(but, " ")
	}
	return strings.Join(takers, " ")
}

// refusal says why a field of that type cannot have the modifier, or "".
func (m Modifier) refusal(f Field) string {
	switch {
	case f.List:
		return listRefuses[m.Key]
	case (m.Key == "min" || m.Key == "max") && f.Type.bound == noBound:
		return "only numbers, texts and lists are bounded"
	}
	return f.Type.refuses[m.Key]
}

// modifierWords are the keys, and what others call them.
var modifierWords = func() map[string]string {
	words := map[string]string{
		"not_null": "required", "notnull": "required", "mandatory": "required", "null": "optional", "nullable": "optional",
		"uniq": "unique", "indexed": "index", "readonly": "immutable", "read_only": "immutable", "const": "immutable",
		"minimum": "min=N", "maximum": "max=N", "size": "max=N", "length": "max=N", "limit": "max=N", "len": "max=N",
	}
	for _, m := range modifiers {
		words[m.Key] = m.Usage()
	}
	return words
}

func modifierKeys() string {
	keys := make([]string, len(modifiers))
	for i, m := range modifiers {
		keys[i] = m.Usage()
	}
	return strings.Join(keys, ", ")
}

// parseModifiers reads what stands behind the type, in any order.
func (p *problems) parseModifiers(spec string, f *Field, words []string) {
	before := len(*p)
	given := map[string]string{}
	for _, word := range words {
		p.parseModifier(spec, *f, word, given)
	}
	for _, m := range modifiers { // in this order: a default is held against the bounds
		if value, ok := given[m.Key]; ok {
			m.apply(p, spec, f, value)
		}
	}
	has := func(a, b string) bool { _, ok := given[a]; _, both := given[b]; return ok && both }
	if has("required", "optional") {
		p.addf("field %q is both required and optional: choose one", spec)
	}
	if has("unique", "index") {
		p.addf("field %q: unique has an index already: leave index out", spec)
	}
	if has("unique", "default") {
		p.addf("field %q is unique, so two objects cannot have the same default: leave one of the two out", spec)
	}
	if len(*p) == before {
		p.checkBounds(spec, *f)
	}
}

func (p *problems) parseModifier(spec string, f Field, word string, given map[string]string) {
	key, value, hasValue := strings.Cut(word, "=")
	for _, m := range modifiers {
		if m.Key != key {
			continue
		}
		_, twice := given[key]
		reason := m.refusal(f)
		switch {
		case twice:
			p.addf("field %q: %s is given twice: keep one", spec, key)
		case reason != "":
			p.addf("field %q: %s is not for %s: %s", spec, key, f.plainType(), reason)
		case m.Arg == "" && hasValue:
			p.addf("field %q: %s takes no value: leave =%s out", spec, key, value)
		case m.Arg != "" && value == "":
			p.addf("field %q: %s needs a value: write %s", spec, key, m.example())
		default:
			given[key] = value
		}
		return
	}
	p.addf("field %q has the unknown modifier %q: %sthere are %s; a value with a colon stands in quotes: default='a:b'",
		spec, word, didYouMean(key, modifierWords()), modifierKeys())
}

func (m Modifier) example() string {
	if m.Key == "default" {
		return "default=VALUE, or default='' for an empty text"
	}
	return m.Key + "=40"
}

// plainType is the type in a sentence.
func (f Field) plainType() string {
	if f.List {
		return "lists"
	}
	return "a field of type " + f.Type.Key
}

func (p *problems) bound(spec string, f Field, key, value string) string {
	canonical, err := f.parseBound(value)
	if err != nil {
		p.addf("field %q: the %s %s %v", spec, key, value, err)
	}
	return canonical
}
