package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/trexgen/trexgen/internal/scaffold"
	"github.com/trexgen/trexgen/internal/scaffold/plan"
)

func (a *app) addCommand() *cobra.Command {
	return group("add", "Add to a service", a.addKindCommand())
}

// openProject finds the service that the command runs in, brings it into order if an earlier run was cut off there,
// and reads it.
func (a *app) openProject(o options) (root string, project *scaffold.Project, err error) {
	dir, err := filepath.Abs(a.Dir)
	if err != nil {
		return "", nil, err
	}
	root, ok := findUp(dir, manifest)
	if !ok {
		return "", nil, &usageError{
			problem: fmt.Sprintf("%s: neither here nor further up is a %s", dir, manifest),
			hint:    "make a service with trexgen new NAME, or name its directory with -C DIR",
		}
	}
	if err := a.recover(root, o); err != nil {
		return "", nil, err
	}
	project, err = scaffold.OpenProject(os.DirFS(root))
	return root, project, err
}

// manifest is the file that makes a directory a service of trexgen's.
const manifest = "trexgen.yaml"

// findUp returns the nearest directory from dir upwards that holds name.
func findUp(dir, name string) (string, bool) {
	for {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			return dir, true
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", false
		}
		dir = parent
	}
}

func (a *app) recover(root string, o options) error {
	if !o.writes() {
		pending, err := plan.Pending(root)
		if err == nil && pending {
			return &blockedError{
				errors.New("an earlier run was cut off here and left files half changed"),
				"run the command without --dry-run, --diff and --check: that puts them back first",
			}
		}
		return err
	}
	recovered, err := plan.Recover(root)
	if err == nil && recovered && !o.Quiet {
		a.sayf("an earlier run was cut off here; what it left is in order again")
	}
	return err
}
