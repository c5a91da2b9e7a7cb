package plan

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Pending reports that a run on dir was cut off, so that its files may be half changed. Recover mends that.
func Pending(dir string) (bool, error) {
	for _, name := range []string{journalOpen, journalDone} {
		if _, err := os.Lstat(filepath.Join(dir, name)); err == nil {
			return true, nil
		} else if !errors.Is(err, fs.ErrNotExist) {
			return false, err
		}
	}
	return false, nil
}

// Recover brings dir into order after a run of Apply that was killed: a run that had put every file in its place is
// finished, any other is undone. It reports whether there was one. A file that somebody edited since is not overwritten
// but named in the error.
func Recover(dir string) (found bool, err error) {
	if found, err := Pending(dir); err != nil || !found {
		return false, err
	}
	err = locked(dir, func(f files) error {
		found, err = resume(f)
		return err
	})
	return found, err
}
