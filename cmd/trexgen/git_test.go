package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/trexgen/trexgen/internal/scaffold/plan"
)

// gitIn runs the real git, with nobody's settings.
func gitIn(t *testing.T, dir string, args ...string) {
	t.Helper()
	git, err := exec.LookPath("git")
	if err != nil {
		t.Skip("git is not installed")
	}
	args = append([]string{"-c", "user.name=x", "-c", "user.email=x@example.com", "-c", "protocol.file.allow=always", "-c", "init.defaultBranch=main"}, args...)
	cmd := exec.CommandContext(t.Context(), git, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("git %q: %v\n%s", args, err, out)
	}
}

func writeFiles(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, content := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// changesOf plans to change all the files of dir that are named.
func changesOf(t *testing.T, dir string, names ...string) []plan.Change {
	t.Helper()
	changes := []plan.Change{{Path: "new.go", After: []byte("x")}}
	for _, name := range names {
		now, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
		if err != nil {
			t.Fatal(err)
		}
		changes = append(changes, plan.Change{Path: name, Before: now})
	}
	return changes
}

// TestUnsavedAgreesWithGit makes repositories with git itself, of every kind, in which the same three of five files
// hold something that git does not have.
func TestUnsavedAgreesWithGit(t *testing.T) {
	t.Parallel()
	committed := map[string]string{"a.go": "a\n", "pkg/a.go": "pkg a\n", "pkg/api/" + strings.Repeat("long", 60) + ".go": "long\n"}
	commit := func(t *testing.T, dir string) {
		writeFiles(t, dir, committed)
		gitIn(t, dir, "add", ".")
		gitIn(t, dir, "commit", "--quiet", "-m", "x")
	}
	initialised := func(args ...string) func(t *testing.T, dir string) string {
		return func(t *testing.T, dir string) string {
			gitIn(t, dir, append([]string{"init", "--quiet"}, args...)...)
			commit(t, dir)
			return dir
		}
	}
	version := func(number string) func(t *testing.T, dir string) string {
		return func(t *testing.T, dir string) string {
			initialised()(t, dir)
			gitIn(t, dir, "update-index", "--index-version", number)
			return dir
		}
	}
	for name, lay := range map[string]func(t *testing.T, dir string) string{
		"version 2": version("2"),
		"version 4": version("4"),
		"version 3": func(t *testing.T, dir string) string {
			initialised()(t, dir)
			writeFiles(t, dir, map[string]string{"aa.go": "flags of version 3"})
			gitIn(t, dir, "add", "--intent-to-add", "aa.go")
			return dir
		},
		"subfolder": func(t *testing.T, dir string) string {
			gitIn(t, dir, "init", "--quiet")
			commit(t, filepath.Join(dir, mkdir(t, dir, "services/birds")))
			return filepath.Join(dir, "services", "birds")
		},
		"worktree": func(t *testing.T, dir string) string {
			initialised()(t, filepath.Join(dir, mkdir(t, dir, "main")))
			gitIn(t, filepath.Join(dir, "main"), "worktree", "add", "--quiet", filepath.Join(dir, "other"))
			return filepath.Join(dir, "other")
		},
		"submodule": func(t *testing.T, dir string) string {
			initialised()(t, filepath.Join(dir, mkdir(t, dir, "part")))
			gitIn(t, dir, "init", "--quiet")
			gitIn(t, dir, "submodule", "--quiet", "add", filepath.Join(dir, "part"), "sub")
			return filepath.Join(dir, "sub")
		},
		"carriage returns in the checkout": func(t *testing.T, dir string) string {
			initialised()(t, dir)
			gitIn(t, dir, "config", "core.autocrlf", "true")
			for name := range committed {
				if err := os.Remove(filepath.Join(dir, filepath.FromSlash(name))); err != nil {
					t.Fatal(err)
				}
			}
			gitIn(t, dir, "checkout", "--quiet", ".")
			return dir
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := lay(t, t.TempDir())
			writeFiles(t, dir, map[string]string{"a.go": "a, edited\n", "untracked.go": "x\n", "staged.go": "x\n"})
			gitIn(t, dir, "add", "staged.go")
			writeFiles(t, dir, map[string]string{"staged.go": "y\n"})
			changes := changesOf(t, dir, "a.go", "pkg/a.go", "pkg/api/"+strings.Repeat("long", 60)+".go", "staged.go", "untracked.go")
			if diff := cmp.Diff([]string{"a.go", "staged.go", "untracked.go"}, unsaved(dir, changes)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			gitIn(t, dir, "add", ".")
			if got := unsaved(dir, changes); len(got) > 0 {
				t.Errorf("after git add: got %q, want none", got)
			}
		})
	}
}

func mkdir(t *testing.T, dir, name string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Join(dir, filepath.FromSlash(name)), 0o755); err != nil {
		t.Fatal(err)
	}
	return filepath.FromSlash(name)
}

