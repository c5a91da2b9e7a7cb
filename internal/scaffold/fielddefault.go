package scaffold

import (
	"errors"
	"strings"
	"unicode"
)

// parseDefault reads the value of a default, in quotes or not.
func parseDefault(p *problems, spec string, f *Field, value string) {
	text, err := unquoteValue(value, f.holdsJSON())
	if err == nil {
		text, err = f.parseValue(text)
	}
	if err != nil {
		p.addf("field %q: the default %s %v", spec, value, err)
		return
	}
	f.Default = &text
}

// holdsJSON reports whether values of the field are written in JSON.
func (f Field) holdsJSON() bool { return f.List || f.Type.Key == "json" }

// unquoteValue returns a value without the quotes around it. JSON may stand
// without.
func unquoteValue(s string, isJSON bool) (string, error) {
	switch {
	case s[0] == '\'' && (len(s) == 1 || s[len(s)-1] != '\'' || strings.Contains(strings.ReplaceAll(s[1:len(s)-1], "''", ""), "'")):
		return "", errors.New("goes on behind its quotes: they stand around all of it, and '' for one inside of it")
	case s[0] == '\'':
		return strings.ReplaceAll(s[1:len(s)-1], "''", "'"), nil
	case isJSON:
		return s, nil
	case s[0] == '"':
		return "", errors.New("stands in double quotes: write single ones, '…'")
	case strings.ContainsAny(s, `'"()[]{}|`):
		return "", errors.New("has signs that mean something else: write it in single quotes, " + quoteValue(s))
	}
	return s, nil
}

// writeDefault returns a default so that parseDefault reads it back.
func writeDefault(f Field) (string, bool) {
	switch {
	case f.Default == nil:
		return "", false
	case f.holdsJSON():
		return "default=" + *f.Default, true
	}
	bare := func(r rune) bool {
		return unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("_.+-/@%", r)
	}
	if *f.Default != "" && strings.TrimFunc(*f.Default, bare) == "" {
		return "default=" + *f.Default, true
	}
	return "default=" + quoteValue(*f.Default), true
}

func quoteValue(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
