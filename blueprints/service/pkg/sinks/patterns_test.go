package sinks_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/sinks"
)

func TestPatterns(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		patterns []string
		source   string
		what     api.EventType
		want     bool
	}{
		{nil, "Owls", api.CreateEvent, false},
		{[]string{"*.*"}, "Owls", api.CreateEvent, true},
		{[]string{"Owls.*"}, "Owls", api.DeleteEvent, true},
		{[]string{"Owls.*"}, "owls", api.DeleteEvent, false},
		{[]string{"Owls.*"}, "Owlss", api.DeleteEvent, false},
		{[]string{"*.Delete"}, "Elks", api.DeleteEvent, true},
		{[]string{"*.Delete"}, "Elks", api.UpdateEvent, false},
		{[]string{"Owls.Create", "Elks.Delete"}, "Elks", api.DeleteEvent, true},
		{[]string{"Owls.Create", "Elks.Delete"}, "Elks", api.CreateEvent, false},
	} {
		patterns, err := sinks.ParsePatterns(tt.patterns)
		if err != nil {
			t.Fatal(err)
		}
		if got := patterns.Match(tt.source, tt.what); got != tt.want {
			t.Errorf("%v on %s.%s: got %t, want %t", tt.patterns, tt.source, tt.what, got, tt.want)
		}
	}
}

func TestPatternsThatAreNone(t *testing.T) {
	t.Parallel()
	bad := []string{"", "Owls", ".Create", "Owls.", "Owls.create", "Owls.Create.x", "Ow*.Create"}
	_, err := sinks.ParsePatterns(append(bad, "Owls.Create"))
	if err == nil {
		t.Fatal("got no error")
	}
	lines := strings.Split(err.Error(), "\n")
	if len(lines) != len(bad) {
		t.Errorf("got %d problems, want one for each of %q:\n%v", len(lines), bad, err)
	}
	for i, text := range bad {
		if i < len(lines) && !strings.Contains(lines[i], `"`+text+`"`) {
			t.Errorf("the problem with %q is not named: %s", text, lines[i])
		}
	}
}

func TestSourcesOfPatterns(t *testing.T) {
	t.Parallel()
	patterns, err := sinks.ParsePatterns([]string{"Owls.*", "*.Create", "Elks.Create", "Owls.Create"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"Elks", "Owls"}, patterns.Sources()); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}
