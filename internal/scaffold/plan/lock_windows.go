package plan

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

func tryLock(f *os.File) error {
	err := windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY,
		0, 1, 0, &windows.Overlapped{})
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
		return ErrLocked
	}
	return os.NewSyscallError("LockFileEx", err)
}

// removeLock closes the file first, since Windows removes no open file; for the same reason the removal fails when
// another process has it by now, and then it is that one's to remove.
func removeLock(root *os.Root, name string, f *os.File) error {
	if err := f.Close(); err != nil {
		return err
	}
	if err := root.Remove(name); err != nil && !errors.Is(err, windows.ERROR_SHARING_VIOLATION) && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}
