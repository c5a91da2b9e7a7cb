package plan

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"
)

// lockFile is there while a process changes the directory. What counts is the system's lock on it, not that it exists:
// that lock dies with its process, so a file left behind by a killed one keeps nobody out.
const lockFile = ".trexgen.lock"

// between two looks at a lock that another process has.
const between = 20 * time.Millisecond

// lock keeps other processes that lock the same name out until unlock is called. It waits up to patience for one that
// has the lock; ErrLocked says that it was not enough. Systems cannot end the wait for a lock when ctx does, so that it
// looks again and again.
func lock(ctx context.Context, root *os.Root, name string, patience time.Duration) (unlock func() error, err error) {
	ctx, stop := context.WithTimeoutCause(ctx, patience, ErrLocked)
	defer stop()
	for {
		unlock, err = lockNow(root, name)
		if !errors.Is(err, ErrLocked) {
			return unlock, err
		}
		select {
		case <-ctx.Done():
			return nil, lockError(root, context.Cause(ctx))
		case <-time.After(between):
		}
	}
}

// lockNow is lock without patience.
func lockNow(root *os.Root, name string) (unlock func() error, err error) {
	for {
		f, err := root.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			return nil, lockError(root, err)
		}
		// File systems that know no locks (some network and container mounts) are used without.
		if err := tryLock(f); err != nil && !errors.Is(err, errors.ErrUnsupported) {
			return nil, errors.Join(lockError(root, err), f.Close())
		}
		mine, err := isStill(root, name, f)
		switch {
		case err != nil:
			return nil, errors.Join(err, f.Close())
		case mine:
			return func() error { return unlockError(removeLock(root, name, f)) }, nil
		}
		// Between opening and locking its owner removed the file: what is locked now is a file that nobody else sees.
		if err := f.Close(); err != nil {
			return nil, err
		}
	}
}

// isLocked reports whether a process has the lock at this moment, and changes nothing.
func isLocked(root *os.Root, name string) (bool, error) {
	f, err := root.OpenFile(name, os.O_RDWR, 0)
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	err = tryLock(f)
	if locked := errors.Is(err, ErrLocked); locked || errors.Is(err, errors.ErrUnsupported) {
		return locked, f.Close()
	}
	return false, errors.Join(err, f.Close())
}

func lockError(root *os.Root, err error) error { return fmt.Errorf("%s: %w", root.Name(), err) }

func unlockError(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("all else is done, but remove the lock: %w", err)
}

// isStill reports whether f is the lock file that others would open.
func isStill(root *os.Root, name string, f *os.File) (bool, error) {
	mine, err := f.Stat()
	if err != nil {
		return false, err
	}
	theirs, err := root.Lstat(name)
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return os.SameFile(mine, theirs), nil
}
