package main

import (
	"fmt"
	"strings"

	"github.com/trexgen/trexgen/internal/scaffold"
)

// fieldHelp says how fields are written, from the tables of their types and modifiers.
func fieldHelp() string {
	var b strings.Builder
	b.WriteString("Fields are written name:type[:modifier…], separated by commas. A list has [] before its type.\nTypes:\n")
	for _, t := range scaffold.FieldTypes() {
		fmt.Fprintf(&b, "  %-13s %s\n", t.Usage(), t.Doc)
	}
	b.WriteString("Modifiers:\n")
	for _, m := range scaffold.Modifiers() {
		fmt.Fprintf(&b, "  %-13s %s\n", m.Usage(), m.Doc)
		if types := m.For(); types != "all" {
			fmt.Fprintf(&b, "  %-13s (%s)\n", "", types)
		}
	}
	return strings.TrimRight(b.String(), "\n")
}

// fieldHint says the same in a line or two.
func fieldHint() string {
	var types, modifiers []string
	for _, t := range scaffold.FieldTypes() {
		types = append(types, t.Usage())
	}
	for _, m := range scaffold.Modifiers() {
		modifiers = append(modifiers, m.Usage())
	}
	return "name:string:required:max=80,wingspan:float:min=0; types, [] before one for a list: " + strings.Join(types, " ") +
		"; modifiers: " + strings.Join(modifiers, " ")
}

func appendFlag(line []string, flag, value string) []string {
	if value == "" {
		return line
	}
	return append(line, flag, value)
}

// shellLine makes a line that a POSIX shell takes apart into the same words.
func shellLine(words []string) string {
	quoted := make([]string, len(words))
	for i, word := range words {
		quoted[i] = shellWord(word)
	}
	return strings.Join(quoted, " ")
}

func shellWord(word string) string {
	const safe = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./=:,@%+"
	if word != "" && strings.Trim(word, safe) == "" {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
