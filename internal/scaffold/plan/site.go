package plan

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// site is where a tree is to be made: a path below a directory that exists and is held.
type site struct {
	base string
	path string // "." if the tree fills base
	files
	release func() error
}

// top divides the path into its first element, which is what appears in base, and the rest.
func (s site) top() (first, rest string) {
	first, rest, _ = strings.Cut(s.path, string(filepath.Separator))
	if rest == "" {
		rest = "."
	}
	return first, rest
}

// own is a name in base that only runs for the same target use, so that the next of them knows what the last one left.
//
//	.trexgen-birds.lock    as lockFile is in a project: taken while a run is at it
//	.trexgen-birds.part    the tree, not yet whole
//	.trexgen.whole         the tree, to be moved into the directory that holds it
func (s site) own(suffix string) string {
	if first, _ := s.top(); first != "." {
		return ".trexgen-" + first + suffix
	}
	return ".trexgen" + suffix
}

// takeSite finds the place for target and keeps other runs on it out.
func takeSite(ctx context.Context, target string) (site, error) {
	for {
		s, err := locate(target)
		if err != nil {
			return site{}, err
		}
		if s, err = s.take(ctx); err != nil {
			return site{}, err
		}
		// The run that was waited for may have made directories on the way.
		if now, err := locate(target); err == nil && now.base == s.base {
			return s, nil
		} else if err := errors.Join(err, s.release()); err != nil {
			return site{}, err
		}
	}
}

// take keeps other runs out of the place until release.
func (s site) take(ctx context.Context) (site, error) {
	root, err := os.OpenRoot(s.base)
	if err != nil {
		return site{}, err
	}
	unlock, err := lock(ctx, root, s.own(".lock"), Patience)
	if err != nil {
		return site{}, errors.Join(err, root.Close())
	}
	s.files = rooted{root}
	s.release = func() error { return errors.Join(unlock(), root.Close()) }
	return s, nil
}

// locate divides target into the directory that exists and the rest of the path, which is to be made.
func locate(target string) (site, error) {
	target, err := filepath.Abs(target)
	if err != nil {
		return site{}, err
	}
	for base := target; ; base = filepath.Dir(base) {
		info, err := os.Stat(base)
		switch {
		case errors.Is(err, fs.ErrNotExist) && filepath.Dir(base) != base:
			if _, err := os.Lstat(base); err == nil { // a link that leads nowhere
				return site{}, &ExistsError{base}
			}
			continue
		case errors.Is(err, syscall.ENOTDIR):
			continue // further up stands a file
		case err != nil:
			return site{}, err
		case !info.IsDir():
			return site{}, &ExistsError{base}
		}
		path, err := filepath.Rel(base, target)
		return site{base: base, path: path}, err
	}
}

// Vacant returns the error with which CreateTree would refuse target for what is there: ErrNotEmpty or an *ExistsError.
func Vacant(target string) error {
	s, err := locate(target)
	if err != nil || s.path != "." {
		return err
	}
	entries, err := os.ReadDir(s.base)
	if err != nil {
		return err
	}
	own := []string{s.own(".lock"), s.own(".part"), s.own(".whole")}
	if slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return !slices.Contains(own, e.Name()) }) {
		return fmt.Errorf("%s: %w", target, ErrNotEmpty)
	}
	return nil
}

// RecoverTree brings into order what a run of CreateTree for the same target left when it was killed: it removes a
// staging directory that is not whole, and moves one that is into its place. It reports whether there was one, and
// touches nothing of a run that is still at it.
func RecoverTree(ctx context.Context, target string) (found bool, err error) {
	target, err = filepath.Abs(target)
	if err != nil {
		return false, err
	}
	// The killed run began where directories ended then; by now there may be more of them, target among them.
	for base := target; ; base = filepath.Dir(base) {
		path, err := filepath.Rel(base, target)
		if err != nil {
			return found, err
		}
		if s := (site{base: base, path: path}); s.left() {
			here, err := s.mend(ctx)
			if found = found || here; err != nil {
				return found, err
			}
		}
		if filepath.Dir(base) == base {
			return found, nil
		}
	}
}

// mend is recover for a place that nobody holds.
func (s site) mend(ctx context.Context) (found bool, err error) {
	s, err = s.take(ctx)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, s.release()) }()
	return s.recover()
}

// left reports whether a run left anything, be it but its lock.
func (s site) left() bool {
	return slices.ContainsFunc([]string{".lock", ".part", ".whole"}, func(suffix string) bool {
		_, err := os.Lstat(filepath.Join(s.base, s.own(suffix)))
		return err == nil
	})
}

// recover finishes a tree that is whole and removes one that is not.
func (s site) recover() (found bool, err error) {
	part, whole := s.own(".part"), s.own(".whole")
	for _, left := range []struct {
		name string
		end  func() error
	}{
		{whole, func() error { _, err := s.unpack(); return err }},
		{part, func() error { return s.RemoveAll(part) }},
	} {
		there, err := exists(s.files, left.name)
		if err != nil {
			return found, err
		}
		if !there {
			continue
		}
		found = true
		if err := left.end(); err != nil {
			return found, err
		}
	}
	return found, nil
}
