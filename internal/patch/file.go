package patch

import (
	"bytes"
	"cmp"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
)

// A File is one parsed Go source file. It is read-only: operations on it return edits.
type File struct {
	path     string
	src      []byte
	ast      *ast.File
	tok      *token.File
	comments []span
}

// A span is the bytes from start to end, end not included.
type span struct{ start, end int }

func (s span) holds(e Edit) bool { return s.start <= e.Start && e.End <= s.end }

// Parse reads a file; path appears in messages only. The error of a file that does not parse starts with path:line:column.
func Parse(path string, src []byte) (*File, error) {
	fset := token.NewFileSet()
	tree, err := parser.ParseFile(fset, path, src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	f := &File{path: path, src: src, ast: tree, tok: fset.File(tree.FileStart)}
	f.comments = f.commentSpans()
	return f, nil
}

func (f *File) offset(p token.Pos) int { return f.tok.Offset(p) }

func (f *File) span(n ast.Node) span { return span{f.offset(n.Pos()), f.offset(n.End())} }

// line is the number of the line that holds the offset, whatever //line directives say.
func (f *File) line(off int) int { return bytes.Count(f.src[:off], []byte("\n")) + 1 }

// commentSpans measures the comments in the source: the tree has lost their carriage returns, so its ends are wrong.
func (f *File) commentSpans() []span {
	var spans []span
	for _, g := range f.ast.Comments {
		for _, c := range g.List {
			start := f.offset(c.Pos())
			text, _, _ := bytes.Cut(f.src[start:], []byte("\n"))
			size := len(bytes.TrimRight(text, "\r"))
			if c.Text[1] == '*' {
				size = 2 + bytes.Index(f.src[start+2:], []byte("*/")) + 2
			}
			spans = append(spans, span{start, start + size})
		}
	}
	return spans
}

// commentAround returns the comment that the offset lies inside of.
func (f *File) commentAround(off int) (span, bool) {
	i, ok := slices.BinarySearchFunc(f.comments, off, func(c span, off int) int { return cmp.Compare(c.start, off) })
	if ok || i == 0 || f.comments[i-1].end <= off {
		return span{}, false
	}
	return f.comments[i-1], true
}

// commentsIn returns the comments that start between two offsets.
func (f *File) commentsIn(start, end int) []span {
	byStart := func(c span, off int) int { return cmp.Compare(c.start, off) }
	lo, _ := slices.BinarySearchFunc(f.comments, start, byStart)
	hi, _ := slices.BinarySearchFunc(f.comments, end, byStart)
	return f.comments[lo:max(lo, hi)]
}

// lineStart is the offset of the first byte of the line that holds off.
func (f *File) lineStart(off int) int { return bytes.LastIndexByte(f.src[:off], '\n') + 1 }

// nextLine is the offset behind the line that holds off, and behind comments that start on that line.
func (f *File) nextLine(off int) int {
	for {
		i := bytes.IndexByte(f.src[off:], '\n')
		if i < 0 {
			return len(f.src)
		}
		c, inside := f.commentAround(off + i)
		if !inside {
			return off + i + 1
		}
		off = c.end
	}
}

// indent is the white space that the line of off starts with.
func (f *File) indent(off int) string {
	line := f.src[f.lineStart(off):]
	return string(line[:len(line)-len(bytes.TrimLeft(line, " \t"))])
}

// spaces counts the spaces and tabs from off on.
func (f *File) spaces(off int) int { return len(f.src[off:]) - len(bytes.TrimLeft(f.src[off:], " \t")) }

// eol is the line ending in use in front of off.
func (f *File) eol(off int) string { return eolBefore(f.src, off) }

func eolBefore(src []byte, off int) string {
	i := bytes.LastIndexByte(src[:off], '\n')
	if i < 0 {
		i = bytes.IndexByte(src, '\n')
	}
	if i > 0 && src[i-1] == '\r' {
		return "\r\n"
	}
	return "\n"
}

// blank tells whether there is nothing but white space between two offsets.
func (f *File) blank(start, end int) bool { return len(bytes.TrimSpace(f.src[start:end])) == 0 }

// sameLine tells whether no line ends between two offsets.
func (f *File) sameLine(start, end int) bool { return bytes.IndexByte(f.src[start:end], '\n') < 0 }

// ownLines tells whether s has its lines for itself.
func (f *File) ownLines(s span) bool {
	return f.blank(f.lineStart(s.start), s.start) && f.blank(s.end, f.nextLine(s.end))
}

// emptyLines returns the first and the last empty line between two offsets, comments apart.
func (f *File) emptyLines(start, end int) (first, last span, ok bool) {
	at := f.nextLine(start)
	for at < end {
		next := f.nextLine(at)
		if next <= end && f.blank(at, next) {
			last = span{at, next}
			if !ok {
				first, ok = last, true
			}
		}
		at = next
	}
	return first, last, ok
}
