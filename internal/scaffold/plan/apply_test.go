package plan

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// sample changes a tree in every way there is: create in an old and in new directories, modify, delete, delete the last
// file of a directory.
func sample() (before, after tree, p *Plan) {
	before = tree{
		"go.mod":      "rw module x\n",
		"pkg/a.go":    "secret package pkg\n",
		"pkg/run.sh":  "rwx #!/bin/sh\n",
		"pkg/gone.go": "rw package pkg // gone\n",
		"old/x/y.go":  "rw package x\n",
		"keep/":       "",
	}
	after = tree{
		"go.mod":         "rw module x\n",
		"pkg/a.go":       "secret package pkg // changed\n",
		"pkg/run.sh":     "rwx #!/bin/bash\n",
		"pkg/b.go":       "rw package pkg\n",
		"new/deep/c.go":  "rw package deep\n",
		"new/tool.sh":    "rwx #!/bin/sh\n",
		"new/deep/empty": "rw ",
		"keep/":          "",
	}
	p = &Plan{Changes: []Change{
		{Path: "new/deep/c.go", After: []byte("package deep\n")},
		{Path: "new/deep/empty", After: []byte{}},
		{Path: "new/tool.sh", After: []byte("#!/bin/sh\n"), Mode: 0o755},
		{Path: "old/x/y.go", Before: []byte("package x\n")},
		{Path: "pkg/a.go", Before: []byte("package pkg\n"), After: []byte("package pkg // changed\n")},
		{Path: "pkg/b.go", After: []byte("package pkg\n")},
		{Path: "pkg/gone.go", Before: []byte("package pkg // gone\n")},
		{Path: "pkg/run.sh", Before: []byte("#!/bin/sh\n"), After: []byte("#!/bin/bash\n")},
	}}
	return before, after, p
}

func TestApplyMakesEveryChangeAndKeepsModes(t *testing.T) {
	t.Parallel()
	before, after, p := sample()
	dir := plant(t, before)
	must(t, Apply(t.Context(), dir, p))
	if diff := cmp.Diff(after, harvest(t, dir)); diff != "" {
		t.Errorf("after Apply (-want +got):\n%s", diff)
	}
}

func TestApplyRefusesWhatIsNotAsPlannedAndNamesAllOfIt(t *testing.T) {
	t.Parallel()
	before, _, p := sample()
	before["pkg/a.go"] = "rw package pkg // mine\n"
	before["pkg/b.go"] = "rw package pkg // in the way\n"
	before["new"] = "rw a file, not a directory\n"
	delete(before, "pkg/gone.go")
	dir := plant(t, before)
	err := Apply(t.Context(), dir, p)
	if err == nil {
		t.Fatal("no error")
	}
	want := []string{
		(&ExistsError{"new"}).Error(),
		(&StaleError{"pkg/a.go"}).Error(),
		(&ExistsError{"pkg/b.go"}).Error(),
		(&StaleError{"pkg/gone.go"}).Error(),
	}
	if diff := cmp.Diff(want, strings.Split(err.Error(), "\n")); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
	if !errors.As(err, new(*StaleError)) || !errors.As(err, new(*ExistsError)) {
		t.Errorf("the types are lost: %#v", err)
	}
	if diff := cmp.Diff(before, harvest(t, dir)); diff != "" {
		t.Errorf("something was written (-before +got):\n%s", diff)
	}
}

func TestApplyChangesTheFileThatALinkPointsTo(t *testing.T) {
	t.Parallel()
	dir := plant(t, tree{"real/list.txt": "rw one\n"})
	must(t, os.Symlink(filepath.Join("real", "list.txt"), filepath.Join(dir, "list.txt")))
	p := &Plan{Changes: []Change{{Path: "list.txt", Before: []byte("one\n"), After: []byte("two\n")}}}
	must(t, Apply(t.Context(), dir, p))
	want := tree{"list.txt": "link real/list.txt", "real/list.txt": "rw two\n"}
	if diff := cmp.Diff(want, harvest(t, dir)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestApplyStaysInsideItsDirectory(t *testing.T) {
	t.Parallel()
	outside := plant(t, tree{"secret.txt": "rw secret\n"})
	dir := plant(t, tree{"a": "rw a\n"})
	must(t, os.Symlink(filepath.Join(outside, "secret.txt"), filepath.Join(dir, "link.txt")))
	must(t, os.Symlink(outside, filepath.Join(dir, "sub")))
	for _, c := range []Change{
		{Path: "link.txt", Before: []byte("secret\n"), After: []byte("x\n")},
		{Path: "sub/new.txt", After: []byte("x\n")},
		{Path: "../x.txt", After: []byte("x\n")},
	} {
		if err := Apply(t.Context(), dir, &Plan{Changes: []Change{c}}); err == nil {
			t.Errorf("%s: no error", c.Path)
		}
	}
	if diff := cmp.Diff(tree{"secret.txt": "rw secret\n"}, harvest(t, outside)); diff != "" {
		t.Errorf("outside (-want +got):\n%s", diff)
	}
}

func TestApplyCancelledChangesNothing(t *testing.T) {
	t.Parallel()
	before, _, p := sample()
	dir := plant(t, before)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	wantIs(t, Apply(ctx, dir, p), context.Canceled)
	if diff := cmp.Diff(before, harvest(t, dir)); diff != "" {
		t.Errorf("(-before +got):\n%s", diff)
	}
}

func TestRecoverKeepsWhatSomebodyEditedSince(t *testing.T) {
	t.Parallel()
	before, _, p := sample()
	dir := plant(t, before)
	uncommitted(t, open(t, dir), dir, p)
	must(t, os.WriteFile(filepath.Join(dir, "pkg/a.go"), []byte("package pkg // precious\n"), 0o600))
	must(t, os.WriteFile(filepath.Join(dir, "pkg/b.go"), []byte("package pkg // precious\n"), 0o644))

	h, err := Take(t.Context(), dir, 0)
	must(t, err)
	defer func() { must(t, h.Release()) }()
	found, err := h.Recover()
	if !found || !errors.As(err, new(*EditedError)) {
		t.Fatalf("Recover: got %v, %v; want true and an EditedError for pkg/a.go", found, err)
	}
	if pending, err := Pending(dir); pending || !errors.Is(err, ErrLocked) {
		t.Errorf("Pending while it is held: got %v, %v; want ErrLocked", pending, err)
	}
	must(t, os.Remove(filepath.Join(dir, "pkg", ".a.go.trexgen-old")))
	found, err = h.Recover()
	if !found || err != nil {
		t.Fatalf("Recover after the merge: got %v, %v; want true, nil", found, err)
	}
	must(t, h.Release())
	before["pkg/a.go"] = "secret package pkg // precious\n"
	before["pkg/b.go"] = "rw package pkg // precious\n"
	if diff := cmp.Diff(before, harvest(t, dir)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if pending, err := Pending(dir); pending || err != nil {
		t.Errorf("Pending: got %v, %v; want false, nil", pending, err)
	}
}
