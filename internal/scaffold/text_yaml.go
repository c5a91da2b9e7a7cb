package scaffold

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"github.com/go-json-experiment/json/jsontext"
)

// yamlWords are read as something else than text by some version of YAML.
var yamlWords = set("null true false yes no on off y n")

var (
	plainText = regexp.MustCompile(`^[A-Za-z_](?:[A-Za-z0-9_ -]*[A-Za-z0-9_])?$`)
	// plainSpec leaves out what YAML reads as something else somewhere in a list in
	// block form: spaces, quotes, # and braces.
	plainSpec = regexp.MustCompile(`^[a-z][A-Za-z0-9_:()|=.+/@%\[\]-]*[A-Za-z0-9_)\]]$`)
)

// yamlScalar returns a text as a YAML scalar that is read as this text, in lists
// in brackets too. It is in quotes only where it has to be.
func yamlScalar(s string) string {
	if plainText.MatchString(s) && !yamlWords[strings.ToLower(s)] {
		return s
	}
	return yamlQuote(s)
}

// yamlSpec is yamlScalar for the specification of a field, as an item of a list
// in block form.
func yamlSpec(spec string) string {
	if plainSpec.MatchString(spec) {
		return spec
	}
	return yamlQuote(spec)
}

func yamlQuote(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return "'" + strings.ReplaceAll(s, "'", "''") + "'"
	}
	quoted, err := jsontext.AppendQuote(nil, s)
	if err != nil {
		panic("not in UTF-8: " + err.Error())
	}
	return yamlEscape(string(quoted))
}

// yamlJSON returns JSON as YAML, on one line.
func yamlJSON(s string) string {
	value := jsontext.Value(s)
	if err := value.Format(jsontext.SpaceAfterColon(true), jsontext.SpaceAfterComma(true)); err != nil {
		panic("no JSON: " + err.Error())
	}
	return yamlEscape(string(value))
}

// yamlEscape escapes what a string in JSON may hold and one in YAML may not.
func yamlEscape(quoted string) string {
	var b strings.Builder
	for _, r := range quoted {
		switch {
		case unicode.IsPrint(r):
			b.WriteRune(r)
		case r > 0xffff:
			fmt.Fprintf(&b, `\U%08X`, r)
		default:
			fmt.Fprintf(&b, `\u%04X`, r)
		}
	}
	return b.String()
}
