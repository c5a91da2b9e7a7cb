package main

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// What is committed is what the generator makes of the OpenAPI files: run
// make generate after a change of these.
func TestGeneratedCodeIsFresh(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the generator")
	}
	committed := filepath.Join("..", "..", "pkg", "api", "openapi")
	fresh := t.TempDir()
	if err := generate("..", fresh); err != nil {
		t.Fatal(err)
	}
	want, got := tree(t, fresh), tree(t, committed)
	for path, content := range want {
		if !bytes.Equal(got[path], content) {
			t.Errorf("pkg/api/openapi/%s is not what make generate writes", path)
		}
	}
	for path := range got {
		if _, ok := want[path]; !ok {
			t.Errorf("pkg/api/openapi/%s belongs to no OpenAPI file", path)
		}
	}
}

func tree(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		files[filepath.ToSlash(rel)], err = os.ReadFile(path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestTarget(t *testing.T) {
	for spec, want := range map[string][2]string{
		"openapi.yaml":            {"openapi", "openapi.gen.go"},
		"x/openapi.apples.yaml":   {"apples", filepath.Join("apples", "openapi.gen.go")},
		"openapi.big_apples.yaml": {"bigapples", filepath.Join("bigapples", "openapi.gen.go")},
	} {
		pkg, path := target(spec)
		if got := [2]string{pkg, path}; got != want {
			t.Errorf("target(%q) = %q, want %q", spec, got, want)
		}
	}
}
