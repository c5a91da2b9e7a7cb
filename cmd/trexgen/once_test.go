package main

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// TestManyAddKindsAtOnce lets several processes add a kind each at the same moment. Those that do not get their turn in
// time are told so; the project holds exactly the kinds of the others, wired as if they had come one after the other.
func TestManyAddKindsAtOnce(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("runs several processes")
	}
	const processes = 8
	project := filepath.Join(t.TempDir(), "birds")
	if code, said := runIn(t, ".", "trexgen", "new", "birds", "--quiet", "--dir", project); code != exitDone {
		t.Fatalf("new: exit code %d\n%s", code, said)
	}
	codes, says := make([]int, processes), make([]string, processes)
	var all sync.WaitGroup
	for i := range processes {
		all.Go(func() {
			codes[i], says[i] = runIn(t, project, "trexgen", "add", "kind", fmt.Sprintf("Kind%d", i), "--fields", "name:string:required", "--quiet")
		})
	}
	all.Wait()

	added := 0
	text := goFiles(t, project)
	for i, code := range codes {
		locator := fmt.Sprintf("newKind%dController", i)
		used := strings.Count(text, locator+",")
		switch {
		case code == exitDone && used == 1:
			added++
		case code == exitBlocked && used == 0 && !strings.Contains(text, fmt.Sprintf("Kind%d", i)) && strings.Contains(says[i], "at work here"):
		default:
			t.Errorf("Kind%d: exit code %d, %d times wired; it said %q", i, code, used, says[i])
		}
	}
	t.Logf("%d of %d added", added, processes)
	if added == 0 {
		t.Error("nobody got a turn")
	}
	// The tool's own reading of the project says whether what is recorded is what is there.
	if code, said := runIn(t, project, "trexgen", "add", "kind", "Last", "--fields", "name:string", "--check"); code != exitFound {
		t.Errorf("another kind: exit code %d\n%s", code, said)
	}
}

// goFiles parses all Go files below dir and returns their text.
func goFiles(t *testing.T, dir string) string {
	t.Helper()
	var text strings.Builder
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if strings.HasPrefix(d.Name(), ".") && strings.Contains(d.Name(), "trexgen") {
			t.Errorf("%s is left over", path)
		}
		if filepath.Ext(path) != ".go" {
			return nil
		}
		src, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		text.Write(src)
		_, err = parser.ParseFile(token.NewFileSet(), path, src, 0)
		return err
	})
	if err != nil {
		t.Error(err)
	}
	return text.String()
}
