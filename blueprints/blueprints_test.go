package blueprints_test

import (
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/trexgen/trexgen/blueprints"
)

// leftBehind are folders that work on the blueprint leaves in it.
var leftBehind = map[string]bool{"bin": true, ".devdb": true}

// The embedded folders are listed one by one: none may be forgotten.
func TestAllOfTheBlueprintIsEmbedded(t *testing.T) {
	service := blueprints.Service()
	err := fs.WalkDir(os.DirFS("service"), ".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && leftBehind[path]:
			return fs.SkipDir
		case d.IsDir() || strings.HasSuffix(path, ".test") || strings.HasSuffix(path, ".out"):
			return nil
		}
		if _, err := fs.Stat(service, path); err != nil {
			t.Errorf("%s is not embedded: name it in blueprints.go", path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
