package scaffold

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/format"
	"strings"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"
	"pgregory.net/rapid"

	"github.com/trexgen/trexgen/internal/patch"
)

// checkFiles renders all files of a kind, which may refer to Person, Order and
// itself, and looks whether each is whole.
func checkFiles(t rapid.TB, b *Blueprint, k Kind) {
	t.Helper()
	var others []Kind
	for _, name := range []string{"Person", "Order"} {
		n, err := ParseName(name, "")
		if err != nil {
			t.Fatal(err)
		}
		others = append(others, Kind{Name: n})
	}
	var p problems
	k = p.resolveRefs(others, []Kind{k})[0]
	if len(p) > 0 {
		t.Fatal(p)
	}
	wired := wiredKind{k, b.kindRenamer(birds, k).Replace}
	for _, file := range b.kindFiles {
		src, err := b.kindFile(file, birds, wired)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		checkFile(t, wired.named(file), src, k)
	}
}

func checkFile(t rapid.TB, file string, src []byte, k Kind) {
	switch {
	case strings.HasSuffix(file, ".go"):
		out, err := format.Source(src)
		if err != nil {
			t.Fatalf("%s: %v\n%s", file, err, src)
		}
		if !bytes.Equal(out, src) {
			t.Fatalf("%s is not formatted (-want +got):\n%s", file, cmp.Diff(string(out), string(src)))
		}
		if pruned, err := patch.PruneImports(file, src); err != nil || !bytes.Equal(pruned, src) {
			t.Fatalf("%s has imports that it does not use (%v)\n%s", file, err, src)
		}
	case strings.HasSuffix(file, ".yaml"):
		checkSchemas(t, src, k)
	case strings.HasSuffix(file, ".sql"):
		checkStatements(t, src, k)
	default:
		t.Fatalf("%s is of no kind that is looked at", file)
	}
}

// checkSchemas reads the OpenAPI document and compares what it says with the
// fields.
func checkSchemas(t rapid.TB, src []byte, k Kind) {
	type schema struct {
		Required   []string
		Properties map[string]struct {
			Enum    []any
			Default any
			Items   *struct{ Enum []any }
		}
	}
	var doc struct {
		Components struct {
			Schemas map[string]yaml.Node
		}
	}
	if err := yaml.Unmarshal(src, &doc); err != nil {
		t.Fatalf("%v\n%s", err, src)
	}
	var create, patch schema
	createNode, patchNode := doc.Components.Schemas["WidgetCreateRequest"], doc.Components.Schemas["WidgetPatchRequest"]
	if err := createNode.Decode(&create); err != nil {
		t.Fatalf("%v\n%s", err, src)
	}
	if err := patchNode.Decode(&patch); err != nil {
		t.Fatalf("%v\n%s", err, src)
	}
	var required []string
	for _, f := range k.Fields {
		property, ok := create.Properties[f.Column()]
		if _, patched := patch.Properties[f.Column()]; !ok || patched == f.Immutable {
			t.Fatalf("%s: in create %v, in patch %v", f, ok, patched)
		}
		if f.Required && f.Default == nil {
			required = append(required, f.Column())
		}
		values := property.Enum
		if f.List && property.Items != nil {
			values = property.Items.Enum
		}
		if f.isEnum() && fmt.Sprintf("%q", values) != fmt.Sprintf("%q", f.Values) {
			t.Fatalf("%s: has the values %q", f, values)
		}
		if f.Default != nil && !sameDefault(t, f, property.Default) {
			t.Fatalf("%s: has the default %#v", f, property.Default)
		}
	}
	if diff := cmp.Diff(required, create.Required); diff != "" {
		t.Fatalf("required (-want +got):\n%s", diff)
	}
}

// sameDefault compares a default with what YAML makes of it.
func sameDefault(t rapid.TB, f Field, got any) bool {
	if !f.holdsJSON() && f.Type.value.quoted {
		return got == *f.Default
	}
	return cmp.Equal(readJSON(t, *f.Default), readJSON(t, jsonText(t, got)))
}

// checkStatements takes a migration apart as the migration tool does, and looks
// whether literals and parentheses end in the statement that they begin in.
func checkStatements(t rapid.TB, src []byte, k Kind) {
	want := 4 + len(indexes(k)) // the table, its two markers, the order of lists
	if lines := 9 + len(metaColumns) + len(k.Fields) + len(indexes(k)); strings.Count(string(src), "\n") != lines {
		t.Fatalf("not %d lines, so that a literal has a line end:\n%s", lines, src)
	}
	var statement strings.Builder
	found := 2
	for line := range strings.Lines(string(src)) {
		if strings.HasPrefix(line, "--") || strings.TrimSpace(line) == "" {
			continue
		}
		statement.WriteString(line)
		if endsStatement(line) {
			if err := balanced(statement.String()); err != "" {
				t.Fatalf("%s in\n%s", err, statement.String())
			}
			statement.Reset()
			found++
		}
	}
	if statement.Len() > 0 || found != want+1 {
		t.Fatalf("%d statements, want %d, and %q is left of\n%s", found-2, want-1, statement.String(), src)
	}
}

// endsStatement is how goose tells the last line of a statement.
func endsStatement(line string) bool {
	last := ""
	for _, word := range strings.Fields(line) {
		if strings.HasPrefix(word, "--") {
			break
		}
		last = word
	}
	return strings.HasSuffix(last, ";")
}

// balanced says what is open at the end of a statement, or "".
func balanced(sql string) string {
	depth := 0
	for i := 0; i < len(sql); i++ {
		switch sql[i] {
		case '(':
			depth++
		case ')':
			depth--
		case '\'', '"':
			end := endOfQuote(sql, i)
			if end < 0 {
				return "a literal without end"
			}
			i = end
		}
	}
	if depth != 0 {
		return fmt.Sprintf("%d parentheses without end", depth)
	}
	return ""
}

func endOfQuote(sql string, at int) int {
	quote, escapes := sql[at], at > 0 && sql[at-1] == 'E'
	for i := at + 1; i < len(sql); i++ {
		switch {
		case sql[i] == '\\' && escapes:
			i++
		case sql[i] == quote && i+1 < len(sql) && sql[i+1] == quote:
			i++
		case sql[i] == quote:
			return i
		}
	}
	return -1
}

func jsonText(t rapid.TB, value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func readJSON(t rapid.TB, text string) (value any) {
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return value
}
