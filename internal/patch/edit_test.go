package patch_test

import (
	"strings"
	"testing"

	"github.com/trexgen/trexgen/internal/patch"
)

func TestApply(t *testing.T) {
	t.Parallel()
	const src = "0123456789"
	tests := []struct {
		name  string
		edits []patch.Edit
		want  string
		err   string
	}{
		{"none", nil, src, ""},
		{"any order", []patch.Edit{{8, 9, "y"}, {1, 2, "xx"}}, "0xx234567y9", ""},
		{"insertions keep their order", []patch.Edit{{3, 3, "a"}, {3, 3, "b"}}, "012ab3456789", ""},
		{"insertion before replacement", []patch.Edit{{3, 5, "-"}, {3, 3, "a"}}, "012a-56789", ""},
		{"neighbours", []patch.Edit{{0, 5, ""}, {5, 10, ""}}, "", ""},
		{"at the end", []patch.Edit{{10, 10, "x"}}, src + "x", ""},
		{"overlap", []patch.Edit{{2, 5, ""}, {4, 6, ""}}, "", "overlaps"},
		{"insertion inside of a deletion", []patch.Edit{{2, 5, ""}, {3, 3, "x"}}, "", "overlaps"},
		{"behind the end", []patch.Edit{{5, 11, ""}}, "", "outside"},
		{"before the start", []patch.Edit{{-1, 1, ""}}, "", "outside"},
		{"backwards", []patch.Edit{{5, 4, ""}}, "", "outside"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := patch.Apply([]byte(src), tt.edits)
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Fatalf("Apply(%v) = %q, %v, want an error with %q", tt.edits, got, err, tt.err)
				}
				return
			}
			if err != nil || string(got) != tt.want {
				t.Errorf("Apply(%v) = %q, %v, want %q", tt.edits, got, err, tt.want)
			}
		})
	}
}
