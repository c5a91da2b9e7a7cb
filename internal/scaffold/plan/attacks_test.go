package plan

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestApplyKeepsEveryBitOfTheMode(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no such modes")
	}
	const mode = 0o751 | fs.ModeSetuid | fs.ModeSetgid
	dir := plant(t, tree{"tool": "rwx old\n"})
	must(t, os.Chmod(filepath.Join(dir, "tool"), mode))
	must(t, Apply(t.Context(), dir, &Plan{Changes: []Change{{Path: "tool", Before: []byte("old\n"), After: []byte("new\n")}}}))
	info, err := os.Stat(filepath.Join(dir, "tool"))
	must(t, err)
	if info.Mode() != mode {
		t.Errorf("mode: got %v, want %v", info.Mode(), mode)
	}
}

func TestApplyKeepsTheOwner(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" || os.Geteuid() != 0 {
		t.Skip("only root may give files away")
	}
	dir := plant(t, tree{"a.go": "secret package a\n"})
	must(t, os.Chown(filepath.Join(dir, "a.go"), 4711, 4712))
	must(t, Apply(t.Context(), dir, &Plan{Changes: []Change{{Path: "a.go", Before: []byte("package a\n"), After: []byte("package b\n")}}}))
	info, err := os.Stat(filepath.Join(dir, "a.go"))
	must(t, err)
	if uid, gid, _ := owner(info); uid != 4711 || gid != 4712 || info.Mode() != 0o600 {
		t.Errorf("got %d:%d %v, want 4711:4712 -rw-------", uid, gid, info.Mode())
	}
}

// denied is a file system that lets nobody give files away.
type denied struct{ files }

func (denied) Chown(name string, _, _ int) error {
	return &fs.PathError{Op: "chown", Path: name, Err: fs.ErrPermission}
}

func TestAFileThatCannotHaveItsOwnerDoesNotGetItsSetuidBit(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" || os.Geteuid() != 0 {
		t.Skip("only root may give files away")
	}
	dir := plant(t, tree{"tool": "rwx old\n"})
	must(t, os.Chown(filepath.Join(dir, "tool"), 4711, 4712))
	must(t, os.Chmod(filepath.Join(dir, "tool"), 0o755|fs.ModeSetuid))
	p := &Plan{Changes: []Change{{Path: "tool", Before: []byte("old\n"), After: []byte("new\n")}}}
	must(t, apply(t.Context(), denied{open(t, dir)}, dir, p))
	if diff := cmp.Diff(tree{"tool": "rwx new\n"}, harvest(t, dir)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	info, err := os.Stat(filepath.Join(dir, "tool"))
	must(t, err)
	if info.Mode()&fs.ModeSetuid != 0 {
		t.Errorf("mode: got %v, want no setuid bit", info.Mode())
	}
}