// TestUnsavedNamesConflicts: git has three contents of the file, and which one is meant is open.
func TestUnsavedNamesConflicts(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	gitIn(t, dir, "init", "--quiet")
	for _, branch := range []string{"main", "one", "two"} {
		if branch != "main" {
			gitIn(t, dir, "checkout", "--quiet", "-b", branch, "main")
		}
		writeFiles(t, dir, map[string]string{"a.go": branch + "\n", "b.go": "b\n"})
		gitIn(t, dir, "add", ".")
		gitIn(t, dir, "commit", "--quiet", "-m", branch)
	}
	gitIn(t, dir, "read-tree", "-i", "-m", "main", "two", "one")
	if diff := cmp.Diff([]string{"a.go"}, unsaved(dir, changesOf(t, dir, "a.go", "b.go"))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestUnsavedTakesWhatLooksUnchangedForUnchanged: git stores something else than what is on the disk, by a filter that
// only git can run.
func TestUnsavedTakesWhatLooksUnchangedForUnchanged(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	gitIn(t, dir, "init", "--quiet")
	gitIn(t, dir, "config", "filter.shout.clean", "tr a-z A-Z")
	writeFiles(t, dir, map[string]string{".gitattributes": "*.go filter=shout\n", "a.go": "a\n", "b.go": "b\n"})
	old := mustStat(t, dir).ModTime().Add(-3600e9)
	for _, name := range []string{"a.go", "b.go"} {
		if err := os.Chtimes(filepath.Join(dir, name), old, old); err != nil {
			t.Fatal(err)
		}
	}
	gitIn(t, dir, "add", ".")
	writeFiles(t, dir, map[string]string{"b.go": "c\n"})
	if diff := cmp.Diff([]string{"b.go"}, unsaved(dir, changesOf(t, dir, "a.go", "b.go"))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func mustStat(t *testing.T, path string) os.FileInfo {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info
}

// TestUnsavedSaysNothingOfWhatItDoesNotUnderstand: no repository, other hashes, a split or a broken index.
func TestUnsavedSaysNothingOfWhatItDoesNotUnderstand(t *testing.T) {
	t.Parallel()
	for name, lay := range map[string]func(t *testing.T, dir string){
		"no repository": func(*testing.T, string) {},
		"SHA-256":       func(t *testing.T, dir string) { gitIn(t, dir, "init", "--quiet", "--object-format=sha256") },
		"split index": func(t *testing.T, dir string) {
			gitIn(t, dir, "init", "--quiet")
			gitIn(t, dir, "add", ".")
			gitIn(t, dir, "update-index", "--split-index")
		},
		"broken index": func(t *testing.T, dir string) {
			gitIn(t, dir, "init", "--quiet")
			gitIn(t, dir, "add", ".")
			index, err := os.ReadFile(filepath.Join(dir, ".git", "index"))
			if err != nil {
				t.Fatal(err)
			}
			writeFiles(t, dir, map[string]string{".git/index": string(index[:len(index)-30])})
		},
		"file called .git": func(t *testing.T, dir string) { writeFiles(t, dir, map[string]string{".git": "mine\n"}) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			writeFiles(t, dir, map[string]string{"a.go": "a\n"})
			lay(t, dir)
			writeFiles(t, dir, map[string]string{"a.go": "edited\n"})
			if got := unsaved(dir, changesOf(t, dir, "a.go")); len(got) > 0 {
				t.Errorf("got %q, want none", got)
			}
		})
	}
}

// TestUnsavedInARepositoryWithoutFiles: right after git init nothing is in git.
func TestUnsavedInARepositoryWithoutFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	gitIn(t, dir, "init", "--quiet")
	writeFiles(t, dir, map[string]string{"a.go": "a\n"})
	if diff := cmp.Diff([]string{"a.go"}, unsaved(dir, changesOf(t, dir, "a.go"))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// FuzzParseIndex: no file makes it panic or read beyond its end.
func FuzzParseIndex(f *testing.F) {
	f.Add([]byte("DIRC\x00\x00\x00\x02\x00\x00\x00\x01" + strings.Repeat("\x00", 61) + "\x01a" + strings.Repeat("\x00", 30)))
	f.Add([]byte("DIRC\x00\x00\x00\x04\x00\x00\x00\x02" + strings.Repeat("\x00", 62) + "\x00ab\x00" + strings.Repeat("\x00", 62) + "\x81\x00c\x00" + strings.Repeat("\x00", 20)))
	f.Fuzz(func(t *testing.T, data []byte) {
		entries, _ := parseIndex(data, map[string]bool{"a": true, "ab": true})
		if len(entries) > 2 {
			t.Errorf("got %d entries, of which two were wanted", len(entries))
		}
	})
}

// BenchmarkUnsaved looks one file up in a repository of ten thousand.
func BenchmarkUnsaved(b *testing.B) {
	git, err := exec.LookPath("git")
	if err != nil {
		b.Skip("git is not installed")
	}
	dir := b.TempDir()
	runProcess(b, dir, git, "init", "--quiet")
	for i := range 10_000 {
		name := filepath.Join(dir, "f"+strings.Repeat("x", i%50)+string(rune('a'+i%26))+strings.Repeat("y", i/500)+".go")
		if err := os.WriteFile(name, []byte(name), 0o644); err != nil {
			b.Fatal(err)
		}
	}
	runProcess(b, dir, git, "add", ".")
	if err := os.WriteFile(filepath.Join(dir, "fa.go"), []byte("x"), 0o644); err != nil {
		b.Fatal(err)
	}
	changes := []plan.Change{{Path: "fa.go", Before: []byte("x")}}
	for b.Loop() {
		if len(unsaved(dir, changes)) != 1 {
			b.Fatal("got none")
		}
	}
}
