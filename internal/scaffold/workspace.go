package scaffold

import (
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/trexgen/trexgen/internal/scaffold/plan"
)

// A workspace is a project as it is going to be: its files, and over them the
// changes made so far.
type workspace struct {
	base    fs.FS
	changes map[string]plan.Change
	created map[string][]string // names of new files, by folder
}

func newWorkspace(base fs.FS) *workspace {
	return &workspace{base: base, changes: map[string]plan.Change{}, created: map[string][]string{}}
}

// read returns a file as it is going to be.
func (w *workspace) read(file string) ([]byte, error) {
	if c, ok := w.changes[file]; ok {
		if c.Action() == plan.Delete {
			return nil, &fs.PathError{Op: "open", Path: file, Err: fs.ErrNotExist}
		}
		return c.After, nil
	}
	return fs.ReadFile(w.base, file)
}

// exists tells whether anything has that name, even a link that leads nowhere.
func (w *workspace) exists(file string) bool {
	if c, ok := w.changes[file]; ok {
		return c.Action() != plan.Delete
	}
	_, err := fs.Lstat(w.base, file)
	return err == nil
}

// files returns the names of the files in a folder, sorted. A folder that is not
// there has none. What the go command passes over is not among them: editors keep
// such files beside those that are being edited, Emacs even links that lead
// nowhere.
func (w *workspace) files(dir string) []string {
	names := slices.Clone(w.created[dir])
	entries, err := fs.ReadDir(w.base, dir)
	if err == nil {
		for _, e := range entries {
			names = append(names, e.Name())
		}
	}
	names = slices.DeleteFunc(names, func(name string) bool {
		return name[0] == '.' || name[0] == '_' || !w.isFile(path.Join(dir, name))
	})
	slices.Sort(names)
	return names
}

// isFile tells whether there is something to read under that name.
func (w *workspace) isFile(file string) bool {
	if c, ok := w.changes[file]; ok {
		return c.Action() != plan.Delete
	}
	info, err := fs.Stat(w.base, file)
	return err == nil && info.Mode().IsRegular()
}

// create adds a file that is not there.
func (w *workspace) create(file string, content []byte, why string) {
	if content == nil {
		content = []byte{} // nil means that there is no file
	}
	w.created[path.Dir(file)] = append(w.created[path.Dir(file)], path.Base(file))
	w.changes[file] = plan.Change{Path: file, After: content, Mode: fileMode(content), Why: why}
}

// modify replaces what read has returned.
func (w *workspace) modify(file string, before, content []byte, why string) {
	c, ok := w.changes[file]
	switch {
	case !ok:
		c = plan.Change{Path: file, Before: before, Why: why}
	case c.Before != nil && !strings.Contains(c.Why, why):
		c.Why += ", " + why
	}
	c.After = content
	w.changes[file] = c
}

// delete takes away what read has returned.
func (w *workspace) delete(file string, before []byte, why string) {
	if before == nil {
		before = []byte{} // nil means that there is no file
	}
	w.changes[file] = plan.Change{Path: file, Before: before, Why: why}
}

// plan returns the changes in order.
func (w *workspace) plan(next ...string) *plan.Plan {
	p := &plan.Plan{Changes: slices.Collect(maps.Values(w.changes)), Next: next}
	p.Sort()
	return p
}
