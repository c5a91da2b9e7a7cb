package plan

import (
	"errors"
	"io/fs"
	"path/filepath"
)

// step is one change as the journal knows it. Names are relative to the root, links resolved.
//
//	         compare        stage                  swap                    finish
//	create   no Path        writes New             New becomes Path
//	modify   Path is Was    writes New, keeps Old  New replaces Path       removes Old
//	delete   Path is Was                           Path becomes Old        removes Old
type step struct {
	Path   string `json:"path"`
	Action Action `json:"action"`
	New    string `json:"new,omitempty"` // holds the new content until it is renamed to Path
	Old    string `json:"old,omitempty"` // keeps the old content until the commit
	Was    string `json:"was,omitempty"` // SHA-256 of the old content
	Sum    string `json:"sum,omitempty"` // SHA-256 of the new content
}

func newStep(name string, c Change) step {
	beside := func(suffix string) string {
		return filepath.Join(filepath.Dir(name), "."+filepath.Base(name)+suffix)
	}
	s := step{Path: name, Action: c.Action()}
	if c.After != nil {
		s.New, s.Sum = beside(".trexgen-new"), sum(c.After)
	}
	if c.Before != nil {
		s.Old, s.Was = beside(".trexgen-old"), sum(c.Before)
	}
	return s
}

// compare checks that the file is what the change takes it for, and that the names beside it are free.
func (s step) compare(f files, c Change) error {
	if s.Action == Create {
		if there, err := exists(f, s.Path); err != nil {
			return err
		} else if there {
			return &ExistsError{c.Path}
		}
	} else if err := s.unchanged(f); err != nil {
		return err
	} else if info, err := f.Stat(s.Path); err != nil {
		return err
	} else if info.Mode().Perm()&0o222 == 0 {
		return &ReadOnlyError{c.Path}
	}
	for _, name := range []string{s.New, s.Old} {
		if name == "" {
			continue
		}
		if there, err := exists(f, name); err != nil {
			return err
		} else if there {
			return &ExistsError{filepath.ToSlash(name)}
		}
	}
	return nil
}

// unchanged returns a *StaleError unless the file is there and holds what it did.
func (s step) unchanged(f files) error {
	info, err := f.Stat(s.Path)
	switch {
	case gone(err):
		return &StaleError{filepath.ToSlash(s.Path)}
	case err != nil:
		return err
	case !info.Mode().IsRegular(): // not read: a pipe would never end
		return &StaleError{filepath.ToSlash(s.Path)}
	}
	return s.holds(f, s.Path)
}

// holds returns a *StaleError unless name holds the old content.
func (s step) holds(f files, name string) error {
	now, err := f.ReadFile(name)
	if gone(err) || err == nil && sum(now) != s.Was {
		return &StaleError{filepath.ToSlash(s.Path)}
	}
	return err
}

// stage writes the new content beside the file and keeps the old one; the file itself is not touched.
func (s step) stage(f files, c Change) error {
	switch s.Action {
	case Create:
		return f.WriteFile(s.New, c.After, c.perm())
	case Modify:
		info, err := f.Stat(s.Path)
		if err != nil {
			return err
		}
		if err := f.WriteFile(s.New, c.After, info.Mode().Perm()); err != nil {
			return err
		}
		if err := resemble(f, s.New, info); err != nil {
			return err
		}
		return s.keep(f, c, info)
	}
	return nil
}

// keep makes the old content survive the swap. A second name for the file is best, since going back then brings back
// the very file; where the file system has no hard links, a copy does.
func (s step) keep(f files, c Change, info fs.FileInfo) error {
	if err := f.Link(s.Path, s.Old); err == nil {
		return nil
	}
	if err := f.WriteFile(s.Old, c.Before, info.Mode().Perm()); err != nil {
		return err
	}
	return resemble(f, s.Old, info)
}

