package plan

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
)

// CreateTree makes the directory target, and those above it that are missing, with the files of a plan that only
// creates. Everything is written into a staging directory beside target that is renamed at the end, so that target is
// there as a whole or not at all. An empty directory that is there already is filled and keeps its mode and owner; one
// that holds anything is ErrNotEmpty, a file an *ExistsError. After an error or a cancelled context nothing is left.
func CreateTree(ctx context.Context, target string, p *Plan) (err error) {
	base, name, err := split(target)
	if err != nil {
		return err
	}
	root, err := os.OpenRoot(base)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	if err := createTree(ctx, root, name, p); err != nil {
		return fmt.Errorf("make %s: %w", target, err)
	}
	return nil
}

// Vacant returns the error with which CreateTree would refuse target for what is there: ErrNotEmpty or an *ExistsError.
func Vacant(target string) error {
	_, _, err := split(target)
	return err
}

// split divides target into the directory that exists and the rest of the path, which is to be made: "." if target is
// an empty directory.
func split(target string) (base, name string, err error) {
	target, err = filepath.Abs(target)
	if err != nil {
		return "", "", err
	}
	base = target
	for {
		entries, err := os.ReadDir(base)
		switch {
		case errors.Is(err, fs.ErrNotExist) && filepath.Dir(base) != base:
			base = filepath.Dir(base)
			continue
		case errors.Is(err, syscall.ENOTDIR):
			return "", "", &ExistsError{nearestFile(base)}
		case err != nil && (base == target || !errors.Is(err, fs.ErrPermission)): // one above need not be listed
			return "", "", err
		case base == target && len(entries) > 0:
			return "", "", fmt.Errorf("%s: %w", target, ErrNotEmpty)
		}
		name, err = filepath.Rel(base, target)
		return base, name, err
	}
}

// nearestFile finds which part of a path is no directory.
func nearestFile(path string) string {
	for ; filepath.Dir(path) != path; path = filepath.Dir(path) {
		if _, err := os.Lstat(path); err == nil {
			return path
		}
	}
	return path
}

func createTree(ctx context.Context, f files, name string, p *Plan) (err error) {
	stage := ".trexgen-" + rand.Text()
	var undo []string // in the order in which it was made
	defer func() {
		if err == nil {
			return
		}
		for _, made := range slices.Backward(undo) {
			err = errors.Join(err, f.RemoveAll(made))
		}
	}()
	if err := f.Mkdir(stage, 0o755); err != nil {
		return err
	}
	undo = append(undo, stage)
	if err := writeTree(ctx, f, stage, p.Changes); err != nil {
		return err
	}
	if name != "." {
		if undo, err = mkdirs(f, filepath.Dir(name), undo); err != nil {
			return err
		}
		return f.Rename(stage, name)
	}
	for _, top := range tops(p.Changes) {
		if err := f.Rename(filepath.Join(stage, top), top); err != nil {
			return err
		}
		undo = append(undo, top)
	}
	return f.Remove(stage)
}

// mkdirs makes dir and what is missing above it, and appends to made the outermost directory that it made.
func mkdirs(f files, dir string, made []string) ([]string, error) {
	var missing []string
	for ; dir != "."; dir = filepath.Dir(dir) {
		missing = append(missing, dir)
	}
	for i, dir := range slices.Backward(missing) {
		if err := f.Mkdir(dir, 0o755); err != nil {
			return made, err
		}
		if i == len(missing)-1 {
			made = append(made, dir)
		}
	}
	return made, nil
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

// tops are the first elements of all paths, each once, in order.
func tops(changes []Change) []string {
	var names []string
	for _, c := range changes {
		top, _, _ := strings.Cut(c.Path, "/")
		names = append(names, top)
	}
	slices.Sort(names)
	return slices.Compact(names)
}
