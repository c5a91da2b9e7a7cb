package scaffold

import (
	"io/fs"
	"testing"

	"github.com/trexgen/trexgen/blueprints"
)

func testBlueprint(t testing.TB) *Blueprint {
	t.Helper()
	b, err := OpenBlueprint(blueprints.Service())
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func readFile(t testing.TB, fsys fs.FS, name string) []byte {
	t.Helper()
	src, err := fs.ReadFile(fsys, name)
	if err != nil {
		t.Fatal(err)
	}
	return src
}

func formatted(t testing.TB, src []byte) []byte {
	t.Helper()
	out, err := formatGo("x.go", src)
	if err != nil {
		t.Fatalf("%v\n%s", err, src)
	}
	return out
}
