package main

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// snapshot is what a directory holds: path → mode and content.
type snapshot map[string]string

// migrationID is the only thing in a project that the clock decides.
var migrationID = regexp.MustCompile(`20[0-9]{12}`)

func take(t *testing.T, dir string) snapshot {
	t.Helper()
	s := snapshot{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		var content []byte
		if !d.IsDir() {
			if content, err = os.ReadFile(filepath.Join(dir, path)); err != nil {
				return err
			}
		}
		s[migrationID.ReplaceAllString(path, "ID")] = info.Mode().String() + " " + string(migrationID.ReplaceAll(bytes.Clone(content), []byte("ID")))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}
