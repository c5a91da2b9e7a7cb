package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/trexgen/trexgen/internal/scaffold"
)

func (a *app) addCommand() *cobra.Command {
	return group("add", "Add to a service", a.addKindCommand(), a.addFieldCommand())
}

// openProject finds the service that the command runs in, holds it if it is to be changed, and reads it.
func (a *app) openProject(ctx context.Context, o options) (root string, project *scaffold.Project, err error) {
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
	if o.writes() {
		err = a.hold(ctx, root, o)
	} else {
		err = refuseHalf(root)
	}
	if err != nil {
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
