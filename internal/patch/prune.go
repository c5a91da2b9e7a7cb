package patch

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"regexp"
	"slices"
	"strings"
)

// PruneImports deletes the imports that a file does not use, with their comments and the empty lines that would be left
// of a group, and returns src itself if it uses all. It is meant for files that we have just made: a package is taken to
// be called what its path suggests (see localName), and nothing is looked up.
func PruneImports(path string, src []byte) ([]byte, error) {
	f, err := Parse(path, src)
	if err != nil {
		return nil, err
	}
	specs := f.imports()
	if len(specs) == 0 {
		return src, nil
	}
	used, err := f.references()
	if err != nil {
		return nil, err
	}
	return f.Apply(f.dropImports(specs, func(i int) bool { return specs[i].named() && !specs[i].usedBy(used) }, true))
}

// references collects the names that the file selects from and does not declare itself, so packages for the most part.
func (f *File) references() (map[string]bool, error) {
	// Object resolution is deprecated for what it does not know, methods and other files; what a name in one file's
	// scopes means it knows, at a hundredth of the price of type checking.
	tree, err := parser.ParseFile(token.NewFileSet(), f.path, f.src, 0)
	if err != nil {
		return nil, err
	}
	used, open := map[string]bool{}, map[*ast.Ident]bool{}
	for _, id := range tree.Unresolved {
		open[id] = true
	}
	ast.Inspect(tree, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if id, ok := s.X.(*ast.Ident); ok && open[id] {
				used[id.Name] = true
			}
		}
		return true
	})
	return used, nil
}

// named tells whether the file can refer to the package by a name, so that one sees whether it does.
func (s importSpec) named() bool { return s.path != "C" && s.alias != "_" && s.alias != "." }

// usedBy tells whether a file that refers to these names refers to the import.
func (s importSpec) usedBy(used map[string]bool) bool {
	if s.alias != "" {
		return used[s.alias]
	}
	return slices.ContainsFunc(packageNames(s.path), func(name string) bool { return used[name] })
}

// localName is what the file most likely calls the package.
func (s importSpec) localName() string {
	if s.alias != "" {
		return s.alias
	}
	return packageNames(s.path)[0]
}

var (
	majorElem   = regexp.MustCompile(`^v[0-9]+$`)
	majorSuffix = regexp.MustCompile(`\.v[0-9]+$`)
)

// packageNames lists what the package at a path may be called, the likeliest first:
// a/b ⇒ b; a/b/v2, a/b.v2 ⇒ b; a/go-b, a/b-go, a/b.go ⇒ b; a/b-c ⇒ bc, b_c, b, c.
func packageNames(p string) []string {
	elem := path.Base(p)
	if dir := path.Dir(p); dir != "." && majorElem.MatchString(elem) {
		elem = path.Base(dir)
	}
	elem = majorSuffix.ReplaceAllString(elem, "")
	short := strings.TrimPrefix(elem, "go-")
	for _, suffix := range []string{"-go", ".go"} {
		if s := strings.TrimSuffix(short, suffix); s != "" {
			short = s
		}
	}
	names := []string{strings.NewReplacer("-", "", ".", "").Replace(short)}
	parts := strings.FieldsFunc(elem, func(r rune) bool { return r == '-' || r == '.' })
	names = append(names, strings.Join(parts, ""), strings.Join(parts, "_"))
	return append(names, parts...)
}

// dropImports returns the edits that delete some of specs. What goes with them is what Add would have brought: a block's
// empty line, the parentheses around the last one. Comments stay, or go with their import.
func (f *File) dropImports(specs []importSpec, drop func(i int) bool, comments bool) []Edit {
	var cuts []span
	for i := 0; i < len(specs); {
		first := i
		for i < len(specs) && specs[i].block == specs[first].block {
			i++
		}
		cuts = append(cuts, f.dropBlock(specs, first, i, drop, comments)...)
	}
	return merge(cuts)
}

