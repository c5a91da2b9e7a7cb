package plan

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestVerify(t *testing.T) {
	t.Parallel()
	const good, ugly, broken = "package x\n\nvar a = 1\n", "package x\nvar  a = 1\n", "package x\n\nvar a = = 1\n"
	for _, test := range []struct {
		name   string
		change Change
		want   string // in the error; "" means none
	}{
		{"formatted", Change{Path: "x.go", After: []byte(good)}, ""},
		{"was formatted", Change{Path: "x.go", Before: []byte(good), After: []byte(ugly)}, "x.go: would not be gofmt-formatted"},
		{"was not formatted either", Change{Path: "x.go", Before: []byte(ugly), After: []byte(ugly + "// x\n")}, ""},
		{"carriage returns", Change{Path: "x.go", Before: []byte(good), After: []byte(strings.ReplaceAll(good, "\n", "\r\n"))}, ""},
		{"does not parse", Change{Path: "x.go", After: []byte(broken)}, "x.go:3:9"},
		{"no package", Change{Path: "x.go", After: []byte("var a = 1\n")}, "x.go:1:1"},
		{"deleted", Change{Path: "x.go", Before: []byte(broken)}, ""},
		{"yaml", Change{Path: "x.yaml", After: []byte("a: 1\n---\nb: 2\n")}, ""},
		{"broken yaml", Change{Path: "x.yml", After: []byte("a: [\n")}, "x.yml: yaml"},
		{"broken json", Change{Path: "x.json", After: []byte("{")}, "x.json: not valid JSON"},
		{"leads out", Change{Path: "../x", After: []byte("x")}, "not a clean path"},
		{"absolute", Change{Path: "/x", After: []byte("x")}, "not a clean path"},
		{"not clean", Change{Path: "a//x", After: []byte("x")}, "not a clean path"},
		{"empty path", Change{After: []byte("x")}, "not a clean path"},
		{"nothing", Change{Path: "x"}, "neither created nor deleted"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			err := Verify(t.Context(), &Plan{Changes: []Change{test.change}})
			switch {
			case test.want == "" && err != nil:
				t.Errorf("got %v, want no error", err)
			case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

func TestVerifyNamesAllProblems(t *testing.T) {
	t.Parallel()
	p := &Plan{Changes: []Change{
		{Path: "b.go", After: []byte("package")},
		{Path: "a.yaml", After: []byte("[")},
		{Path: "c.txt", After: []byte("c")},
		{Path: "C.txt", After: []byte("c")},
	}}
	err := Verify(t.Context(), p)
	for _, want := range []string{"b.go:1:", "a.yaml: ", "C.txt: changed twice, also as c.txt"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q in it", err, want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	wantIs(t, Verify(ctx, p), context.Canceled)
}

func TestPlanSortAndJSON(t *testing.T) {
	t.Parallel()
	p := &Plan{
		Changes: []Change{
			{Path: "c", Before: []byte("c"), Why: "drops <c>"},
			{Path: "a/b", After: []byte{}, Why: "adds b"},
			{Path: "a", Before: []byte{}, After: []byte("x"), Why: "fills a"},
		},
		Next: []string{"make run"},
	}
	p.Sort()
	got, err := JSON(p)
	must(t, err)
	want := `{"changes":[{"path":"a","action":"modify","why":"fills a"},{"path":"a/b","action":"create","why":"adds b"},` +
		`{"path":"c","action":"delete","why":"drops <c>"}],"next":["make run"]}` + "\n"
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	got, err = JSON(&Plan{})
	must(t, err)
	if want := `{"changes":[],"next":[]}` + "\n"; string(got) != want {
		t.Errorf("an empty plan: got %s, want %s", got, want)
	}
}

func TestDiff(t *testing.T) {
	t.Parallel()
	p := &Plan{Changes: []Change{
		{Path: "a.txt", Before: []byte("one\ntwo\n"), After: []byte("one\n2\n")},
		{Path: "b.sh", After: []byte("#!/bin/sh\n"), Mode: 0o755},
		{Path: "c.txt", Before: []byte("gone")},
		{Path: "d.bin", After: []byte{0, 1}},
	}}
	want := `diff --git a/a.txt b/a.txt
--- a/a.txt
+++ b/a.txt
@@ -1,2 +1,2 @@
 one
-two
+2
diff --git a/b.sh b/b.sh
new file mode 100755
--- /dev/null
+++ b/b.sh
@@ -0,0 +1 @@
+#!/bin/sh
diff --git a/c.txt b/c.txt
deleted file mode 100644
--- a/c.txt
+++ /dev/null
@@ -1 +0,0 @@
-gone
\ No newline at end of file
diff --git a/d.bin b/d.bin
new file mode 100644
Binary files /dev/null and b/d.bin differ
`
	if diff := cmp.Diff(want, Diff(p)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestGitAppliesTheDiff(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not installed")
	}
	before, after, p := sample()
	dir := plant(t, before)
	cmd := exec.CommandContext(t.Context(), "git", "apply", "-")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_CEILING_DIRECTORIES="+filepath.Dir(dir))
	cmd.Stdin = strings.NewReader(Diff(p))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("git apply: %v\n%s\n%s", err, out, Diff(p))
	}
	// Git takes modes from the umask; it is the content that counts here.
	if diff := cmp.Diff(contents(after), contents(harvest(t, dir))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func contents(of tree) tree {
	found := tree{}
	for name, entry := range of {
		_, found[name], _ = strings.Cut(entry, " ")
	}
	return found
}

func TestOverlayHoldsWhatThePlanMakes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file, remove, err := Overlay(dir, &Plan{Changes: []Change{
		{Path: "pkg/a.go", After: []byte("package pkg\n")},
		{Path: "b.go", Before: []byte("package x\n")},
	}})
	must(t, err)
	data, err := os.ReadFile(file)
	must(t, err)
	var overlay struct{ Replace map[string]string }
	must(t, json.Unmarshal(data, &overlay))
	content, err := os.ReadFile(overlay.Replace[filepath.Join(dir, "pkg", "a.go")])
	must(t, err)
	if string(content) != "package pkg\n" {
		t.Errorf("pkg/a.go: got %q", content)
	}
	if gone, ok := overlay.Replace[filepath.Join(dir, "b.go")]; gone != "" || !ok {
		t.Errorf("b.go: got %q, %v; want it gone", gone, ok)
	}
	must(t, remove())
	if _, err := os.Stat(file); !os.IsNotExist(err) {
		t.Errorf("after remove: %v", err)
	}
}
