package plan

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// intruder is somebody who does something to a file just before one of our operations.
type intruder struct {
	files
	n    int // comes before the n-th operation
	do   func()
	next string // that operation

	count int
}

func (i *intruder) step(op, name string) {
	i.count++
	if i.count == i.n {
		i.next = op + " " + name
		i.do()
	}
}

func (i *intruder) ReadFile(name string) ([]byte, error) {
	i.step("read", name)
	return i.files.ReadFile(name)
}

func (i *intruder) WriteFile(name string, data []byte, perm fs.FileMode) error {
	i.step("write", name)
	return i.files.WriteFile(name, data, perm)
}

func (i *intruder) Link(oldname, newname string) error {
	i.step("link", newname)
	return i.files.Link(oldname, newname)
}

func (i *intruder) Rename(oldname, newname string) error {
	i.step("rename", newname)
	return i.files.Rename(oldname, newname)
}

func (i *intruder) Remove(name string) error {
	i.step("remove", name)
	return i.files.Remove(name)
}

// TestNobodysEditIsLost lets somebody save a file of the plan at every moment of a run, once in place, as some editors
// do, and once by renaming a new file over it, as others do. What they wrote is at its path in the end: the run saw it
// and put everything back, or was done before.
func TestNobodysEditIsLost(t *testing.T) {
	t.Parallel()
	before, _, p := sample()
	const precious = "package precious\n"
	saves := map[string]func(path string) error{
		"in place": func(path string) error { return os.WriteFile(path, []byte(precious), 0o644) },
		"by renaming": func(path string) error {
			return errors.Join(os.WriteFile(path+"~", []byte(precious), 0o644), os.Rename(path+"~", path))
		},
	}
	moments := 0
	for _, edited := range []string{"pkg/a.go", "pkg/gone.go", "pkg/b.go"} {
		for how, save := range saves {
			for n, more := 1, true; more; n++ {
				dir := plant(t, before)
				path := filepath.Join(dir, filepath.FromSlash(edited))
				i := &intruder{files: open(t, dir), n: n, do: func() { must(t, save(path)) }}
				err := apply(t.Context(), i, dir, p)
				if more = i.next != ""; !more || slices.Contains(unguarded, i.next+" "+how) {
					continue
				}
				moments++
				if now, readErr := os.ReadFile(path); readErr != nil || string(now) != precious {
					t.Errorf("%s saved %s before operation %d (%s): lost; got %q, %v; the run's error %v", edited, how, n, i.next, now, readErr, err)
				}
				if pending, pendingErr := Pending(dir); pending || pendingErr != nil {
					t.Errorf("%s saved %s before operation %d (%s): left half way: %v, %v; the run's error %v", edited, how, n, i.next, pending, pendingErr, err)
				}
			}
		}
	}
	t.Logf("%d moments", moments)
}

// unguarded is the moment, a few microseconds long, between the last look at a file and the rename over it: systems
// have no rename that looks.
var unguarded = []string{fmt.Sprintf("rename %s by renaming", filepath.Join("pkg", "a.go"))}