// dropBlock deals with the block specs[first:end].
func (f *File) dropBlock(specs []importSpec, first, end int, drop func(int) bool, comments bool) []span {
	kept := func(test func(importSpec) bool) bool {
		for i, s := range specs {
			if test(s) && !drop(i) {
				return true
			}
		}
		return false
	}
	bare := func(s span) bool { return comments || len(f.commentsIn(s.start, f.nextLine(s.end))) == 0 }
	head := specs[first]
	opens := first == 0 || specs[first-1].decl != head.decl
	block, decl := span{head.top, specs[end-1].end}, f.span(head.decl)
	if comments {
		block.end = f.behindComment(block.end)
	}
	switch {
	case head.grouped() && bare(decl) && !kept(func(s importSpec) bool { return s.decl == head.decl }):
		if !opens {
			return nil // it went with the first block
		}
		if comments && head.decl.Doc != nil {
			decl.start = f.offset(head.decl.Doc.Pos())
		}
		return []span{f.cutLines(decl, comments, true)}
	case bare(block) && !kept(func(s importSpec) bool { return s.block == head.block }):
		if !head.grouped() {
			return []span{f.cutLines(block, comments, true)}
		}
		if f.ownLines(block) {
			return []span{f.cutBlock(block, opens)}
		}
	}
	var cuts []span
	for i := first; i < end; i++ {
		if drop(i) {
			cuts = append(cuts, f.cutSpec(specs[i], comments))
		}
	}
	return cuts
}

func (f *File) cutSpec(s importSpec, comments bool) span {
	if comments {
		s.start = s.top
	}
	return f.cutLines(s.span, comments, false)
}

// cutLines widens s to its lines, and to an empty line above if wanted; in a shared line to the semicolon beside it.
func (f *File) cutLines(s span, comments, emptyAbove bool) span {
	end := f.nextLine(s.end)
	if comments {
		s.end = f.behindComment(s.end)
	}
	start := f.lineStart(s.start)
	before := bytes.TrimRight(f.src[:s.start], " \t")
	after := bytes.TrimLeft(f.src[s.end:], " \t")
	switch {
	case f.ownLines(s):
		if above := f.lineStart(max(start-1, 0)); emptyAbove && f.blank(above, start) {
			start = above
		}
		if end == len(f.src) && !bytes.HasSuffix(f.src, []byte("\n")) {
			start = len(bytes.TrimSuffix(bytes.TrimSuffix(f.src[:start], []byte("\n")), []byte("\r")))
		}
		return span{start, end}
	case bytes.HasSuffix(before, []byte(";")):
		return span{len(before) - 1, s.end}
	case bytes.HasPrefix(after, []byte(";")):
		after = bytes.TrimLeft(after[1:], " \t")
	}
	return span{s.start, len(f.src) - len(after)}
}

// behindComment is the end of the comment that follows off in its line, or off.
func (f *File) behindComment(off int) int {
	c := f.commentsIn(off, f.nextLine(off))
	if len(c) == 0 || !f.blank(off, c[0].start) {
		return off
	}
	return c[len(c)-1].end
}

// cutBlock is the lines of s, with the empty line that separates the block from another one.
func (f *File) cutBlock(s span, first bool) span {
	lines := span{f.lineStart(s.start), f.nextLine(s.end)}
	above := f.lineStart(max(lines.start-1, 0))
	below := f.nextLine(lines.end)
	switch {
	case !first && f.blank(above, lines.start):
		lines.start = above
	case first && f.blank(lines.end, below):
		lines.end = below
	}
	return lines
}

// merge turns cuts, which are in order, into deletions; two that claim the same empty line become one.
func merge(cuts []span) []Edit {
	var edits []Edit
	for _, c := range cuts {
		if n := len(edits); n > 0 && c.start < edits[n-1].End {
			edits[n-1].End = max(edits[n-1].End, c.end)
			continue
		}
		edits = append(edits, Edit{c.start, c.end, ""})
	}
	return edits
}
