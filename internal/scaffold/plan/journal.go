package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
)

// The two names of the journal say how far a run got. It is written under the first name before any other file is
// touched, and renamed to the second once every change is in its place: that one rename is the commit. So a run that
// finds the first undoes what stands in it, and one that finds the second clears up after it.
const (
	journalOpen = ".trexgen-apply.json"
	journalDone = ".trexgen-applied.json"
)

// journal lists what a run touches, enough to take it back without the plan.
type journal struct {
	Dirs  []string `json:"dirs"` // that did not exist, outermost first
	Steps []step   `json:"steps"`
}

// step is one change as the journal knows it. Names are relative to the root, links resolved.
type step struct {
	Path   string `json:"path"`
	Action Action `json:"action"`
	New    string `json:"new,omitempty"` // holds the new content until it is renamed to Path
	Old    string `json:"old,omitempty"` // keeps the old content until the commit
	Was    string `json:"was,omitempty"` // SHA-256 of the old content
	Sum    string `json:"sum,omitempty"` // SHA-256 of the new content
}

func sum(data []byte) string {
	s := sha256.Sum256(data)
	return hex.EncodeToString(s[:])
}

func (j journal) write(f files) error {
	data, err := json.Marshal(j)
	if err != nil {
		return fmt.Errorf("encode the journal: %w", err)
	}
	return f.WriteFile(journalOpen, data, 0o600)
}

// commit is the one step that decides: before it a run is undone, after it a run is finished.
func (j journal) commit(f files) error { return f.Rename(journalOpen, journalDone) }

// finish clears up behind a committed run.
func (j journal) finish(f files) error {
	var errs []error
	for _, s := range j.Steps {
		errs = append(errs, removeIfThere(f, s.Old))
		if s.Action == Delete {
			errs = append(errs, removeEmptied(f, filepath.Dir(s.Path)))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return err // the journal stays, so that the next run tries again
	}
	return removeIfThere(f, journalDone)
}

// removeEmptied removes a directory that lost its last file, and those above it that held nothing else.
func removeEmptied(f files, dir string) error {
	for ; dir != "."; dir = filepath.Dir(dir) {
		err := f.Remove(dir)
		switch {
		case errors.Is(err, fs.ErrExist): // not empty
			return nil
		case err != nil && !errors.Is(err, fs.ErrNotExist):
			return err
		}
	}
	return nil
}

// undo takes a run back that did not commit, from whatever point it reached, and may itself be cut off and run again.
func (j journal) undo(f files) error {
	var errs []error
	for _, s := range slices.Backward(j.Steps) {
		errs = append(errs, s.undo(f))
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	for _, dir := range slices.Backward(j.Dirs) {
		// One that somebody put a file into meanwhile (which is what ErrExist says here) is not ours any more.
		if err := f.Remove(dir); err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrExist) {
			errs = append(errs, err)
		}
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	return removeIfThere(f, journalOpen)
}

// undo brings one file back. What lies at its path decides, since a killed process could not say how far it came, and
// what neither is ours nor was there before is somebody's work and stays.
func (s step) undo(f files) error {
	if s.Action == Create {
		if err := removeIfOurs(f, s); err != nil {
			return err
		}
	} else if err := restore(f, s); err != nil {
		return err
	}
	return removeIfThere(f, s.New)
}

func removeIfOurs(f files, s step) error {
	now, err := f.ReadFile(s.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case sum(now) != s.Sum:
		return nil
	}
	return f.Remove(s.Path)
}

func restore(f files, s step) error {
	if _, err := f.Lstat(s.Old); errors.Is(err, fs.ErrNotExist) {
		return nil // not begun, or restored already
	} else if err != nil {
		return err
	}
	now, err := f.ReadFile(s.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return f.Rename(s.Old, s.Path)
	case err != nil:
		return err
	case sum(now) == s.Was: // first, since renaming one name of a file to another of its names does nothing
		return f.Remove(s.Old)
	case sum(now) == s.Sum:
		return f.Rename(s.Old, s.Path)
	default:
		return fmt.Errorf("%s: edited after a run of trexgen was cut off; its content before that run is in %s: merge the two and remove that file", s.Path, s.Old)
	}
}

// resume reads what a run left behind and finishes or undoes it. It reports whether there was one.
func resume(f files) (bool, error) {
	for _, left := range []struct {
		name string
		end  func(journal, files) error
	}{{journalDone, journal.finish}, {journalOpen, journal.undo}} {
		data, err := f.ReadFile(left.name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return false, err
		}
		var j journal
		// Half a journal is one whose writing was cut off, and nothing is touched before it is written.
		if err := json.Unmarshal(data, &j); err != nil {
			return true, f.Remove(left.name)
		}
		return true, left.end(j, f)
	}
	return false, nil
}

// removeIfThere removes a file that may be missing, or that a step does not have ("").
func removeIfThere(f files, name string) error {
	if name == "" {
		return nil
	}
	if err := f.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
