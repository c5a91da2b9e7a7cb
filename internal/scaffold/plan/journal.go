package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
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
func (j journal) commit(f files) error {
	var errs []error
	for _, s := range j.Steps {
		errs = append(errs, s.kept(f))
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	return f.Rename(journalOpen, journalDone)
}

// finish clears up behind a committed run.
func (j journal) finish(f files) error {
	var errs []error
	for _, s := range j.Steps {
		errs = append(errs, s.finish(f))
	}
	if err := errors.Join(errs...); err != nil {
		return err // the journal stays, so that the next run tries again
	}
	return removeIfThere(f, journalDone)
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
		// One that somebody put a file into meanwhile is not ours any more.
		_, err := removeIfEmpty(f, dir)
		errs = append(errs, err)
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	return removeIfThere(f, journalOpen)
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
