package plan

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// tree is what a directory holds: path → mode and content, directories with a slash at the end.
type tree map[string]string

// plant writes a tree into a fresh directory.
func plant(t testing.TB, want tree) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range want {
		full := filepath.Join(dir, filepath.FromSlash(name))
		if strings.HasSuffix(name, "/") {
			must(t, os.MkdirAll(full, 0o755))
			continue
		}
		must(t, os.MkdirAll(filepath.Dir(full), 0o755))
		mode, text, _ := strings.Cut(content, " ")
		must(t, os.WriteFile(full, []byte(text), 0o644))
		must(t, os.Chmod(full, parseMode(t, mode)))
	}
	return dir
}

func parseMode(t testing.TB, s string) fs.FileMode {
	t.Helper()
	modes := map[string]fs.FileMode{"rw": 0o644, "rwx": 0o755, "secret": 0o600}
	mode, ok := modes[s]
	if !ok {
		t.Fatalf("mode %q is none of rw, rwx, secret", s)
	}
	return mode
}

// harvest reads a directory back in the form of plant. Directories are listed only when they are empty.
func harvest(t testing.TB, dir string) tree {
	t.Helper()
	found := tree{}
	names := map[fs.FileMode]string{0o644: "rw", 0o755: "rwx", 0o600: "secret"}
	must(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		if d.IsDir() {
			entries, err := os.ReadDir(path)
			if len(entries) == 0 {
				found[rel+"/"] = ""
			}
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if info.Mode()&fs.ModeSymlink != 0 {
			to, err := os.Readlink(path)
			found[rel] = "link " + to
			return err
		}
		content, err := os.ReadFile(path)
		found[rel] = names[info.Mode().Perm()] + " " + string(content)
		return err
	}))
	return found
}

// open opens a directory for as long as the test runs.
func open(t testing.TB, dir string) rooted {
	t.Helper()
	root, err := os.OpenRoot(dir)
	must(t, err)
	t.Cleanup(func() { must(t, root.Close()) })
	return rooted{root}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantIs(t *testing.T, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("error: got %v, want %v", got, want)
	}
}

// uncommitted puts all changes in place but does not commit them, as after a kill -9 just before the end.
func uncommitted(t *testing.T, root rooted, dir string, p *Plan) {
	t.Helper()
	j, err := prepare(root, dir, p.Changes)
	must(t, err)
	must(t, j.write(root))
	for _, name := range j.Dirs {
		must(t, root.Mkdir(name, 0o755))
	}
	for i, s := range j.Steps {
		must(t, s.stage(root, p.Changes[i]))
		must(t, s.swap(root))
	}
}
