package plan

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
)

// Apply makes the plan's changes below dir, all or none of them. It first compares: a file that does not hold the
// Before of its change is a *StaleError, something where a file is to be created an *ExistsError, a link that leads
// out of dir ErrOutside; all of them are returned, and nothing is written. Then new content goes to temporary files
// beside the real ones, and is renamed over them at the end. After an error, or when ctx is cancelled before the last
// rename, everything is put back. Modified files keep their mode; one that is reached through a link is changed where
// the link points. Another run on dir at the same time gets ErrLocked.
//
// A run that was killed half way is recovered first, as Recover does.
func Apply(ctx context.Context, dir string, p *Plan) error {
	return locked(dir, func(f files) error {
		if _, err := resume(f); err != nil {
			return fmt.Errorf("recover from an earlier run: %w", err)
		}
		return apply(ctx, f, dir, p)
	})
}

// locked opens dir, keeps other runs out of it and calls do.
func locked(dir string, do func(files) error) (err error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	unlock, err := lock(root)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	return do(root)
}

func apply(ctx context.Context, f files, dir string, p *Plan) error {
	j, err := prepare(f, dir, p.Changes)
	if err != nil {
		return err
	}
	if err := j.write(f); err != nil {
		return errors.Join(err, removeIfThere(f, journalOpen))
	}
	if err := run(ctx, f, j, p.Changes); err != nil {
		if undo := j.undo(f); undo != nil {
			err = errors.Join(err, fmt.Errorf("put everything back (the next run tries again): %w", undo))
		}
		return err
	}
	if err := j.finish(f); err != nil {
		return fmt.Errorf("all changes are made, but clear up behind them (the next run tries again): %w", err)
	}
	return nil
}

// run does everything up to and including the commit.
func run(ctx context.Context, f files, j journal, changes []Change) error {
	for _, dir := range j.Dirs {
		if err := f.Mkdir(dir, 0o755); err != nil {
			return err
		}
	}
	for i, s := range j.Steps {
		if err := errors.Join(ctx.Err(), s.stage(f, changes[i])); err != nil {
			return err
		}
	}
	for _, s := range j.Steps {
		if err := errors.Join(ctx.Err(), s.swap(f)); err != nil {
			return err
		}
	}
	return j.commit(f)
}

// prepare compares the changes with what is on disk and returns the steps that make them, in the same order.
func prepare(f files, dir string, changes []Change) (journal, error) {
	var (
		j       journal
		errs    []error
		missing = map[string]bool{}
		seen    = map[string]string{}
	)
	for _, c := range changes {
		name, err := resolve(f, dir, c.Path)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if other, dup := seen[name]; dup {
			errs = append(errs, fmt.Errorf("%s: the same file as %s", c.Path, other))
			continue
		}
		seen[name] = c.Path
		s := newStep(name, c)
		errs = append(errs, s.compare(f, c))
		if c.Action() == Create {
			errs = append(errs, missingDirs(f, filepath.Dir(name), missing))
		}
		j.Steps = append(j.Steps, s)
	}
	for name := range missing {
		j.Dirs = append(j.Dirs, name)
	}
	slices.Sort(j.Dirs) // a directory before what is in it
	return j, errors.Join(errs...)
}

// resolve follows a link to the file that a change is about.
func resolve(f files, dir, path string) (string, error) {
	name := filepath.FromSlash(path)
	if !filepath.IsLocal(name) {
		return "", fmt.Errorf("%s: not below the root", path)
	}
	info, err := f.Lstat(name)
	if err != nil || info.Mode()&fs.ModeSymlink == 0 {
		return name, nil // compare finds out what is wrong, if anything
	}
	root, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return "", err
	}
	target, err := filepath.EvalSymlinks(filepath.Join(root, name))
	if errors.Is(err, fs.ErrNotExist) {
		return name, nil // a dangling link: in the way of a new file, and not what an old one was
	}
	if err != nil {
		return "", err
	}
	rel, err := filepath.Rel(root, target)
	if err != nil || !filepath.IsLocal(rel) {
		return "", fmt.Errorf("%s: %w", path, ErrOutside)
	}
	return rel, nil
}

// missingDirs adds the directories from name upwards that do not exist.
func missingDirs(f files, name string, missing map[string]bool) error {
	for ; name != "." && !missing[name]; name = filepath.Dir(name) {
		info, err := f.Stat(name)
		switch {
		case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR): // the latter: further up stands a file
			missing[name] = true
		case err != nil:
			return err
		case !info.IsDir():
			missing[name] = true // named once is enough
			return &ExistsError{filepath.ToSlash(name)}
		default:
			return nil
		}
	}
	return nil
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
	if c.Before == nil {
		if _, err := f.Lstat(s.Path); err == nil {
			return &ExistsError{c.Path}
		}
	} else if now, err := f.ReadFile(s.Path); errors.Is(err, fs.ErrNotExist) || err == nil && !bytes.Equal(now, c.Before) {
		return &StaleError{c.Path}
	} else if err != nil {
		return err
	}
	for _, name := range []string{s.New, s.Old} {
		if name == "" {
			continue
		}
		if _, err := f.Lstat(name); err == nil {
			return &ExistsError{filepath.ToSlash(name)}
		}
	}
	return nil
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
		if err := f.Chmod(s.New, info.Mode().Perm()); err != nil { // what the umask took away
			return err
		}
		return s.keep(f, c, info.Mode().Perm())
	}
	return nil
}

// keep makes the old content survive the swap. A second name for the file is best, since going back then brings back
// the very file; where the file system has no hard links, a copy does.
func (s step) keep(f files, c Change, mode fs.FileMode) error {
	if err := f.Link(s.Path, s.Old); err == nil {
		return nil
	}
	if err := f.WriteFile(s.Old, c.Before, mode); err != nil {
		return err
	}
	return f.Chmod(s.Old, mode)
}

// swap puts the new content in the place of the old.
func (s step) swap(f files) error {
	if s.Action == Delete {
		return f.Rename(s.Path, s.Old)
	}
	return f.Rename(s.New, s.Path)
}