// resemble gives a new file the mode of another, whatever the umask, and its owner where the system lets us. A file
// that cannot have that owner does not get the bits that mean something for it either (setuid and the like).
func resemble(f files, name string, info fs.FileInfo) error {
	mode := info.Mode() & (fs.ModePerm | fs.ModeSetuid | fs.ModeSetgid | fs.ModeSticky)
	if uid, gid, ok := owner(info); ok {
		now, err := f.Lstat(name)
		if err != nil {
			return err
		}
		if nowUID, nowGID, _ := owner(now); uid != nowUID || gid != nowGID {
			err := f.Chown(name, uid, gid) // before the mode: it takes bits away
			if errors.Is(err, fs.ErrPermission) {
				mode = mode.Perm()
			} else if err != nil {
				return err
			}
		}
	}
	return f.Chmod(name, mode)
}

// swap puts the new content in the place of the old, unless somebody was there since it was compared.
func (s step) swap(f files) error {
	if s.Action == Create {
		return s.place(f)
	}
	if err := s.unchanged(f); err != nil {
		return err
	}
	if s.Action == Delete {
		return f.Rename(s.Path, s.Old)
	}
	return f.Rename(s.New, s.Path)
}

// place gives a new file its name. Linking does not replace what somebody put there a moment ago, as renaming would;
// where the file system has no hard links, a look must do.
func (s step) place(f files) error {
	if err := f.Link(s.New, s.Path); err == nil {
		return f.Remove(s.New)
	}
	if there, err := exists(f, s.Path); err != nil {
		return err
	} else if there {
		return &ExistsError{filepath.ToSlash(s.Path)}
	}
	return f.Rename(s.New, s.Path)
}

// kept returns a *StaleError if what was put aside is not the old content: somebody wrote to the file while it was
// swapped. After this look nobody can any more who does not hold the file open.
func (s step) kept(f files) error {
	if s.Action == Create {
		return nil
	}
	return s.holds(f, s.Old)
}

// finish removes what the swap left over, and of a deleted file the directories that it was the last in.
func (s step) finish(f files) error {
	if err := errors.Join(removeIfThere(f, s.New), removeIfThere(f, s.Old)); err != nil {
		return err
	}
	if s.Action != Delete {
		return nil
	}
	for dir := filepath.Dir(s.Path); dir != "."; dir = filepath.Dir(dir) {
		if removed, err := removeIfEmpty(f, dir); err != nil || !removed {
			return err
		}
	}
	return nil
}

// undo brings one file back. What lies at its path decides, since a killed process could not say how far it came, and
// what neither is ours nor was there before is somebody's work and stays.
func (s step) undo(f files) error {
	back := s.restore
	if s.Action == Create {
		back = s.removeIfOurs
	}
	if err := back(f); err != nil {
		return err
	}
	return removeIfThere(f, s.New)
}

func (s step) removeIfOurs(f files) error {
	info, err := f.Lstat(s.Path)
	if gone(err) || err == nil && !info.Mode().IsRegular() {
		return nil
	}
	if err != nil {
		return err
	}
	now, err := f.ReadFile(s.Path)
	if err != nil || sum(now) != s.Sum {
		return ignoreGone(err)
	}
	return removeIfThere(f, s.Path)
}

func (s step) restore(f files) error {
	if there, err := exists(f, s.Old); err != nil || !there {
		return err // not begun, or restored already
	}
	if s.Action == Modify {
		// The swap uses New up. While it is there, nothing happened to the file, whoever edited it since.
		if waiting, err := exists(f, s.New); err != nil {
			return err
		} else if waiting {
			return removeIfThere(f, s.Old)
		}
	}
	now, err := f.ReadFile(s.Path)
	switch {
	case gone(err):
		return f.Rename(s.Old, s.Path)
	case err != nil:
		return err
	case sum(now) == s.Was: // first, since renaming one name of a file to another of its names does nothing
		return removeIfThere(f, s.Old)
	case sum(now) == s.Sum:
		return f.Rename(s.Old, s.Path)
	default:
		return &EditedError{filepath.ToSlash(s.Path), filepath.ToSlash(s.Old)}
	}
}
