package plan

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func newTree() (*Plan, tree) {
	return &Plan{Changes: []Change{
		{Path: "README.md", After: []byte("# x\n")},
		{Path: "bin/run.sh", After: []byte("#!/bin/sh\n"), Mode: 0o755},
		{Path: "pkg/api/api.go", After: []byte("package api\n")},
	}}, tree{"README.md": "rw # x\n", "bin/run.sh": "rwx #!/bin/sh\n", "pkg/api/api.go": "rw package api\n"}
}

func TestCreateTree(t *testing.T) {
	t.Parallel()
	p, want := newTree()
	below := func(prefix string) tree {
		moved := tree{}
		for name, content := range want {
			moved[prefix+name] = content
		}
		return moved
	}
	for _, test := range []struct {
		name   string
		before tree
		target string
		want   tree
	}{
		{"new directory", tree{}, "svc", below("svc/")},
		{"missing parents", tree{}, "a/b/svc", below("a/b/svc/")},
		{"empty directory", tree{"svc/": ""}, "svc", below("svc/")},
		{"name with a space", tree{}, "my svc", below("my svc/")},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := plant(t, test.before)
			must(t, CreateTree(t.Context(), filepath.Join(dir, test.target), p))
			if diff := cmp.Diff(test.want, harvest(t, dir)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestCreateTreeRefuses(t *testing.T) {
	t.Parallel()
	p, _ := newTree()
	before := tree{"full/x": "rw x\n", "file": "rw x\n"}
	for target, check := range map[string]func(error) bool{
		"full":     func(err error) bool { return errors.Is(err, ErrNotEmpty) },
		"file":     func(err error) bool { return errors.As(err, new(*ExistsError)) },
		"file/svc": func(err error) bool { return errors.As(err, new(*ExistsError)) },
	} {
		dir := plant(t, before)
		if err := CreateTree(t.Context(), filepath.Join(dir, target), p); !check(err) {
			t.Errorf("%s: got %v", target, err)
		}
		if diff := cmp.Diff(before, harvest(t, dir)); diff != "" {
			t.Errorf("%s: something was written (-before +got):\n%s", target, diff)
		}
	}
}

func TestCreateTreeCancelledLeavesNothing(t *testing.T) {
	t.Parallel()
	p, _ := newTree()
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	wantIs(t, CreateTree(ctx, filepath.Join(dir, "a", "svc"), p), context.Canceled)
	if diff := cmp.Diff(tree{}, harvest(t, dir)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// BenchmarkCreateTree writes as many files of the size as a service has.
func BenchmarkCreateTree(b *testing.B) {
	p := &Plan{}
	for i := range 150 {
		p.Changes = append(p.Changes, Change{
			Path:  fmt.Sprintf("pkg/layer%d/kind/file%d.go", i%12, i),
			After: []byte("package kind\n" + strings.Repeat("// line of text\n", 250)),
		})
	}
	dir := b.TempDir()
	for i := 0; b.Loop(); i++ {
		if err := CreateTree(b.Context(), filepath.Join(dir, fmt.Sprint(i)), p); err != nil {
			b.Fatal(err)
		}
	}
}
