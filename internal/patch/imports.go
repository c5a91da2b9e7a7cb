package patch

import (
	"cmp"
	"go/ast"
	"go/token"
	"strconv"
	"strings"
)

// Import is an import of Path under Name; without a Name the package has its own. A "." or "_" is a Name too.
type Import struct{ Path, Name string }

// Add imports the package, unless it is there under the same name. Another package of that name is a conflict.
func (o Import) Add(f *File) ([]Edit, error) {
	specs := f.imports()
	for _, s := range specs {
		if o.is(s) {
			return nil, nil
		}
		if name := o.name(); name == s.localName() && name != "_" && name != "." && s.path != "C" {
			return nil, &ConflictError{f.path, f.line(s.start), string(f.src[s.start:s.end]), "import " + o.lines()}
		}
	}
	if ast.IsGenerated(f.ast) {
		return nil, &GeneratedError{f.path, "import " + o.lines()}
	}
	return []Edit{f.insertImport(specs, o)}, nil
}

// Remove deletes the import, unless the file still refers to it by name.
func (o Import) Remove(f *File) ([]Edit, error) {
	specs := f.imports()
	for i, s := range specs {
		if !o.is(s) {
			continue
		}
		used, err := f.references()
		if err != nil || s.usedBy(used) {
			return nil, err
		}
		if ast.IsGenerated(f.ast) {
			return nil, &GeneratedError{f.path, "import " + o.lines()}
		}
		return f.dropImports(specs, func(j int) bool { return i == j }, false), nil
	}
	return nil, nil
}

// Has tells whether the package is imported under that name.
func (o Import) Has(f *File) (bool, error) {
	for _, s := range f.imports() {
		if o.is(s) {
			return true, nil
		}
	}
	return false, nil
}

// Rename rewrites Path and Name.
func (o Import) Rename(r func(string) string) Op { return Import{r(o.Path), r(o.Name)} }

func (o Import) lines() string { return strings.TrimSpace(o.Name + " " + strconv.Quote(o.Path)) }

func (o Import) name() string { return importSpec{path: o.Path, alias: o.Name}.localName() }

func (o Import) is(s importSpec) bool { return s.path == o.Path && s.localName() == o.name() }

// An importSpec is one line of the import section.
type importSpec struct {
	path, alias string
	span                     // from the keyword on, if it is not in parentheses
	top         int          // where its comment starts, or itself
	decl        *ast.GenDecl // what it belongs to
	block       int          // specs without an empty line between them share a block
}

func (s importSpec) grouped() bool { return s.decl.Lparen.IsValid() }

// imports lists the import section in order.
func (f *File) imports() []importSpec {
	var specs []importSpec
	for _, d := range f.ast.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.IMPORT {
			continue
		}
		for _, spec := range g.Specs {
			is := spec.(*ast.ImportSpec)
			s := importSpec{span: f.span(is), decl: g}
			s.path, _ = strconv.Unquote(is.Path.Value) // the parser has checked it
			doc := is.Doc
			if is.Name != nil {
				s.alias = is.Name.Name
			}
			if !s.grouped() {
				s.start, doc = f.offset(g.Pos()), g.Doc
			}
			s.top = s.start
			if doc != nil {
				s.top = f.offset(doc.Pos())
			}
			if n := len(specs); n > 0 {
				s.block = specs[n-1].block
				_, _, apart := f.emptyLines(specs[n-1].end, s.start)
				if apart || specs[n-1].decl != g && (s.grouped() || specs[n-1].grouped()) {
					s.block++
				}
			}
			specs = append(specs, s)
		}
	}
	return specs
}

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
