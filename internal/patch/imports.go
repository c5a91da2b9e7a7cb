package patch

import (
	"errors"
	"go/ast"
	"go/token"
	"strconv"
	"strings"
)

// Import is an import of Path under Name; without a Name the package has its own. A "." or "_" is a Name too.
type Import struct{ Path, Name string }

// Add imports the package, unless it is there under the same name. Another package of that name is a conflict.
func (o Import) Add(f *File) ([]Edit, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
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

// check tells of an operation that is no import.
func (o Import) check() error {
	d, err := parseDecl("import " + o.lines())
	if err == nil {
		if g, ok := d.(*ast.GenDecl); !ok || len(g.Specs) != 1 {
			err = errors.New("not one import")
		}
	}
	if err == nil && (o.Path == "" || strings.ContainsAny(o.Path, " \t\"`\\")) {
		err = errors.New("no import path")
	}
	if err == nil && o.Name != "" && o.Name != "." && !token.IsIdentifier(o.Name) {
		err = errors.New("no name for a package")
	}
	if err != nil {
		return badCode("import", o.lines(), err)
	}
	return nil
}

// Remove deletes the import, unless the file still refers to it by name.
func (o Import) Remove(f *File) ([]Edit, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
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
	if err := o.check(); err != nil {
		return false, err
	}
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
