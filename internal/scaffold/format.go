package scaffold

import (
	"bytes"
	"cmp"
	"go/format"
	"regexp"
	"slices"
	"strings"
)

// formatRenamed returns a Go file that gofmt has been over, and that was renamed
// line by line from before to after, as gofmt leaves it; generated files come out
// as their generator leaves them. Formatting is what costs, so it is done for
// those declarations only that a longer or shorter name can have moved.
func formatRenamed(file string, before, after []byte, modulePath string) ([]byte, error) {
	old, renamed := declarations(before), declarations(after)
	if len(old) != len(renamed) {
		return format.Source(after)
	}
	out := make([]byte, 0, len(after))
	for i, text := range renamed {
		if moves(old[i], text, modulePath) {
			tidy, err := format.Source(text)
			if err != nil {
				return nil, err
			}
			text = tidy
		}
		out = append(out, text...)
	}
	if strings.HasSuffix(file, ".gen.go") {
		return groupImports(out), nil
	}
	return out, nil
}

// declarations splits a file where an empty line comes before a declaration.
func declarations(src []byte) [][]byte {
	var parts [][]byte
	start := 0
	for i := 2; i < len(src); i++ {
		if src[i-1] == '\n' && src[i-2] == '\n' && !bytes.ContainsRune([]byte(" \t\n})"), rune(src[i])) {
			parts = append(parts, src[start:i])
			start = i
		}
	}
	return append(parts, src[start:])
}

// moves reports whether gofmt may have something to do once lines that it has been
// over are renamed from before to after. Mostly it has not: it aligns what stands
// in columns, breaks what is too long for one line, and sorts imports. Those that
// begin with the same module are sorted by what follows that.
func moves(before, after []byte, modulePath string) bool {
	if bytes.Equal(before, after) {
		return false
	}
	renamed := bytes.Split(after, []byte("\n"))
	block, changed := 0, 0 // imports in a row, and how many of them are the module's
	var grid grid
	for i, line := range bytes.Split(before, []byte("\n")) {
		same, text := bytes.Equal(line, renamed[i]), bytes.TrimSpace(line)
		inColumns := grid.next(line)
		if !isImport(text) {
			block, changed = 0, 0
			if !same && (inColumns || hasColumns(text)) && !bytes.HasPrefix(text, []byte("//")) {
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

// A grid follows the lines of a file into structs, interfaces and groups of
// declarations, whose lines stand in columns.
type grid struct {
	inside bool
	indent int // of the line that opens them
}

// next reports whether a line is inside.
func (g *grid) next(line []byte) bool {
	text := bytes.TrimLeft(line, "\t")
	indent := len(line) - len(text)
	if g.inside {
		g.inside = indent > g.indent || len(text) == 0
		return g.inside
	}
	g.inside, g.indent = hasAny(text, bytes.HasSuffix, "struct {", "interface {", "var (", "const (", "type ("), indent
	return false
}

// hasColumns reports whether a line has by itself what gofmt aligns with its
// neighbours, or breaks if it gets too long: a key and its value, a comment behind
// code, something in braces.
func hasColumns(text []byte) bool {
	return hasAny(text, bytes.Contains, ": ", "//", "/*", "{ ", " {}", "struct{", "interface{")
}

// hasAny reports whether has is true for one of the parts of text.
func hasAny(text []byte, has func(text, part []byte) bool, parts ...string) bool {
	return slices.ContainsFunc(parts, func(part string) bool { return has(text, []byte(part)) })
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
