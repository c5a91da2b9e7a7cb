package main

import (
	"fmt"
	"strings"

	"github.com/trexgen/trexgen/internal/scaffold"
)

// fieldHelp says how fields are written, from the table of their types.
func fieldHelp() string {
	var b strings.Builder
	b.WriteString("Fields are written name:type[:required], separated by commas; without :required a field may be null.\nTypes:\n")
	for _, t := range scaffold.FieldTypes() {
		fmt.Fprintf(&b, "  %-8s %s\n", t.Key, t.Doc)
	}
	return strings.TrimRight(b.String(), "\n")
}

// fieldTypes lists the types of fields in one line.
func fieldTypes() string {
	var keys []string
	for _, t := range scaffold.FieldTypes() {
		keys = append(keys, t.Key)
	}
	return strings.Join(keys, " ")
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
