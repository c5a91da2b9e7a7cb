package plan

import "io/fs"

// files is what this package asks of a directory. Names are relative to it, in the system's spelling. *os.Root is the
// real one, and keeps every operation inside; tests put one in its place that fails at a chosen operation.
type files interface {
	Lstat(name string) (fs.FileInfo, error)
	Stat(name string) (fs.FileInfo, error)
	ReadFile(name string) ([]byte, error)
	WriteFile(name string, data []byte, perm fs.FileMode) error
	Chmod(name string, mode fs.FileMode) error
	Link(oldname, newname string) error
	Rename(oldname, newname string) error
	Remove(name string) error
	RemoveAll(name string) error
	Mkdir(name string, perm fs.FileMode) error
}
