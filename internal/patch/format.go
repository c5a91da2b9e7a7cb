package patch

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/format"
	"go/token"
	"slices"
)

// Apply splices edits of f into its source. In a gofmt-clean file the declarations that were touched are aligned again;
// in any other, not a byte outside of the edits changes. The error tells of edits that overlap or do not parse.
//
// Formatting the whole file would say the same thing ten times slower: gofmt aligns across lines, never across an empty
// line between declarations, so a chunk between two of these can be judged alone.
func (f *File) Apply(edits []Edit) ([]byte, error) {
	if len(edits) == 0 {
		return f.src, nil
	}
	var splices []Edit
	touched := map[span][]Edit{}
	for _, e := range edits {
		c, ok := f.chunkOf(e)
		if !ok {
			splices = append(splices, e)
			continue
		}
		touched[c] = append(touched[c], e)
	}
	for c := range touched {
		if slices.ContainsFunc(splices, func(e Edit) bool { return e.Start < c.end && c.start < e.End }) {
			return f.applyAll(edits)
		}
	}
	for c, inside := range touched { // any order: Apply sorts
		text, err := f.tidy(c, inside)
		if err != nil {
			return nil, err
		}
		splices = append(splices, Edit{c.start, c.end, string(text)})
	}
	return Apply(f.src, splices)
}

// applyAll does without chunks: the last declaration of a file without a final newline takes the line break of the chunk
// before it along.
func (f *File) applyAll(edits []Edit) ([]byte, error) {
	plain, err := Apply(f.src, edits)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.path, err)
	}
	const mark = "\ufeff"
	text, crlf := toLF(bytes.TrimPrefix(plain, []byte(mark)))
	clean, err := format.Source(text)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s would not parse: %w", f.path, err)
	case !f.clean():
		return plain, nil
	case !bytes.HasSuffix(text, []byte("\n")):
		clean = bytes.TrimSuffix(clean, []byte("\n"))
	}
	if crlf {
		clean = bytes.ReplaceAll(clean, []byte("\n"), []byte("\r\n"))
	}
	return append(plain[:len(plain)-len(bytes.TrimPrefix(plain, []byte(mark)))], clean...), nil
}

// chunkOf returns the run of declarations without an empty line between them that e lies in. There is none for an edit
// in front of it, between declarations or in the line of the package clause.
func (f *File) chunkOf(e Edit) (span, bool) {
	before := f.offset(f.ast.Name.End())
	c := span{f.nextLine(before), len(f.src)}
	for _, d := range f.ast.Decls {
		s := f.span(d)
		first, last, gap := f.emptyLines(before, s.start)
		if gap {
			c.end = first.start
			if c.holds(e) {
				break
			}
			c = span{last.end, len(f.src)}
		}
		before = s.end
	}
	if first, _, gap := f.emptyLines(before, len(f.src)); gap && c.end == len(f.src) {
		c.end = first.start
	}
	return c, c.start < e.End && c.holds(e) && f.declared(c)
}

// declared tells whether c holds declarations, and none by half.
func (f *File) declared(c span) bool {
	some := false
	for _, d := range f.ast.Decls {
		s := f.span(d)
		switch {
		case c.start <= s.start && s.end <= c.end:
			some = true
		case s.start < c.end && c.start < s.end:
			return false
		}
	}
	return some
}

// tidy returns the text of the chunk c with edits inside of it.
func (f *File) tidy(c span, edits []Edit) ([]byte, error) {
	old := f.src[c.start:c.end]
	local := make([]Edit, len(edits))
	hull := span{len(old), 0}
	for i, e := range edits {
		local[i] = Edit{e.Start - c.start, e.End - c.start, e.New}
		hull = span{min(hull.start, local[i].Start), max(hull.end, local[i].End)}
	}
	plain, err := Apply(old, local)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.path, err)
	}
	text, crlf := toLF(plain)
	clean, err := formatDecls(text)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: the declarations from line %d on would not parse: %w", f.path, f.line(c.start), err)
	case bytes.Equal(clean, text):
		return plain, nil
	case (!surrounds(old[:hull.start], clean, old[hull.end:]) || !cleanDecls(old)) && !f.clean():
		return plain, nil
	case crlf:
		return bytes.ReplaceAll(clean, []byte("\n"), []byte("\r\n")), nil
	}
	return clean, nil
}

// surrounds tells whether text starts with before and ends with after, so that whatever it changed lies between.
func surrounds(before, text, after []byte) bool {
	before, _ = toLF(before)
	after, _ = toLF(after)
	return len(before)+len(after) <= len(text) && bytes.HasPrefix(text, before) && bytes.HasSuffix(text, after)
}

// clean tells whether the whole file is as gofmt leaves it; line endings, byte order mark and final newline do not count.
func (f *File) clean() bool {
	text, _ := toLF(bytes.TrimPrefix(f.src, []byte("\ufeff")))
	out, err := format.Source(text)
	return err == nil && bytes.Equal(bytes.TrimSuffix(out, []byte("\n")), bytes.TrimSuffix(text, []byte("\n")))
}

// toLF turns CRLF into LF if all lines end so. Mixed endings stay: they can only be kept byte by byte.
func toLF(src []byte) (text []byte, crlf bool) {
	n := bytes.Count(src, []byte("\n"))
	if n == 0 || bytes.Count(src, []byte("\r\n")) != n {
		return src, false
	}
	return bytes.ReplaceAll(src, []byte("\r\n"), []byte("\n")), true
}

// formatDecls is gofmt for declarations without their file.
func formatDecls(text []byte) ([]byte, error) {
	const clause = "package p\n\n"
	if len(bytes.TrimSpace(text)) == 0 {
		return text, nil
	}
	out, err := format.Source(append([]byte(clause), text...))
	if err != nil {
		return nil, err
	}
	out = bytes.TrimPrefix(out, []byte(clause))
	if !bytes.HasSuffix(text, []byte("\n")) {
		out = bytes.TrimSuffix(out, []byte("\n"))
	}
	return out, nil
}

// cleanDecls tells whether gofmt leaves the declarations as they are.
func cleanDecls(text []byte) bool {
	text, _ = toLF(text)
	out, err := formatDecls(text)
	return err == nil && bytes.Equal(out, text)
}

// decls yields the specs of all top-level declarations made with tok.
func (f *File) decls(tok token.Token) func(yield func(ast.Spec) bool) {
	return func(yield func(ast.Spec) bool) {
		for _, d := range f.ast.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != tok {
				continue
			}
			for _, s := range g.Specs {
				if !yield(s) {
					return
				}
			}
		}
	}
}
