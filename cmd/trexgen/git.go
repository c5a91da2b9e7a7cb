package main

import (
	"bytes"
	"crypto/sha1"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/trexgen/trexgen/internal/scaffold/plan"
)

// sayUnsaved tells which of the files that are about to be changed hold something that git does not have: to undo the
// change with git would lose that too.
func (a *app) sayUnsaved(o options, j job) {
	if o.Quiet || j.Fresh {
		return
	}
	switch names := unsaved(j.Root, j.Plan.Changes); len(names) {
	case 0:
	case 1:
		a.sayf("1 of the files to be changed has changes that are not in git: %s", names[0])
	default:
		a.sayf("%d of the files to be changed have changes that are not in git: %s", len(names), strings.Join(names, ", "))
	}
}

// unsaved returns the paths of the changes whose files differ from what git has in its index, or are not in it. It runs
// no git, which may not be there. Where there is no repository, or one that it does not understand, it returns none:
// this is advice, and no advice is better than wrong one.
func unsaved(root string, changes []plan.Change) []string {
	root, err := filepath.EvalSymlinks(root)
	if err != nil {
		return nil
	}
	repo, ok := findRepository(root)
	if !ok {
		return nil
	}
	tracked := map[string]string{} // path of the change → path in the index
	wanted := map[string]bool{}
	for _, c := range changes {
		if c.Action() == plan.Create {
			continue
		}
		name, err := repo.name(filepath.Join(root, filepath.FromSlash(c.Path)))
		if err != nil {
			return nil
		}
		tracked[c.Path] = name
		wanted[name] = true
	}
	entries, read, err := repo.entries(wanted)
	if err != nil {
		return nil
	}
	var names []string
	for _, c := range changes {
		name, ok := tracked[c.Path]
		if !ok {
			continue
		}
		if e, ok := entries[name]; !ok || !e.holds(filepath.Join(repo.tree, filepath.FromSlash(name)), c.Before, read) {
			names = append(names, c.Path)
		}
	}
	return names
}

// repository is a git repository with files checked out.
type repository struct {
	tree string // the directory that the paths in the index begin at
	dir  string // where the index is
}

// name returns what the index calls a file, which links may lead to.
func (r repository) name(file string) (string, error) {
	file, err := filepath.EvalSymlinks(file)
	if err != nil {
		return "", err
	}
	name, err := filepath.Rel(r.tree, file)
	return filepath.ToSlash(name), err
}

// findRepository finds the repository that root is in, if there is one that names objects by SHA-1.
func findRepository(root string) (repository, bool) {
	tree, ok := findUp(root, ".git")
	if !ok {
		return repository{}, false
	}
	dir := filepath.Join(tree, ".git")
	if content, err := os.ReadFile(dir); err == nil { // of a worktree or a submodule: it says where
		to, ok := strings.CutPrefix(strings.TrimSpace(string(content)), "gitdir:")
		if !ok {
			return repository{}, false
		}
		dir = join(tree, strings.TrimSpace(to))
	}
	if _, err := os.Lstat(filepath.Join(dir, "HEAD")); err != nil {
		return repository{}, false
	}
	common := dir
	if content, err := os.ReadFile(filepath.Join(dir, "commondir")); err == nil {
		common = join(dir, strings.TrimSpace(string(content)))
	}
	config, err := os.ReadFile(filepath.Join(common, "config"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) || otherHash.Match(config) {
		return repository{}, false
	}
	return repository{tree, dir}, true
}

// otherHash is the line of a repository's configuration that says that objects have other names than SHA-1.
var otherHash = regexp.MustCompile(`(?im)^\s*objectformat\s*=\s*"?sha256`)

// join makes a path relative to dir, unless it is absolute.
func join(dir, path string) string {
	path = filepath.FromSlash(path)
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(dir, path)
}

// entries returns what the index has of the wanted files, and when it was written. A repository into which nothing was
// put yet has no index.
func (r repository) entries(wanted map[string]bool) (map[string]indexEntry, time.Time, error) {
	path := filepath.Join(r.dir, "index")
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, time.Time{}, nil
	}
	if err != nil {
		return nil, time.Time{}, err
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, time.Time{}, err
	}
	entries, err := parseIndex(data, wanted)
	if err != nil {
		return nil, time.Time{}, fmt.Errorf("%s: %w", path, err)
	}
	return entries, info.ModTime(), nil
}

// holds reports whether git has the content of a file. As git does, it takes one that looks as it did for unchanged,
// unless it was written to as late as the index: git may have filtered the content, which nothing here can do but for
// the ends of lines.
func (e indexEntry) holds(path string, content []byte, written time.Time) bool {
	if !e.merged {
		return false
	}
	if e.hash == blobHash(content) || e.hash == blobHash(bytes.ReplaceAll(content, []byte("\r\n"), []byte("\n"))) {
		return true
	}
	info, err := os.Lstat(path)
	if err != nil || uint32(info.Size()) != e.size {
		return false
	}
	modified := info.ModTime()
	if !e.whole { // some gits, and some file systems, keep whole seconds
		modified = modified.Truncate(time.Second)
	}
	return modified.Equal(e.modified) && e.modified.Before(written.Truncate(time.Second))
}

// blobHash is the name that git gives to a file with this content.
func blobHash(content []byte) [20]byte {
	h := sha1.New()
	_, _ = fmt.Fprintf(h, "blob %d\x00", len(content)) // a hash takes everything
	_, _ = h.Write(content)
	return [20]byte(h.Sum(nil))
}
