package scaffold

import "strings"

const noFields = "there are no fields: give one at least, such as --fields name:string:required or --kind 'NAME name:string:required'"

// ParseFields reads the specifications of fields, `name:type[:modifier…]`,
// several of them in one string separated by commas or white space. An error is
// an *InvalidError with all that is wrong; that there are none is wrong too,
// since the OpenAPI generator makes no type of a schema without properties.
func ParseFields(specs ...string) ([]Field, error) {
	var (
		p      problems
		fields []Field
	)
	for _, list := range specs {
		for _, spec := range splitFields(list) {
			if f, ok := p.parseField(spec); ok {
				fields = append(fields, f)
			}
		}
	}
	if len(p)+len(fields) == 0 {
		p.addf(noFields)
	}
	p.checkFields(fields)
	if err := p.invalid(); err != nil {
		return nil, err
	}
	return fields, nil
}

func (p *problems) parseField(spec string) (f Field, ok bool) {
	before := len(*p)
	if open := neverClosed(spec); open != "" {
		p.addf("field %q: the %s is never closed: write values in full, such as size:enum(small|large) or note:text:default='none, yet'", spec, open)
		return f, false
	}
	parts := splitOutside(spec, ":")
	name, named := p.fieldName(spec, parts[0])
	f.Name = name
	if len(parts) < 2 || parts[1] == "" {
		p.addf("field %q has no type: write %s:string, or another of %s; a default with spaces or commas stands in quotes", spec, parts[0], typeKeys())
		return f, false
	}
	if !p.parseType(spec, &f, parts[1]) {
		return f, false
	}
	if named {
		if f.isRef() {
			f.Name = withoutRefSuffix(f.Name)
		}
		p.checkFieldName(spec, f)
	}
	p.parseModifiers(spec, &f, parts[2:])
	return f, len(*p) == before
}

// fieldName reads a field's name. Its words are those of the column, so that
// "APIKey" and "api_key" are one field.
func (p *problems) fieldName(spec, s string) (Name, bool) {
	given, err := ParseName(s, "")
	if err != nil {
		var sub problems
		sub.checkSpelling("name", s)
		p.addf("field %q: %s", spec, strings.Join(sub, "; "))
		return Name{}, false
	}
	return mustColumnName(given.Snake()), true
}

// withoutRefSuffix takes owner_id for owner, since the column of a ref says _id
// anyway.
func withoutRefSuffix(n Name) Name {
	column := n.Snake()
	for strings.TrimSuffix(column, refSuffix) != "" && strings.HasSuffix(column, refSuffix) {
		column = strings.TrimSuffix(column, refSuffix)
	}
	return mustColumnName(column)
}

func mustColumnName(column string) Name {
	name, err := ParseName(column, "")
	if err != nil {
		panic("snake case of a name is no name: " + err.Error())
	}
	return name
}

// parseType reads []key(argument).
func (p *problems) parseType(spec string, f *Field, s string) (ok bool) {
	before := len(*p)
	s, f.List = strings.CutPrefix(s, "[]")
	key, arg, hasArg := strings.Cut(s, "(")
	if f.Type = fieldType(key); f.Type == nil {
		p.addf("field %q has the unknown type %q: %sthere are %s, and [] before one for a list", spec, key, didYouMean(key, typeWords()), typeKeys())
		return false
	}
	if reason := f.Type.refuses["[]"]; f.List && reason != "" {
		p.addf("field %q: there are no lists of type %s: %s", spec, key, reason)
	}
	arg, closed := strings.CutSuffix(arg, ")")
	switch {
	case hasArg && !closed:
		p.addf("field %q: there is text behind the ): a modifier begins with a colon, such as %s:required", spec, f.Type.Usage())
	case f.Type.parseArg == nil && hasArg:
		p.addf("field %q: the type %s takes nothing in parentheses: leave (%s) out; a longest length is a modifier, such as max=40", spec, key, arg)
	case f.Type.parseArg != nil && strings.TrimSpace(arg) == "":
		p.addf("field %q: the type %s needs more: write %s", spec, key, f.Type.Usage())
	case f.Type.parseArg != nil:
		f.Type.parseArg(p, spec, f, arg)
	}
	return len(*p) == before
}
