package plan

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
)

// Apply makes the plan's changes below dir, as Hold.Apply does, and has dir for itself only as long as that takes: what
// the plan was made from may have changed since, and is a *StaleError then. A run that was killed half way is recovered
// first. Another run on dir at the same time is waited for; ErrLocked says that it took longer than Patience.
func Apply(ctx context.Context, dir string, p *Plan) (err error) {
	h, err := Take(ctx, dir, Patience)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.Release()) }()
	if _, err := h.Recover(); err != nil {
		return fmt.Errorf("recover from an earlier run: %w", err)
	}
	return h.Apply(ctx, p)
}

// Apply makes the plan's changes below the directory, all or none of them. It first compares: a file that does not hold
// the Before of its change is a *StaleError, something where a file is to be created an *ExistsError, a file that
// nobody may write to a *ReadOnlyError, a link that leads out of the directory ErrOutside; all of them are returned, and
// nothing is written. Then new content goes to temporary files beside the real ones, and is renamed over them at the
// end. After an error, or when ctx is cancelled before the last rename, everything is put back.
//
// Modified files keep their mode, and their owner where the system lets us give it; one that is reached through a link
// is changed where the link points. A file with several names (hard links) changes under this one only: the others may
// be somebody's copy of the old tree. Directories that lose their last file are removed.
func (h *Hold) Apply(ctx context.Context, p *Plan) error { return apply(ctx, h.files, h.dir, p) }

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
			err = errors.Join(err, fmt.Errorf("put everything back: %w (%w)", undo, ErrUnfinished))
		}
		return err
	}
	if err := j.finish(f); err != nil {
		return fmt.Errorf("all changes are made, but clear up behind them: %w (%w)", err, ErrUnfinished)
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

// resolve follows the links on the way to the file that a change is about, as far as there is anything: one file has
// one name then, and what is later removed on the way up is a directory and no link to one.
func resolve(f files, dir, path string) (string, error) {
	name := filepath.FromSlash(path)
	if !filepath.IsLocal(name) {
		return "", fmt.Errorf("%s: not below the root", path)
	}
	root, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return "", err
	}
	for there, rest := name, ""; there != "."; there, rest = filepath.Dir(there), filepath.Join(filepath.Base(there), rest) {
		target, err := filepath.EvalSymlinks(filepath.Join(root, there))
		if gone(err) {
			// A link that leads nowhere is in the way of a new file, and not what an old one was: compare finds it.
			if info, err := f.Lstat(there); err == nil && info.Mode()&fs.ModeSymlink != 0 && rest != "" {
				return "", &ExistsError{filepath.ToSlash(there)}
			}
			continue
		}
		if err != nil {
			return "", err
		}
		rel, err := filepath.Rel(root, target)
		if err != nil || !filepath.IsLocal(rel) {
			return "", fmt.Errorf("%s: %w", path, ErrOutside)
		}
		return filepath.Join(rel, rest), nil
	}
	return name, nil
}

// missingDirs adds the directories from name upwards that do not exist.
func missingDirs(f files, name string, missing map[string]bool) error {
	for ; name != "." && !missing[name]; name = filepath.Dir(name) {
		info, err := f.Stat(name)
		switch {
		case gone(err): // or further up stands a file
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
