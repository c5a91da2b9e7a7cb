package scaffold

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/trexgen/trexgen/internal/scaffold/plan"
)

// PlanService plans a new service: the blueprint without its exemplar and the
// clients that are not wanted, under another name, with the kinds, as if PlanKind
// had added them one after the other. The error is a *BlockedError if two kinds
// do not go together.
func PlanService(b *Blueprint, service Service, kinds []Kind) (*plan.Plan, error) {
	w := newWorkspace(embed.FS{}) // there is nothing yet
	if err := b.addService(w, service); err != nil {
		return nil, err
	}
	if err := b.addKinds(w, service, nil, kinds); err != nil {
		return nil, err
	}
	next := []string{"make test", "make run"}
	if len(kinds) == 0 {
		next = append([]string{"trexgen add kind Widget --fields 'name:string:required'"}, next...)
	}
	return w.plan(next...), nil
}

func (b *Blueprint) addService(w *workspace, service Service) error {
	renamer, without := b.serviceRenamer(service), service.without()
	files := slices.DeleteFunc(slices.Clone(b.serviceFiles), func(file string) bool {
		return slices.ContainsFunc(without, func(c Client) bool { return c.owns(file) })
	})
	contents := make([][]byte, len(files))
	err := parallel(len(contents), func(i int) (err error) {
		contents[i], err = b.serviceFile(files[i], renamer, without)
		return err
	})
	if err != nil {
		return err
	}
	for i, file := range files {
		w.create(renamer.Replace(shippedName(file)), contents[i], reason(file, b.Kind.Name))
	}
	return nil
}

// serviceFile returns one file of the service, without the lines of the exemplar
// and of the clients that the service has not.
func (b *Blueprint) serviceFile(file string, renamer *strings.Replacer, without []Client) ([]byte, error) {
	src, err := fs.ReadFile(b.FS, file)
	if err != nil {
		return nil, err
	}
	for _, client := range without {
		if src, err = client.removeLines(file, src); err != nil {
			return nil, fmt.Errorf("blueprint: %w", err)
		}
	}
	base := src
	exemplar := wiredKind{b.Kind, func(s string) string { return s }}
	for _, row := range wiring {
		if row.file != file {
			continue
		}
		if base, err = row.op.remove(file, base, exemplar); err != nil {
			return nil, fmt.Errorf("blueprint: %w", err)
		}
	}
	renamed := []byte(renamer.Replace(string(base)))
	if path.Ext(file) != ".go" {
		return renamed, nil
	}
	out, err := formatRenamed(file, base, renamed, b.Service.Module)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", renamer.Replace(file), err)
	}
	return out, nil
}
