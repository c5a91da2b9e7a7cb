package blueprints_test

import (
	"bytes"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/modfile"

	"github.com/trexgen/trexgen/blueprints"
	"github.com/trexgen/trexgen/internal/scaffold"
)

var update = flag.Bool("update", false, "write go.mod.txt and go.sum.txt anew, from this module's")

const (
	rootMod = "../go.mod"
	rootSum = "../go.sum"
	shipMod = "service/go.mod.txt"
	shipSum = "service/go.sum.txt"
)

// What is built and tested here is what ships: the same versions, with the
// same checksums.
func TestModuleFilesAreInStepWithThisModule(t *testing.T) {
	if *update {
		updateModuleFiles(t)
	}
	root, ship := parseMod(t, rootMod), parseMod(t, shipMod)
	if ship.Go == nil || ship.Go.Version != root.Go.Version {
		t.Errorf("%s has another go line than %s", shipMod, rootMod)
	}
	versions := map[string]string{}
	for _, r := range root.Require {
		versions[r.Mod.Path] = r.Mod.Version
	}
	for _, r := range ship.Require {
		if want := versions[r.Mod.Path]; r.Mod.Version != want {
			t.Errorf("%s requires %s, this module has %q; run make modules", shipMod, r.Mod, want)
		}
	}
	sums := checksums(t, rootSum)
	for module, sum := range checksums(t, shipSum) {
		if want, ok := sums[module]; ok && want != sum {
			t.Errorf("%s has %s for %s, this module has %s", shipSum, sum, module, want)
		}
	}
}

func checksums(t *testing.T, path string) map[string]string {
	t.Helper()
	sums := map[string]string{}
	for line := range strings.Lines(string(read(t, path))) {
		i := strings.LastIndexByte(line, ' ')
		sums[line[:i]] = strings.TrimSpace(line[i:])
	}
	return sums
}

func parseMod(t *testing.T, path string) *modfile.File {
	t.Helper()
	f, err := modfile.Parse(path, read(t, path), nil)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// updateModuleFiles lets the go command tidy a service made from the blueprint,
// starting with what this module requires.
func updateModuleFiles(t *testing.T) {
	b, err := scaffold.OpenBlueprint(blueprints.Service())
	if err != nil {
		t.Fatal(err)
	}
	p, err := scaffold.PlanService(b, b.Service, []scaffold.Kind{b.Kind})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, c := range p.Changes {
		write(t, filepath.Join(dir, c.Path), c.After)
	}
	from := []byte("module github.com/trexgen/trexgen\n")
	to := []byte("module " + b.Service.Module + "\n")
	write(t, filepath.Join(dir, "go.mod"), bytes.Replace(read(t, rootMod), from, to, 1))
	write(t, filepath.Join(dir, "go.sum"), read(t, rootSum))
	cmd := exec.Command("go", "mod", "tidy")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go mod tidy: %v\n%s", err, out)
	}
	write(t, shipMod, read(t, filepath.Join(dir, "go.mod")))
	write(t, shipSum, read(t, filepath.Join(dir, "go.sum")))
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}
