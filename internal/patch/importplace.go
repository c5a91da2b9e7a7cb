package patch

import (
	"cmp"
	"go/ast"
	"go/token"
	"strings"
)

// insertImport places o behind the last spec of the best block that sorts before it.
func (f *File) insertImport(specs []importSpec, o Import) Edit {
	block, ok := bestBlock(specs, o.Path)
	if !ok {
		return f.insertBlock(specs, o)
	}
	var last importSpec
	for _, s := range specs {
		if s.block != block || s.path == "C" {
			continue
		}
		if o.before(s) && f.blank(f.lineStart(s.top), s.top) {
			at := f.lineStart(s.top)
			return Edit{at, at, f.importLine(s, o)}
		}
		last = s
	}
	return f.insertBehind(last, o)
}

// before tells whether o sorts before s: as gofmt does it in parentheses; elsewhere the standard library comes first.
func (o Import) before(s importSpec) bool {
	if mine := standard(o.Path); !s.grouped() && mine != standard(s.path) {
		return mine
	}
	return cmp.Or(cmp.Compare(o.Path, s.path), cmp.Compare(o.Name, s.alias)) < 0
}

func (f *File) insertBehind(s importSpec, o Import) Edit {
	at := f.nextLine(s.end)
	if s.grouped() && at > f.offset(s.decl.Rparen) || !f.blank(f.lineStart(s.start), s.start) || at == len(f.src) {
		text := o.lines()
		if !s.grouped() {
			text = "import " + text
		}
		return Edit{s.end, s.end, "; " + text}
	}
	return Edit{at, at, f.importLine(s, o)}
}

// importLine is a line for o beside s.
func (f *File) importLine(s importSpec, o Import) string {
	text := f.indent(s.start) + o.lines() + f.eol(s.end)
	if s.grouped() {
		return text
	}
	return "import " + text
}

// bestBlock chooses the block with the longest common path, else one of the same sort: standard library or not. Imports
// without parentheses take anything if there are no others.
func bestBlock(specs []importSpec, path string) (block int, ok bool) {
	loose, grouped, best := -1, false, 0
	for _, s := range specs {
		if s.path == "C" {
			continue
		}
		grouped = grouped || s.grouped()
		if !s.grouped() {
			loose = s.block
		}
		score := 2 * commonElems(s.path, path)
		if score == 0 && standard(s.path) == standard(path) {
			score = 1
		}
		if score > best {
			block, best = s.block, score
		}
	}
	if best == 0 && loose >= 0 && !grouped {
		return loose, true
	}
	return block, best > 0
}

// insertBlock starts a new block: the standard library above the others, anything else below; without parentheses to put
// it in, an import declaration of its own.
func (f *File) insertBlock(specs []importSpec, o Import) Edit {
	var first, last *importSpec
	for i := range specs {
		if specs[i].grouped() {
			last = &specs[i]
			if first == nil {
				first = last
			}
		}
	}
	if first == nil {
		return f.insertImportDecl(o)
	}
	if open := f.nextLine(f.offset(first.decl.Lparen)); standard(o.Path) && open <= first.top {
		return Edit{open, open, f.importLine(*first, o) + f.eol(open)}
	}
	e := f.insertBehind(*last, o)
	if e.Start > last.end {
		e.New = f.eol(e.Start) + e.New
	}
	return e
}

// insertImportDecl adds a declaration behind the import declarations, or behind the package clause.
func (f *File) insertImportDecl(o Import) Edit {
	prev, text := f.offset(f.ast.Name.End()), "import "+o.lines()
	next := len(f.src)
	for _, d := range f.ast.Decls {
		if g, ok := d.(*ast.GenDecl); !ok || g.Tok != token.IMPORT {
			next = f.offset(d.Pos())
			break
		}
		prev = f.offset(d.End())
	}
	at, eol := f.nextLine(prev), f.eol(prev)
	switch {
	case at > next: // package p; var x int
		return Edit{prev, prev, "; " + text}
	case at == len(f.src) && !strings.HasSuffix(string(f.src), "\n"):
		return Edit{at, at, eol + eol + text}
	}
	return Edit{at, at, eol + text + eol}
}

func commonElems(a, b string) int {
	n := 0
	x, y := strings.Split(a, "/"), strings.Split(b, "/")
	for n < len(x) && n < len(y) && x[n] == y[n] {
		n++
	}
	return n
}

// standard tells whether a path is of the standard library, which has no dot in its first element.
func standard(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return !strings.Contains(first, ".")
}
