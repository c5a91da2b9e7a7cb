package patch

import (
	"errors"
	"fmt"
	"go/ast"
	"slices"
	"strings"
)

// An Op is one line of wiring in one file. Its methods change nothing, they return edits of the file (see [File.Apply]):
// none if there is nothing to do. The errors that a person has to act on are [*NotFoundError], [*AmbiguousError],
// [*ConflictError] and [*GeneratedError].
type Op interface {
	// Add returns the edits after which Has is true.
	Add(*File) ([]Edit, error)
	// Remove returns the edits that undo Add.
	Remove(*File) ([]Edit, error)
	// Has tells whether the line is there, in whatever layout.
	Has(*File) (bool, error)
	// Rename returns the operation with the code rewritten, and the anchor as it is.
	Rename(func(string) string) Op
}

// Add returns src with the lines of ops added, src itself if they are there. It is all or nothing: the error joins what
// each of the operations has to say.
func Add(path string, src []byte, ops ...Op) ([]byte, error) {
	return run(path, src, ops, Op.Add)
}

// Remove returns src without the lines of ops, src itself if there are none. It undoes Add with the same arguments.
// An import goes last, and stays while the file needs it.
func Remove(path string, src []byte, ops ...Op) ([]byte, error) {
	var imports, others []Op
	for _, op := range slices.Backward(ops) {
		if _, ok := op.(Import); ok {
			imports = append(imports, op)
		} else {
			others = append(others, op)
		}
	}
	out, err := run(path, src, others, Op.Remove)
	if err != nil || len(imports) == 0 {
		return out, err
	}
	return run(path, out, imports, Op.Remove)
}

// run parses as often as operations could see each other's work: once, if they touch different declarations or add
// different lines to one list.
func run(path string, src []byte, ops []Op, do func(Op, *File) ([]Edit, error)) ([]byte, error) {
	f, err := Parse(path, src)
	if err != nil {
		return nil, err
	}
	var errs []error
	b := newBatch(f)
	for _, op := range ops {
		edits, err := do(op, b.file)
		if !b.take(op, edits) {
			if b, err = b.reparse(); err != nil {
				return nil, err
			}
			edits, err = do(op, b.file)
			b.take(op, edits)
		}
		errs = append(errs, err)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return b.file.Apply(b.edits)
}

// A place is where an operation applies: the list to add to, and if the code is there already, the list that holds it.
type place struct {
	list     list
	code     snippet
	held     list
	from, to int  // the items of held; from == to if the code is not there
	next     *int // the item of list that the code goes in front of; nil if behind the last
}

func (p place) found() bool { return p.from < p.to }

// A finder is an operation on a list.
type finder interface {
	find(f *File, undo bool) (place, error)
	lines() string // the code as a person would write it
}

func add(o finder, f *File) ([]Edit, error) {
	p, err := o.find(f, false)
	switch {
	case err != nil:
		return nil, err
	case p.found():
		return nil, nil
	case ast.IsGenerated(f.ast):
		return nil, &GeneratedError{f.path, o.lines()}
	}
	if p.next != nil {
		return []Edit{f.insertAhead(p.list, *p.next, p.code)}, nil
	}
	return []Edit{f.insert(p.list, p.code)}, nil
}

func remove(o finder, f *File) ([]Edit, error) {
	p, err := o.find(f, true)
	switch {
	case err != nil:
		return nil, err
	case !p.found():
		return nil, nil
	case ast.IsGenerated(f.ast):
		return nil, &GeneratedError{f.path, o.lines()}
	}
	return f.remove(p.held, p.from, p.to, p.code), nil
}

func has(o finder, f *File) (bool, error) {
	p, err := o.find(f, false)
	var conflict *ConflictError
	if errors.As(err, &conflict) {
		return false, nil
	}
	return p.found(), err
}

// only returns the one anchor among those found.
func only[T ast.Node](f *File, found []T, anchor string, o finder, undo bool) (T, error) {
	var none T
	code := ""
	if o != nil {
		code = o.lines()
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return none, &NotFoundError{f.path, anchor, code, undo}
	}
	lines := make([]int, len(found))
	for i, n := range found {
		lines[i] = f.line(f.offset(n.Pos()))
	}
	return none, &AmbiguousError{Path: f.path, Anchor: anchor, Lines: lines, Code: code, Remove: undo}
}

// badCode tells of an operation that was made wrong: a mistake of the caller's, not of the file's owner.
func badCode(what, code string, err error) error {
	return fmt.Errorf("%s %q: %w", what, strings.TrimSpace(code), err)
}
