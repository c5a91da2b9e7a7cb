package scaffold

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/trexgen/trexgen/internal/scaffold/plan"
)

// PlanKind plans a new kind for an existing project: the exemplar's files under
// its name, and its lines in the files that list all kinds. The error is a
// *BlockedError with all that is in the way.
func PlanKind(b *Blueprint, project *Project, k Kind) (*plan.Plan, error) {
	w := newWorkspace(project.FS)
	if err := b.addKind(w, project.Service, project.Kinds, k); err != nil {
		return nil, err
	}
	return w.plan("make test"), nil
}

// addKind adds a kind to a service that has others.
func (b *Blueprint) addKind(w *workspace, service Service, others []Kind, k Kind) error {
	if err := k.check(); err != nil {
		return err
	}
	for _, other := range others {
		if other.Name.Pascal() == k.Name.Pascal() {
			return &BlockedError{Problems: []string{fmt.Sprintf(
				"kind %s exists already: choose another name, or change its files by hand", k.Name)}}
		}
	}
	var p problems
	if err := b.checkClashes(w, &p, service, others, k); err != nil {
		return err
	}
	if err := b.createFiles(w, &p, service, k); err != nil {
		return err
	}
	if err := b.wireKind(w, &p, service, k); err != nil {
		return err
	}
	return p.blocked()
}

// createFiles adds the kind's own files.
func (b *Blueprint) createFiles(w *workspace, p *problems, service Service, k Kind) error {
	renamer := b.kindRenamer(service, k)
	contents := make([][]byte, len(b.kindFiles))
	err := parallel(len(contents), func(i int) (err error) {
		contents[i], err = b.kindFile(b.kindFiles[i], service, k, renamer)
		return err
	})
	if err != nil {
		return err
	}
	for i, file := range b.kindFiles {
		target := buildable(renamer.Replace(file), file)
		if w.exists(target) {
			p.addf("%s is in the way: move it away, or choose another name", target)
			continue
		}
		w.create(target, contents[i], reason(file, k.Name))
	}
	return nil
}

// kindFile returns one of the exemplar's files, made the kind's.
func (b *Blueprint) kindFile(file string, service Service, k Kind, renamer *strings.Replacer) ([]byte, error) {
	if name := templateFor(file); name != "" {
		return renderText(name, service, k)
	}
	src, err := fs.ReadFile(b.FS, file)
	if err != nil {
		return nil, err
	}
	out := []byte(renamer.Replace(string(src)))
	if path.Ext(file) != ".go" {
		return out, nil
	}
	if out, err = fillHoles(file, out, renamer.Replace, k.Fields); err != nil {
		return nil, err
	}
	if out, err = formatGo(file, out); err != nil {
		return nil, fmt.Errorf("%s: %w", renamer.Replace(file), err)
	}
	return out, nil
}

// wireKind adds the kind's lines to the files that list all kinds.
func (b *Blueprint) wireKind(w *workspace, p *problems, service Service, k Kind) error {
	renamer := b.kindRenamer(service, k)
	wired := wiredKind{k, renamer.Replace}
	for _, row := range wiring {
		file := renamer.Replace(row.file)
		before, err := w.read(file)
		if errors.Is(err, fs.ErrNotExist) {
			p.addf("%s is not there: it %s; restore it", file, row.why)
			continue
		}
		if err != nil {
			return err
		}
		after, err := row.op.add(file, before, wired)
		switch {
		case err != nil:
			p.addf("%s", withPath(file, err))
		case bytes.Equal(before, after): // made for something else than these files
			p.addf("%s has a line for %s already: delete it first", file, k.Name)
		default:
			w.modify(file, before, after, row.why)
		}
	}
	return nil
}

// withPath makes sure that a message says which file it is about.
func withPath(file string, err error) string {
	if msg := err.Error(); strings.Contains(msg, file) {
		return msg
	}
	return file + ": " + err.Error()
}
