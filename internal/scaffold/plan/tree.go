package plan

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
)

// CreateTree makes the directory target, and those above it that are missing, with the files of a plan that only
// creates. Everything is written into a staging directory beside target that is renamed at the end, so that target is
// there as a whole or not at all. An empty directory that is there already is filled and keeps its mode and owner; one
// that holds anything is ErrNotEmpty, a file an *ExistsError. After an error or a cancelled context nothing is left.
//
// Another run on the same target is waited for as in Take. What one that was killed left is removed or finished first,
// as RecoverTree does.
func CreateTree(ctx context.Context, target string, p *Plan) (err error) {
	if err := Vacant(target); err != nil { // before a lock file is made in somebody's directory
		return err
	}
	s, err := takeSite(ctx, target)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.release()) }()
	if _, err := s.recover(); err != nil {
		return fmt.Errorf("recover from an earlier run: %w", err)
	}
	if err := Vacant(target); err != nil {
		return err
	}
	if err := s.create(ctx, p); err != nil {
		return fmt.Errorf("make %s: %w", target, err)
	}
	return nil
}

// create writes the tree into the staging directory and puts it into its place. The first thing that it makes is the
// staging directory, and the rename of it is the commit.
func (s site) create(ctx context.Context, p *Plan) (err error) {
	part := s.own(".part")
	defer func() {
		if err == nil {
			return
		}
		if undo := s.RemoveAll(part); undo != nil {
			err = errors.Join(err, fmt.Errorf("put everything back: %w (%w)", undo, ErrUnfinished))
		}
	}()
	if err := s.Mkdir(part, 0o755); err != nil {
		return err
	}
	first, rest := s.top()
	made := map[string]bool{".": true}
	if err := mkdirOnce(s.files, part, rest, made); err != nil {
		return err
	}
	if err := writeTree(ctx, s.files, filepath.Join(part, rest), p.Changes); err != nil {
		return err
	}
	if first == "." {
		return s.fill()
	}
	return renameFree(s.files, part, first)
}

// fill moves what was staged into the directory that is there. The rename of the staging directory is the commit: a run
// that finds the new name moves the rest.
func (s site) fill() error {
	part, whole := s.own(".part"), s.own(".whole")
	if err := s.Rename(part, whole); err != nil {
		return err
	}
	moved, err := s.unpack()
	if err == nil {
		return nil
	}
	// Back into one piece first, in which a kill half way only leads to what was planned, and only then away.
	for _, name := range slices.Backward(moved) {
		if back := s.Rename(name, filepath.Join(whole, name)); back != nil {
			return errors.Join(err, fmt.Errorf("put everything back: %w (%w)", back, ErrUnfinished))
		}
	}
	return errors.Join(err, s.Rename(whole, part))
}

// unpack moves everything out of the staging directory that is whole, and removes it. It returns what it moved.
func (s site) unpack() (moved []string, err error) {
	whole := s.own(".whole")
	entries, err := s.ReadDir(whole)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if err := renameFree(s.files, filepath.Join(whole, e.Name()), e.Name()); err != nil {
			return moved, err
		}
		moved = append(moved, e.Name())
	}
	return moved, s.Remove(whole)
}

// renameFree renames a directory or a file to a name that nothing has.
func renameFree(f files, from, to string) error {
	if there, err := exists(f, to); err != nil {
		return err
	} else if there {
		return &ExistsError{filepath.ToSlash(to)}
	}
	return f.Rename(from, to)
}

// writeTree writes all files below stage, each directory made once.
func writeTree(ctx context.Context, f files, stage string, changes []Change) error {
	made := map[string]bool{".": true}
	for _, c := range changes {
		if c.Action() != Create || !filepath.IsLocal(filepath.FromSlash(c.Path)) {
			return fmt.Errorf("%s: a new tree holds new files below its root only", c.Path)
		}
		if err := mkdirOnce(f, stage, filepath.Dir(filepath.FromSlash(c.Path)), made); err != nil {
			return err
		}
	}
	// A few at a time: writing waits for the file system more than for the processor.
	var wg sync.WaitGroup
	next := make(chan Change)
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	for range min(runtime.GOMAXPROCS(0), len(changes)) {
		wg.Go(func() {
			for c := range next {
				if err := f.WriteFile(filepath.Join(stage, filepath.FromSlash(c.Path)), c.After, c.perm()); err != nil {
					stop(err)
				}
			}
		})
	}
	for _, c := range changes {
		if ctx.Err() != nil {
			break
		}
		next <- c
	}
	close(next)
	wg.Wait()
	return context.Cause(ctx)
}

// mkdirOnce makes a directory below stage, with those above it, unless it was made before.
func mkdirOnce(f files, stage, dir string, made map[string]bool) error {
	if made[dir] {
		return nil
	}
	if err := mkdirOnce(f, stage, filepath.Dir(dir), made); err != nil {
		return err
	}
	made[dir] = true
	return f.Mkdir(filepath.Join(stage, dir), 0o755)
}
