package scaffold

import (
	"bytes"
	"go/format"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
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
		got := groupImports([]byte(strings.Replace(file, "MODULE", module, 1)))
		if !strings.Contains(string(got), want) {
			t.Errorf("%s: got\n%s\nwant in it\n%s", module, got, want)
		}
	}
}

// Whatever a kind is called: formatting what a rename can have moved is
// formatting all of it.
func TestRenamedFilesAreFormatted(t *testing.T) {
	t.Parallel()
	b := testBlueprint(t)
	sources := map[string][]byte{}
	for _, file := range slices.Concat(b.kindFiles, b.serviceFiles) {
		sources[file] = readFile(t, b.FS, file)
	}
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringMatching(`[A-Z][a-z0-9]{0,40}([A-Z][a-z0-9]{1,15})?`)
		one, many := name.Draw(t, "name"), name.Draw(t, "plural")
		kind, err := NewKind(one, many, "a:int")
		if err != nil {
			t.Skip(err)
		}
		service := Service{Name: birds.Name, Module: rapid.SampledFrom([]string{"a", "github.com/a/b", "golang.org/x/birds"}).Draw(t, "module")}
		named := b.kindRenamer(service, kind).Replace
		for _, file := range b.kindFiles {
			if path.Ext(file) != ".go" {
				continue
			}
			src := sources[file]
			after := []byte(named(string(src)))
			got, err := formatRenamed(file, src, after, b.Service.Module)
			if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			want, err := format.Source(after)
			if strings.HasSuffix(file, ".gen.go") {
				want = groupImports(want)
			}
			if err != nil || !bytes.Equal(want, got) {
				t.Fatalf("%s (-want +got): %v\n%s", file, err, cmp.Diff(string(want), string(got)))
			}
		}
	})
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
		"var old = 1":                                            false,
		"x := old // comment":                                    true,
		"func old() int {\n\treturn f(old)\n}":                   false,
		"type old struct {\n\tA []int\n}":                        false,
		"type t struct {\n\tA old\n}":                            true,
		"func f() {\n\tvar (\n\t\ta old\n\t)\n\treturn\n}":       true,
		"func f() {\n\tvar (\n\t\ta int\n\t)\n\treturn old()\n}": false,
		"func f() int { return old }":                            true,
		"func (old) f() {}":                                      true,
		"var x = map[string]int{\n\told: 1,\n}":                  true,
		"var x = []int{\n\told,\n}":                              false,
		"var x struct{ old int }":                                true,
		"\t\"old\"":                                              true,
	} {
		if got := moves([]byte(src), []byte(rename.Replace(src)), "example.com/old"); got != want {
			t.Errorf("%q: got %t, want %t", src, got, want)
		}
	}
}
