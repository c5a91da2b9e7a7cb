package main

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/trexgen/trexgen/internal/scaffold"
)

// TestReadmeShowsTheFields holds the tables in the README against those of the tool; -update writes them.
func TestReadmeShowsTheFields(t *testing.T) {
	t.Parallel()
	const file, begin, end = "../../README.md", "<!-- fields:", "<!-- end of fields -->"
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(src), begin)
	head, rest, foundHead := strings.Cut(rest, "-->\n")
	_, after, foundEnd := strings.Cut(rest, end)
	if !found || !foundHead || !foundEnd {
		t.Fatalf("%s has not the comments %q and %q, in this order", file, begin, end)
	}
	want := before + begin + head + "-->\n" + fieldTables() + end + after
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, string(src)); diff != "" {
		t.Errorf("%s (-want +got; -update writes it):\n%s", file, diff)
	}
}

func fieldTables() string {
	var b strings.Builder
	b.WriteString("| type | values | Go | column | OpenAPI |\n|---|---|---|---|---|\n")
	for _, t := range scaffold.FieldTypes() {
		schema := strings.Trim(t.Schema.Type+", "+t.Schema.Format, ", ")
		if schema == "" {
			schema = "any"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", code(t.Usage()), t.Doc, code(t.GoType()), code(t.Column), schema)
	}
	b.WriteString("\n| modifier | what it says | for |\n|---|---|---|\n")
	for _, m := range scaffold.Modifiers() {
		fmt.Fprintf(&b, "| %s | %s | %s |\n", code(m.Usage()), m.Doc, m.For())
	}
	return b.String()
}

// code is text in a cell of a table as code.
func code(text string) string { return "`" + strings.ReplaceAll(text, "|", `\|`) + "`" }
