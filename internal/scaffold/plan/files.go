package plan

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// files is what this package asks of a directory. Names are relative to it, in the system's spelling. A rooted is the
// real one, and keeps every operation inside; tests put one in its place that fails at a chosen operation.
type files interface {
	Lstat(name string) (fs.FileInfo, error)
	Stat(name string) (fs.FileInfo, error)
	ReadFile(name string) ([]byte, error)
	ReadDir(name string) ([]fs.DirEntry, error)
	WriteFile(name string, data []byte, perm fs.FileMode) error
	Chmod(name string, mode fs.FileMode) error
	Chown(name string, uid, gid int) error
	Link(oldname, newname string) error
	Rename(oldname, newname string) error
	Remove(name string) error
	RemoveAll(name string) error
	Mkdir(name string, perm fs.FileMode) error
}

// rooted is a directory that is open; it lists directories besides what os.Root does.
type rooted struct{ *os.Root }

func (r rooted) ReadDir(name string) ([]fs.DirEntry, error) {
	return fs.ReadDir(r.FS(), filepath.ToSlash(name))
}

// gone says that nothing is at a path: not there, or a file stands where one of its directories would be.
func gone(err error) bool { return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) }

// exists reports whether anything is at name, be it a link that leads nowhere.
func exists(f files, name string) (bool, error) {
	_, err := f.Lstat(name)
	if gone(err) {
		return false, nil
	}
	return err == nil, err
}

// removeIfThere removes a file that may be missing, or that a step does not have ("").
func removeIfThere(f files, name string) error {
	if name == "" {
		return nil
	}
	if err := f.Remove(name); err != nil && !gone(err) {
		return err
	}
	return nil
}

// removeIfEmpty removes a directory and reports whether nothing is left at its name. One that holds anything stays, and
// so does what is no directory: a link to one, or a file that somebody put in its place.
func removeIfEmpty(f files, name string) (bool, error) {
	info, err := f.Lstat(name)
	switch {
	case gone(err):
		return true, nil
	case err != nil || !info.IsDir():
		return false, err
	}
	err = f.Remove(name)
	if errors.Is(err, fs.ErrExist) { // which is how systems say that it is not empty
		return false, nil
	}
	return err == nil || gone(err), ignoreGone(err)
}

func ignoreGone(err error) error {
	if gone(err) {
		return nil
	}
	return err
}
