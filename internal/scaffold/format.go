package scaffold

import (
	"bytes"
	"cmp"
	"go/format"
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

// groupImports puts the imports of a file into the groups that goimports makes,
// which the OpenAPI generator runs: what has no dot in its first element goes
// with the standard library, and a module may be called just "birds".
func groupImports(src []byte) []byte {
	const open, end = "\nimport (\n", "\n)\n"
	start := bytes.Index(src, []byte(open))
	if start < 0 {
		return src
	}
	start += len(open)
	stop := bytes.Index(src[start:], []byte(end))
	if stop < 0 {
		return src
	}
	stop += start
	var specs []string
	for line := range strings.SplitSeq(string(src[start:stop]), "\n") {
		if strings.TrimSpace(line) != "" {
			specs = append(specs, line)
		}
	}
	slices.SortStableFunc(specs, func(a, b string) int {
		return cmp.Or(cmp.Compare(importGroup(a), importGroup(b)), cmp.Compare(importPath(a), importPath(b)))
	})
	var section strings.Builder
	for i, spec := range specs {
		if i > 0 {
			section.WriteByte('\n')
			if importGroup(spec) != importGroup(specs[i-1]) {
				section.WriteByte('\n')
			}
		}
		section.WriteString(spec)
	}
	return slices.Concat(src[:start], []byte(section.String()), src[stop:])
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
