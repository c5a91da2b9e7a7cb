package patch

import (
	"errors"
	"go/ast"
	"go/token"
	"strings"
)

// Field is a field of a package-level struct type. Type may end in a tag; without a Name the field is embedded. Doc is the
// comment above it, if there is to be one; it keeps gofmt from aligning the field with its neighbours.
type Field struct{ Struct, Name, Type, Doc string }

// Add appends the field; one of that name with another type is a conflict.
func (o Field) Add(f *File) ([]Edit, error) { return add(o, f) }

// Remove deletes the field; one of that name with another type is a conflict.
func (o Field) Remove(f *File) ([]Edit, error) { return remove(o, f) }

// Has tells whether the struct has the field with that type and tag.
func (o Field) Has(f *File) (bool, error) { return has(o, f) }

// Rename rewrites Name, Type and Doc.
func (o Field) Rename(r func(string) string) Op {
	return Field{o.Struct, r(o.Name), r(o.Type), r(o.Doc)}
}

func (o Field) lines() string { return strings.TrimSpace(o.Doc + "\n" + o.Name + " " + o.Type) }

func (o Field) item() (anchor, key string) { return o.anchor(), o.Name }

func (o Field) anchor() string { return "struct " + o.Struct }

func (o Field) words() []string { return []string{"struct", o.Struct} }

func (o Field) anchors(f *File) []ast.Node { return nodes(f.structTypes(o.Struct)) }

func (o Field) find(f *File, undo bool) (place, error) {
	code, err := parseSnippet(o.lines())
	if err != nil {
		return place{}, badCode("field", o.lines(), err)
	}
	want, err := parseField(code.code)
	if err != nil {
		return place{}, badCode("field", o.lines(), err)
	}
	if len(want.Names) == 0 && o.Name != "" {
		return place{}, badCode("field", o.lines(), errors.New("no type"))
	}
	t, err := f.structType(o.Struct, o, undo)
	if err != nil {
		return place{}, err
	}
	p := place{list: f.fieldList(t), code: code}
	for i, have := range t.Fields.List {
		n := indexName(have, want)
		if n < 0 {
			continue
		}
		if !same(have.Type, want.Type) || !same(have.Tag, want.Tag) {
			s := f.span(have)
			return place{}, &ConflictError{f.path, f.line(s.start), string(f.src[s.start:s.end]), o.lines()}
		}
		p.held, p.from, p.to = p.list, i, i+1
		if len(have.Names) > 1 {
			p.held, p.from, p.to = f.nameList(have), n, n+1
		}
		break
	}
	return p, nil
}

// indexName is the index of the field's name among those that have declares together, -1 if it is another field.
func indexName(have, want *ast.Field) int {
	if len(have.Names) == 0 || len(want.Names) == 0 {
		if len(have.Names) == len(want.Names) && same(have.Type, want.Type) {
			return 0
		}
		return -1
	}
	for i, n := range have.Names {
		if n.Name == want.Names[0].Name {
			return i
		}
	}
	return -1
}

// structType finds a package-level struct type; o is nil if nothing is to be written to it.
func (f *File) structType(name string, o finder, undo bool) (*ast.StructType, error) {
	return only(f, f.structTypes(name), "struct "+name, o, undo)
}

func (f *File) structTypes(name string) []*ast.StructType {
	var found []*ast.StructType
	for s := range f.decls(token.TYPE) {
		if t, ok := s.(*ast.TypeSpec); ok && t.Name.Name == name {
			if st, ok := t.Type.(*ast.StructType); ok {
				found = append(found, st)
			}
		}
	}
	return found
}

func (f *File) fieldList(t *ast.StructType) list {
	l := list{open: f.offset(t.Fields.Opening) + 1, close: f.offset(t.Fields.Closing), sep: ';', braces: true}
	l.tail = l.close
	for _, field := range t.Fields.List {
		l.items = append(l.items, f.span(field))
	}
	return l
}

// nameList is the list of names in A, B int.
func (f *File) nameList(field *ast.Field) list {
	s := f.span(field)
	l := list{open: s.start, close: f.offset(field.Type.Pos()), tail: f.offset(field.Type.Pos()), sep: ','}
	for _, n := range field.Names {
		l.items = append(l.items, f.span(n))
	}
	return l
}
