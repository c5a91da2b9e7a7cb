//go:build !(darwin || dragonfly || freebsd || illumos || linux || netbsd || openbsd || windows)

package plan

import (
	"errors"
	"os"
)

// tryLock takes no lock here: of two runs at once, one finds that files are not what it read.
func tryLock(*os.File) error { return nil }

func removeLock(root *os.Root, name string, f *os.File) error {
	return errors.Join(root.Remove(name), f.Close())
}
