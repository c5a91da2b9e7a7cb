package scaffold

import (
	"errors"
	"strings"
	"testing"
)

// rowFields returns specifications of the fields that the table accepts, of all
// types in turn, required and optional.
func rowFields(t *testing.T) []string {
	t.Helper()
	var specs []string
	for i, row := range accepted(nameTable(t, "fields.txt"), " ") {
		spec := row.name + ":" + plainTypes[i%len(plainTypes)]
		if i/len(plainTypes)%2 == 0 {
			spec += ":required"
		}
		specs = append(specs, spec)
	}
	return specs
}

var plainTypes = strings.Fields("string int int64 float bool time string")

func TestFieldNamesAreSpelledAsTheTableSays(t *testing.T) {
	t.Parallel()
	for _, row := range accepted(nameTable(t, "fields.txt"), " ") {
		k, err := NewKind("Widget", "", row.name+":string")
		if err != nil {
			t.Errorf("%s: %v", row.name, err)
			continue
		}
		f := k.Fields[0]
		if got := strings.Join([]string{f.Column(), f.GoName(), f.WireName()}, " "); got != row.spelled {
			t.Errorf("%s: got %s, want %s", row.name, got, row.spelled)
		}
	}
}

func TestFieldNamesAreRefusedAsTheTableSays(t *testing.T) {
	t.Parallel()
	for _, row := range nameTable(t, "fields.txt") {
		if row.reason == "" {
			continue
		}
		_, err := NewKind("Widget", "", strings.ReplaceAll(row.name, ",", ":string,")+":string")
		if !errors.As(err, new(*InvalidError)) || !strings.Contains(err.Error(), row.reason) {
			t.Errorf("%s: got %v, want an InvalidError with %q", row.name, err, row.reason)
		}
	}
}
