package plan

import (
	"errors"
	"io/fs"
	"path/filepath"
	"sync"
)

var errInjected = errors.New("injected fault")

// faulty fails at the operations numbered at. If it is dead, every operation after the first of them fails too, as when
// the process was killed at that point.
type faulty struct {
	files
	at   []int
	dead bool
	// cut says how much of a write, of four parts, got to the disk when it failed; 0 leaves not even the name.
	cut int

	mu    sync.Mutex
	count int
	fired int
	op    string // the first one that failed
}

func (f *faulty) fail(op, name string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.count++
	hit := f.dead && f.fired > 0
	for _, n := range f.at {
		hit = hit || f.count == n
	}
	if !hit {
		return nil
	}
	if f.fired == 0 {
		f.op = op + " " + name
	}
	f.fired++
	return &fs.PathError{Op: op, Path: name, Err: errInjected}
}

// died reports that the process is dead, so that what it does has no effect at all.
func (f *faulty) died() bool { return f.dead && f.fired > 1 }

func (f *faulty) Lstat(name string) (fs.FileInfo, error) {
	if err := f.fail("lstat", name); err != nil {
		return nil, err
	}
	return f.files.Lstat(name)
}

func (f *faulty) Stat(name string) (fs.FileInfo, error) {
	if err := f.fail("stat", name); err != nil {
		return nil, err
	}
	return f.files.Stat(name)
}

func (f *faulty) ReadFile(name string) ([]byte, error) {
	if err := f.fail("read", name); err != nil {
		return nil, err
	}
	return f.files.ReadFile(name)
}

func (f *faulty) ReadDir(name string) ([]fs.DirEntry, error) {
	if err := f.fail("readdir", name); err != nil {
		return nil, err
	}
	return f.files.ReadDir(name)
}

func (f *faulty) WriteFile(name string, data []byte, perm fs.FileMode) error {
	err := f.fail("write", name)
	switch {
	case err == nil:
		return f.files.WriteFile(name, data, perm)
	case f.died() || f.cut == 0:
		return err
	default:
		return errors.Join(err, f.files.WriteFile(name, data[:len(data)*(f.cut-1)/3], perm))
	}
}

func (f *faulty) Chmod(name string, mode fs.FileMode) error {
	if err := f.fail("chmod", name); err != nil {
		return err
	}
	return f.files.Chmod(name, mode)
}

func (f *faulty) Chown(name string, uid, gid int) error {
	if err := f.fail("chown", name); err != nil {
		return err
	}
	return f.files.Chown(name, uid, gid)
}

func (f *faulty) Link(oldname, newname string) error {
	if err := f.fail("link", newname); err != nil {
		return err
	}
	return f.files.Link(oldname, newname)
}

func (f *faulty) Rename(oldname, newname string) error {
	if err := f.fail("rename", oldname); err != nil {
		return err
	}
	return f.files.Rename(oldname, newname)
}

func (f *faulty) Remove(name string) error {
	if err := f.fail("remove", name); err != nil {
		return err
	}
	return f.files.Remove(name)
}

// RemoveAll, where it fails, has removed one file.
func (f *faulty) RemoveAll(name string) error {
	err := f.fail("removeall", name)
	if err == nil {
		return f.files.RemoveAll(name)
	}
	if f.died() {
		return err
	}
	root := f.files.(rooted)
	walked := fs.WalkDir(root.FS(), filepath.ToSlash(name), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if err := root.Remove(path); err != nil {
			return err
		}
		return fs.SkipAll
	})
	if gone(walked) {
		walked = nil
	}
	return errors.Join(err, walked)
}

func (f *faulty) Mkdir(name string, perm fs.FileMode) error {
	if err := f.fail("mkdir", name); err != nil {
		return err
	}
	return f.files.Mkdir(name, perm)
}

// linkless is a file system that knows no hard links.
type linkless struct{ files }

func (linkless) Link(_, newname string) error {
	return &fs.PathError{Op: "link", Path: newname, Err: errors.ErrUnsupported}
}