func TestApplyRefusesReadOnlyFilesEvenWhereRenamingCould(t *testing.T) {
	t.Parallel()
	dir := plant(t, tree{"a.go": "rw package a\n", "b.go": "rw package b\n"})
	for _, name := range []string{"a.go", "b.go"} {
		must(t, os.Chmod(filepath.Join(dir, name), 0o444))
	}
	p := &Plan{Changes: []Change{
		{Path: "a.go", Before: []byte("package a\n"), After: []byte("package c\n")},
		{Path: "b.go", Before: []byte("package b\n")},
	}}
	want := (&ReadOnlyError{"a.go"}).Error() + "\n" + (&ReadOnlyError{"b.go"}).Error()
	if err := Apply(t.Context(), dir, p); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestApplyLeavesTheOtherNamesOfAFileAlone(t *testing.T) {
	t.Parallel()
	dir := plant(t, tree{"a.go": "rw one\n"})
	must(t, os.Link(filepath.Join(dir, "a.go"), filepath.Join(dir, "copy.go")))
	must(t, Apply(t.Context(), dir, &Plan{Changes: []Change{{Path: "a.go", Before: []byte("one\n"), After: []byte("two\n")}}}))
	if diff := cmp.Diff(tree{"a.go": "rw two\n", "copy.go": "rw one\n"}, harvest(t, dir)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestApplyRemovesNoLinkToADirectory: the last file of a directory that is reached through a link goes, and with it the
// directory, but not the link, nor a directory that still holds something.
func TestApplyRemovesNoLinkToADirectory(t *testing.T) {
	t.Parallel()
	dir := plant(t, tree{"real/x.go": "rw x\n", "real/y.go": "rw y\n"})
	must(t, os.Symlink("real", filepath.Join(dir, "link")))
	must(t, Apply(t.Context(), dir, &Plan{Changes: []Change{{Path: "link/x.go", Before: []byte("x\n")}}}))
	if diff := cmp.Diff(tree{"link": "link real", "real/y.go": "rw y\n"}, harvest(t, dir)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestApplyRefusesOneFileUnderTwoNames(t *testing.T) {
	t.Parallel()
	before := tree{"real/x.go": "rw x\n"}
	dir := plant(t, before)
	must(t, os.Symlink("real", filepath.Join(dir, "link")))
	before["link"] = "link real"
	p := &Plan{Changes: []Change{
		{Path: "link/x.go", Before: []byte("x\n"), After: []byte("1\n")},
		{Path: "real/x.go", Before: []byte("x\n"), After: []byte("2\n")},
	}}
	if err := Apply(t.Context(), dir, p); err == nil || err.Error() != "real/x.go: the same file as link/x.go" {
		t.Errorf("got %v", err)
	}
	if diff := cmp.Diff(before, harvest(t, dir)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestApplyRefusesAFileThatBecameSomethingElse(t *testing.T) {
	t.Parallel()
	p := &Plan{Changes: []Change{
		{Path: "a.go", Before: []byte("a\n"), After: []byte("b\n")},
		{Path: "sub/b.go", Before: []byte("b\n")},
	}}
	before := tree{"a.go/inside": "rw x\n", "sub": "rw a file\n"}
	dir := plant(t, before)
	err := Apply(t.Context(), dir, p)
	want := (&StaleError{"a.go"}).Error() + "\n" + (&StaleError{"sub/b.go"}).Error()
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if diff := cmp.Diff(before, harvest(t, dir)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestRecoveryRemovesNothingThatStandsWhereADirectoryWas: a run was killed before it made its directories, or while it
// cleared up, and somebody put a file or a link where one of them would be.
func TestRecoveryRemovesNothingThatStandsWhereADirectoryWas(t *testing.T) {
	t.Parallel()
	before, after, p := sample()
	dir := plant(t, before)
	root := open(t, dir)
	j, err := prepare(root, dir, p.Changes)
	must(t, err)
	must(t, j.write(root))
	must(t, os.WriteFile(filepath.Join(dir, "new"), []byte("mine\n"), 0o644))
	_, err = resume(root)
	must(t, err)
	before["new"] = "rw mine\n"
	if diff := cmp.Diff(before, harvest(t, dir)); diff != "" {
		t.Errorf("undone (-want +got):\n%s", diff)
	}

	must(t, os.Remove(filepath.Join(dir, "new")))
	must(t, j.write(root))
	must(t, run(t.Context(), root, j, p.Changes))
	must(t, os.RemoveAll(filepath.Join(dir, "old")))
	must(t, os.WriteFile(filepath.Join(dir, "old"), []byte("mine\n"), 0o644))
	_, err = resume(root)
	must(t, err)
	after["old"] = "rw mine\n"
	if diff := cmp.Diff(after, harvest(t, dir)); diff != "" {
		t.Errorf("finished (-want +got):\n%s", diff)
	}
}

// TestRecoveryTakesFilesThatWerePutBackByHand: after the kill somebody ran git restore.
func TestRecoveryTakesFilesThatWerePutBackByHand(t *testing.T) {
	t.Parallel()
	before, _, p := sample()
	dir := plant(t, before)
	root := open(t, dir)
	uncommitted(t, root, dir, p)
	must(t, os.WriteFile(filepath.Join(dir, "pkg/a.go"), []byte("package pkg\n"), 0o600))
	_, err := resume(root)
	must(t, err)
	if diff := cmp.Diff(before, harvest(t, dir)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestRecoverySaysNothingOfAHalfWrittenJournal(t *testing.T) {
	t.Parallel()
	before, _, _ := sample()
	dir := plant(t, before)
	must(t, os.WriteFile(filepath.Join(dir, journalOpen), []byte(`{"dirs":["new"],"ste`), 0o600))
	_, err := resume(open(t, dir))
	must(t, err)
	if diff := cmp.Diff(before, harvest(t, dir)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestCreateTreeClearsUpBehindADeadRunOnly: what a run for the same target left is removed, what one for another target
// has is not.
func TestCreateTreeClearsUpBehindADeadRunOnly(t *testing.T) {
	t.Parallel()
	p, want := newTree()
	dir := plant(t, tree{
		".trexgen-svc.part/pkg/half.go": "rw pack", ".trexgen-svc.lock": "rw ",
		".trexgen-other.part/x": "rw x", ".trexgen-other.lock": "rw ",
	})
	target := filepath.Join(dir, "svc")
	found, err := RecoverTree(t.Context(), target)
	if !found || err != nil {
		t.Errorf("RecoverTree: got %v, %v; want true, nil", found, err)
	}
	must(t, CreateTree(t.Context(), target, p))
	after := tree{".trexgen-other.part/x": "rw x", ".trexgen-other.lock": "rw "}
	for name, content := range want {
		after["svc/"+name] = content
	}
	if diff := cmp.Diff(after, harvest(t, dir)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestRecoverTreeFindsWhatWasLeftFurtherUp: the run was killed before it could remove its lock, or somebody made the
// directory since.
func TestRecoverTreeFindsWhatWasLeftFurtherUp(t *testing.T) {
	t.Parallel()
	dir := plant(t, tree{".trexgen-a.lock": "rw ", ".trexgen-a.part/b/half.go": "rw pack", "a/.trexgen-svc.lock": "rw ", "a/svc/x.go": "rw x"})
	found, err := RecoverTree(t.Context(), filepath.Join(dir, "a", "svc"))
	if !found || err != nil {
		t.Errorf("RecoverTree: got %v, %v; want true, nil", found, err)
	}
	if diff := cmp.Diff(tree{"a/svc/x.go": "rw x"}, harvest(t, dir)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestCreateTreesAtOnce: of many runs for one target one makes it, and those for neighbours do not mind.
func TestCreateTreesAtOnce(t *testing.T) {
	t.Parallel()
	p, want := newTree()
	dir := t.TempDir()
	targets := []string{"a/svc", "a/svc", "a/svc", "a/other", "b"}
	errs := make(chan error)
	for _, target := range targets {
		go func() { errs <- CreateTree(t.Context(), filepath.Join(dir, filepath.FromSlash(target)), p) }()
	}
	refused := 0
	for range targets {
		if err := <-errs; errors.Is(err, ErrNotEmpty) {
			refused++
		} else {
			must(t, err)
		}
	}
	if refused != 2 {
		t.Errorf("refused: got %d, want 2", refused)
	}
	after := tree{}
	for name, content := range want {
		for _, target := range []string{"a/svc/", "a/other/", "b/"} {
			after[target+name] = content
		}
	}
	if diff := cmp.Diff(after, harvest(t, dir)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
