package scaffold

import (
	"bytes"
	"cmp"
	"go/format"
	"regexp"
	"slices"
	"strings"
)

// formatGo returns Go source as gofmt leaves it; generated files come out as
// their generator leaves them.
func formatGo(file string, src []byte) ([]byte, error) {
	if strings.HasSuffix(file, ".gen.go") {
		src = groupImports(src)
	}
	return format.Source(src)
}

// moves reports whether gofmt may have something to do once a file that it has
// been over is renamed, line by line, from before to after. Mostly it has not, and
// formatting is what costs: gofmt aligns nothing in lines that are comment or
// import alone, and sorts imports that begin with the same module by what follows
// that.
func moves(before, after []byte, modulePath string) bool {
	if bytes.Equal(before, after) {
		return false
	}
	renamed := bytes.Split(after, []byte("\n"))
	block, changed := 0, 0 // imports in a row, and how many of them are the module's
	for i, line := range bytes.Split(before, []byte("\n")) {
		same, text := bytes.Equal(line, renamed[i]), bytes.TrimSpace(line)
		if !isImport(text) {
			block, changed = 0, 0
			if !same && !bytes.HasPrefix(text, []byte("//")) {
				return true
			}
			continue
		}
		block++
		if !same {
			changed++
		}
		if !same && !bytes.Contains(text, []byte(`"`+modulePath)) || changed > 0 && changed < block {
			return true
		}
	}
	return false
}

// isImport reports whether a line could be an import, in parentheses or not.
func isImport(text []byte) bool {
	return bytes.HasSuffix(text, []byte(`"`)) && importOf.Match(text)
}

var importOf = regexp.MustCompile(`^(?:import )?(?:[\w.]+ )?"[^"]*"$`)

// groupImports sorts each block of imports and splits it into the groups that
// goimports makes, which the OpenAPI generator runs. What has no dot in its first
// element comes first: a module may be called just "birds".
func groupImports(src []byte) []byte {
	const open, end = "\nimport (\n", "\n)\n"
	before, rest, ok := bytes.Cut(src, []byte(open))
	if !ok {
		return src
	}
	section, after, ok := bytes.Cut(rest, []byte(end))
	if !ok {
		return src
	}
	blocks := strings.Split(string(section), "\n\n")
	for i, block := range blocks {
		blocks[i] = groupBlock(strings.Split(block, "\n"))
	}
	return slices.Concat(before, []byte(open), []byte(strings.Join(blocks, "\n\n")), []byte(end), after)
}

func groupBlock(specs []string) string {
	slices.SortStableFunc(specs, func(a, b string) int {
		return cmp.Or(cmp.Compare(importGroup(a), importGroup(b)), cmp.Compare(importPath(a), importPath(b)))
	})
	var block strings.Builder
	for i, spec := range specs {
		if i > 0 {
			block.WriteByte('\n')
			if importGroup(spec) != importGroup(specs[i-1]) {
				block.WriteByte('\n')
			}
		}
		block.WriteString(spec)
	}
	return block.String()
}

func importPath(spec string) string {
	_, path, _ := strings.Cut(spec, `"`)
	path, _, _ = strings.Cut(path, `"`)
	return path
}

func importGroup(spec string) int {
	path := importPath(spec)
	first, _, _ := strings.Cut(path, "/")
	switch {
	case strings.HasPrefix(path, "appengine"):
		return 2
	case strings.Contains(first, "."):
		return 1
	}
	return 0
}
