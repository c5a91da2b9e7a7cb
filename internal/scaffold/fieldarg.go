package scaffold

import "strings"

// maxEnumValue is the longest value of an enum in bytes.
const maxEnumValue = 63

func parseEnumValues(p *problems, spec string, f *Field, arg string) {
	constants := map[string]string{}
	for value := range strings.SplitSeq(arg, "|") {
		value = strings.TrimSpace(value)
		constant := enumWords(value)
		switch other, taken := constants[constant]; {
		case value == "":
			p.addf("field %q has an empty value: write them as enum(small|large)", spec)
			continue
		case !isEnumValue(value):
			p.addf("field %q: the value %q has more than letters, digits, _ and -: write enum(%s)", spec, value, suggestValue(value))
		case constant == "":
			p.addf("field %q: the value %q has no letter or digit to call its constant by: choose another", spec, value)
		case len(value) > maxEnumValue:
			p.addf("field %q: the value %q has %d bytes, there is room for %d: shorten it", spec, value, len(value), maxEnumValue)
		case taken && other == value:
			p.addf("field %q has the value %s twice: keep one", spec, value)
		case taken:
			p.addf("field %q: the values %s and %s would have one constant, …%s: rename one", spec, other, value, constant)
		}
		constants[constant] = value
		f.Values = append(f.Values, value)
	}
}

func isEnumValue(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool {
		return r >= 0x80 || !isUpper(byte(r)) && !isLower(byte(r)) && !isDigit(byte(r)) && r != '_' && r != '-'
	})
}

func suggestValue(s string) string {
	if near := suggestName(s); near != "" {
		return near + "|…"
	}
	return "small|large"
}

// enumWords returns a value as its constant ends: "in-progress" ⇒ InProgress.
func enumWords(value string) string {
	if !isEnumValue(value) {
		return value
	}
	return strings.Join(splitWords(value), "")
}

func parseRefKind(p *problems, spec string, f *Field, arg string) {
	name, err := ParseName(strings.TrimSpace(arg), "")
	if err != nil {
		var sub problems
		sub.checkSpelling("kind", strings.TrimSpace(arg))
		p.addf("field %q: %s", spec, strings.Join(sub, "; "))
	}
	f.Ref = name
}
