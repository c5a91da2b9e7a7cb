package scaffold

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"

	"github.com/trexgen/trexgen/internal/patch"
)

// locate returns the file of the package that op applies to: file itself, or the
// one that its owner has moved the anchor to. Where there is none, it is file, so
// that op says what is missing there. Errors are a *patch.AmbiguousError, syntax
// errors and those of reading.
func (w *workspace) locate(file string, op patch.Op) (string, error) {
	if path.Ext(file) != ".go" {
		return file, nil
	}
	files := map[string][]byte{}
	src, err := w.read(file)
	switch {
	case err == nil:
		files[file] = src
		found, err := patch.Locate(file, files, op)
		if !isNotFound(err) {
			return found, err
		}
	case !errors.Is(err, fs.ErrNotExist):
		return "", err
	}
	dir := path.Dir(file)
	for _, name := range w.files(dir) {
		if other := path.Join(dir, name); path.Ext(name) == ".go" && other != file {
			if files[other], err = w.read(other); err != nil {
				return "", err
			}
		}
	}
	found, err := patch.Locate(file, files, op)
	if _, plain := err.(*patch.NotFoundError); plain {
		return file, nil
	}
	return found, err // broken files may be where the anchor went, so they are told of
}

func isNotFound(err error) bool {
	var missing *patch.NotFoundError
	return errors.As(err, &missing)
}

// wire adds the row's lines for the kinds, wherever their list is. What is in the
// way goes to p, lines that are there already among it.
func (r wire) wire(w *workspace, p *problems, named func(string) string, kinds []wiredKind, there roster) error {
	return r.edit(w, p, named, kinds[0], false, func(file string, src []byte) ([]byte, error) {
		after, err := r.op.add(file, src, kinds, there)
		if err == nil && bytes.Equal(src, after) { // made for something else than these files; a new service has no such lines
			return nil, fmt.Errorf("%s has a line for %s already: delete it first", file, kinds[0].Name)
		}
		return after, err
	})
}

// unwire takes the row's line for k out, wherever its list is. What is in the way
// goes to p; a line that is not there is not.
func (r wire) unwire(w *workspace, p *problems, named func(string) string, k wiredKind) error {
	return r.edit(w, p, named, k, true, func(file string, src []byte) ([]byte, error) {
		return r.op.remove(file, src, k)
	})
}

// edit changes the file that holds the row's list by do.
func (r wire) edit(w *workspace, p *problems, named func(string) string, k wiredKind, undo bool, do func(string, []byte) ([]byte, error)) error {
	file := named(r.file)
	if o, ok := r.op.(goOp); ok {
		found, err := w.locate(file, o.op.Rename(k.named))
		if err != nil {
			p.addf("%s", withPath(file, forUndo(err, undo)))
			return nil
		}
		file = found
	}
	before, err := w.read(file)
	if errors.Is(err, fs.ErrNotExist) {
		p.addf("%s is not there: it %s; restore it", file, r.why)
		return nil
	}
	if err != nil {
		return err
	}
	after, err := do(file, before)
	switch {
	case err != nil:
		p.addf("%s", withPath(file, err))
	case !bytes.Equal(before, after):
		w.modify(file, before, after, r.why)
	}
	return nil
}

// forUndo makes an error that tells what to add by hand tell what to delete.
func forUndo(err error, undo bool) error {
	var missing *patch.NotFoundError
	var ambiguous *patch.AmbiguousError
	if errors.As(err, &missing) {
		missing.Remove = undo
	}
	if errors.As(err, &ambiguous) {
		ambiguous.Remove = undo
	}
	return err
}
