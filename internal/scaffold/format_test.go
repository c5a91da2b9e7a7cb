package scaffold

import (
	"strings"
	"testing"
)

// The generator runs goimports, which splits each block of imports by what
// their first element looks like.
func TestImportsAreGroupedAsByTheGenerator(t *testing.T) {
	t.Parallel()
	const file = `package p

import (
	"io"
	"time"

	"github.com/x/nullable"
	"github.com/x/runtime"
	externalRef0 "MODULE/pkg/api/openapi"
)
`
	for module, want := range map[string]string{
		"birds":          "\"io\"\n\t\"time\"\n\n\texternalRef0 \"birds/pkg/api/openapi\"\n\n\t\"github.com/x/nullable\"\n\t\"github.com/x/runtime\"\n)",
		"a.io/birds":     "\n\texternalRef0 \"a.io/birds/pkg/api/openapi\"\n\t\"github.com/x/nullable\"\n\t\"github.com/x/runtime\"\n)",
		"github.com/x/o": "nullable\"\n\texternalRef0 \"github.com/x/o/pkg/api/openapi\"\n\t\"github.com/x/runtime\"\n)",
		"z.io/birds":     "runtime\"\n\texternalRef0 \"z.io/birds/pkg/api/openapi\"\n)",
		"appengine-x":    "runtime\"\n\n\texternalRef0 \"appengine-x/pkg/api/openapi\"\n)",
	} {
		got, err := formatGo("x.gen.go", []byte(strings.Replace(file, "MODULE", module, 1)))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(got), want) {
			t.Errorf("%s: got\n%s\nwant in it\n%s", module, got, want)
		}
	}
}

func TestMovesTellsWhatGofmtHasToLookAt(t *testing.T) {
	t.Parallel()
	rename := strings.NewReplacer("example.com/old", "github.com/x/new", "old", "newer")
	for src, want := range map[string]bool{
		"package p\n":                     false,
		"package p\n\n// Run starts old.": false,
		"import \"example.com/old/pkg\"":  false,
		"import (\n\t\"fmt\"\n\n\t\"example.com/old/a\"\n\tb \"example.com/old/c\"\n)": false,
		"import (\n\t\"github.com/z\"\n\t\"example.com/old/a\"\n)":                     true,
		"import (\n\t\"example.com/old/a\"\n\t\"github.com/z\"\n)":                     true,
		"var old = 1":         true,
		"x := old // comment": true,
		"\t\"old\"":           true,
	} {
		if got := moves([]byte(src), []byte(rename.Replace(src)), "example.com/old"); got != want {
			t.Errorf("%q: got %t, want %t", src, got, want)
		}
	}
}
