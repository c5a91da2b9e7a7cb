package scaffold

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A nameRow is a line of testdata/names: a name, and what becomes of it.
type nameRow struct {
	category string
	mark     byte // '*' is built in every run, '+' in a service apart, ' ' otherwise
	name     string
	plural   string
	spelled  string // what is made of it, "" if it is refused
	reason   string // part of the reason for which it is refused
}

// nameTable reads one of the tables of names.
func nameTable(t *testing.T, file string) []nameRow {
	t.Helper()
	src, err := os.ReadFile(filepath.Join("../../testdata/names", file))
	if err != nil {
		t.Fatal(err)
	}
	var rows []nameRow
	category := ""
	for line := range strings.Lines(string(src)) {
		line = strings.TrimRight(line, "\n")
		if title, ok := strings.CutPrefix(line, "## "); ok {
			category = title
		}
		if line == "" || line[0] == '#' {
			continue
		}
		row := nameRow{category: category, mark: ' '}
		if strings.ContainsRune("*+ ", rune(line[0])) {
			row.mark, line = line[0], line[1:]
		}
		given, spelled, ok := strings.Cut(line, " -> ")
		if !ok {
			given, row.reason, ok = strings.Cut(line, " !! ")
		}
		if !ok {
			t.Fatalf("%s: %q says neither -> nor !!", file, line)
		}
		row.spelled = strings.TrimSpace(spelled)
		row.name, row.plural, _ = strings.Cut(strings.TrimSpace(given), " --plural ")
		rows = append(rows, row)
	}
	return rows
}

// accepted returns the rows with one of the marks that are not refused.
func accepted(rows []nameRow, marks string) []nameRow {
	var found []nameRow
	for _, row := range rows {
		if row.reason == "" && strings.ContainsRune(marks, rune(row.mark)) {
			found = append(found, row)
		}
	}
	return found
}

// The tables promise more than a handful, of every category.
func TestTablesOfNamesAreLarge(t *testing.T) {
	t.Parallel()
	kinds, fields := nameTable(t, "kinds.txt"), nameTable(t, "fields.txt")
	if len(kinds) < 160 || len(fields) < 100 {
		t.Errorf("got %d kinds and %d fields, want 160 and 100", len(kinds), len(fields))
	}
	if n := len(accepted(kinds, "*")); n < 40 {
		t.Errorf("%d kinds are built in every run, want 40", n)
	}
	for _, rows := range [][]nameRow{kinds, fields} {
		seen := map[string]bool{}
		for _, row := range rows {
			key := row.name + " --plural " + row.plural
			if row.mark != '+' && seen[key] {
				t.Errorf("%s is there twice", row.name)
			}
			seen[key] = true
		}
	}
	built := map[string]bool{}
	for _, row := range accepted(kinds, "*") {
		built[row.category] = true
	}
	for _, row := range accepted(kinds, " ") {
		if !built[row.category] {
			t.Errorf("nothing of %q is built in every run", row.category)
			built[row.category] = true
		}
	}
}
