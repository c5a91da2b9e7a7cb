package plan

import (
	"context"
	"errors"
	"os"
	"time"
)

// Patience is how long a run waits for another one in the same directory: several times what a run takes, and no longer
// than people look at a prompt without wondering.
const Patience = 5 * time.Second

// Hold is a directory that one run has for itself. A run that holds it while it reads and plans needs not fear that
// another run changes what it read.
type Hold struct {
	dir    string
	files  files
	unlock func() error
	root   *os.Root
}

// Take opens dir and keeps other runs out of it until Release. While another one has it, Take waits: ErrLocked says that
// it did not end within patience, an error of ctx that nobody waits any more.
func Take(ctx context.Context, dir string, patience time.Duration) (*Hold, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	unlock, err := lock(ctx, root, lockFile, patience)
	if err != nil {
		return nil, errors.Join(err, root.Close())
	}
	return &Hold{dir: dir, files: rooted{root}, unlock: unlock, root: root}, nil
}

// Release lets other runs have the directory. Only its first call does anything.
func (h *Hold) Release() error {
	if h.unlock == nil {
		return nil
	}
	err := errors.Join(h.unlock(), h.root.Close())
	h.unlock = nil
	return err
}

// Recover brings the directory into order after a run of Apply that was killed: a run that had put every file in its
// place is finished, any other is undone. It reports whether there was one. A file that somebody edited since is not
// overwritten but returned as an *EditedError.
func (h *Hold) Recover() (found bool, err error) { return resume(h.files) }

// Pending reports that a run on dir was cut off, so that its files may be half changed. Hold.Recover mends that. A run
// that is still at it is ErrLocked. Pending itself changes nothing.
func Pending(dir string) (bool, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return false, err
	}
	defer func() { _ = root.Close() }() // nothing was written through it
	for _, name := range []string{journalOpen, journalDone} {
		there, err := exists(rooted{root}, name)
		if err != nil {
			return false, err
		}
		if !there {
			continue
		}
		locked, err := isLocked(root, lockFile)
		if locked {
			err = lockError(root, ErrLocked)
		}
		return err == nil, err
	}
	return false, nil
}
