package scaffold

import (
	"regexp"
	"strings"

	"github.com/trexgen/trexgen/internal/patch"
)

// valuePackages are what the values of fields may need of packages that the
// exemplar's file does without, by the name in front of the dot.
var valuePackages = map[string]string{
	"decimal": "github.com/shopspring/decimal",
	"json":    "encoding/json",
	"time":    "time",
	"uuid":    "github.com/google/uuid",
}

var qualified = regexp.MustCompile(`\b\w+\.`)

// fitImports brings the imports of a file in step with its holes, filled by the
// edits of src: without times there is no use for package time.
func fitImports(file string, src, out []byte, edits []patch.Edit) ([]byte, error) {
	before, after := map[string]bool{}, map[string]bool{}
	for _, e := range edits {
		addQualifiers(before, string(src[e.Start:e.End]))
		addQualifiers(after, e.New)
	}
	var ops []patch.Op
	for name := range after {
		if path, ok := valuePackages[name]; ok && !before[name] {
			ops = append(ops, patch.Import{Path: path})
		}
	}
	lost := false
	for name := range before {
		lost = lost || !after[name]
	}
	if len(ops) > 0 {
		var err error
		if out, err = patch.Add(file, out, ops...); err != nil {
			return nil, err
		}
	}
	if !lost && len(ops) == 0 {
		return out, nil
	}
	out, err := patch.PruneImports(file, out) // also of what was only a word in a text
	return loneImport.ReplaceAll(out, []byte("import $1\n")), err
}

// loneImport matches the parentheses around a single import.
var loneImport = regexp.MustCompile(`(?m)^import \(\n\t([^\n]+)\n\)\n`)

// addQualifiers collects what stands in front of a dot.
func addQualifiers(names map[string]bool, code string) {
	for _, name := range qualified.FindAllString(code, -1) {
		names[strings.TrimSuffix(name, ".")] = true
	}
}
