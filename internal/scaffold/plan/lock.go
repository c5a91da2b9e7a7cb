package plan

import (
	"errors"
	"fmt"
	"os"
)

// lockFile is there while a process changes the directory. What counts is the system's lock on it, not that it exists:
// that lock dies with its process, so a file left behind by a killed one keeps nobody out.
const lockFile = ".trexgen.lock"

// lock keeps other processes from changing the directory until unlock is called. It does not wait: ErrLocked says
// that another one is at it.
func lock(root *os.Root) (unlock func() error, err error) {
	for {
		f, err := root.OpenFile(lockFile, os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", root.Name(), err)
		}
		if err := tryLock(f); err != nil {
			return nil, errors.Join(fmt.Errorf("%s: %w", root.Name(), err), f.Close())
		}
		mine, err := isStill(root, f)
		switch {
		case err != nil:
			return nil, errors.Join(err, f.Close())
		case mine:
			return func() error { return removeLock(root, f) }, nil
		}
		// Between opening and locking its owner removed the file: what is locked now is a file that nobody else sees.
		if err := f.Close(); err != nil {
			return nil, err
		}
	}
}

// isStill reports whether f is the lock file that others would open.
func isStill(root *os.Root, f *os.File) (bool, error) {
	mine, err := f.Stat()
	if err != nil {
		return false, err
	}
	theirs, err := root.Lstat(lockFile)
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return os.SameFile(mine, theirs), nil
}
