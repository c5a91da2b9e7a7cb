package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"
)

// printJSON prints list as JSON that people can read too.
func printJSON[T any](out io.Writer, list T) error {
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	return encoder.Encode(list)
}

// sayMore says, beside a list, that it is not all there is: a part must not pass
// for the whole, least of all with a program that reads it.
func sayMore(out io.Writer, more bool) error {
	if !more {
		return nil
	}
	_, err := fmt.Fprintln(out, "There are more; --limit shows them.")
	return err
}

// inUTC is t as a table shows it.
func inUTC(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// cell is text as a terminal may get it: what comes from tokens and headers must
// not move the cursor.
func cell(text string) string {
	return cmp.Or(strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return unicode.ReplacementChar
		}
		return r
	}, text), "-")
}
