package scaffold

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/trexgen/trexgen/internal/scaffold/plan"
)

// PlanKind plans a new kind for an existing project: the exemplar's files under
// its name, and its lines in the files that list all kinds. The error is a
// *BlockedError with all that is in the way.
func PlanKind(b *Blueprint, project *Project, k Kind) (*plan.Plan, error) {
	w := newWorkspace(project.FS)
	if err := b.addKinds(w, project.Service, project.Kinds, []Kind{k}); err != nil {
		return nil, err
	}
	return w.plan("make test"), nil
}

// addKinds adds kinds to a service that has others. Each step does its work for
// all of them, so that no file is read or formatted once a kind.
func (b *Blueprint) addKinds(w *workspace, service Service, others, kinds []Kind) error {
	for _, k := range kinds {
		if err := k.check(); err != nil {
			return err
		}
	}
	var p problems
	if kinds = p.resolveRefs(others, kinds); len(p) > 0 {
		return p.blocked()
	}
	p.checkRefOrder(kinds)
	wired := make([]wiredKind, len(kinds))
	for i, k := range kinds {
		wired[i] = wiredKind{k, b.kindRenamer(service, k).Replace}
	}
	if err := b.checkClashes(w, &p, service, others, wired); err != nil {
		return err
	}
	if err := b.checkEnums(w, &p, others, kinds); err != nil {
		return err
	}
	if err := p.blocked(); err != nil {
		return err // what else is in the way of a name that cannot be would only mislead
	}
	if err := b.createFiles(w, &p, service, wired); err != nil {
		return err
	}
	if err := b.wireKinds(w, &p, service, others, wired); err != nil {
		return err
	}
	return p.blocked()
}

// createFiles adds the kinds' own files.
func (b *Blueprint) createFiles(w *workspace, p *problems, service Service, kinds []wiredKind) error {
	contents := make([][]byte, len(kinds)*len(b.kindFiles))
	err := parallel(len(contents), func(i int) (err error) {
		contents[i], err = b.kindFile(b.kindFiles[i%len(b.kindFiles)], service, kinds[i/len(b.kindFiles)])
		return err
	})
	if err != nil {
		return err
	}
	taken := b.takenPaths(service)
	for i, content := range contents {
		file, k := b.kindFiles[i%len(b.kindFiles)], kinds[i/len(b.kindFiles)]
		target := kindPath(k.named(file), file, taken)
		if w.exists(target) {
			p.addf("%s is in the way: move it away, or choose another name", target)
			continue
		}
		w.create(target, content, reason(file, k.Name))
	}
	return nil
}

// takenPaths returns the paths of the files that the service has without kinds.
func (b *Blueprint) takenPaths(service Service) map[string]bool {
	named := b.serviceRenamer(service).Replace
	taken := map[string]bool{}
	for _, file := range b.serviceFiles {
		taken[named(file)] = true
	}
	return taken
}

// kindFile returns one of the exemplar's files, made the kind's.
func (b *Blueprint) kindFile(file string, service Service, k wiredKind) ([]byte, error) {
	if parse := templateFor(file); parse != nil {
		return renderText(parse, service, k.Kind)
	}
	src, err := fs.ReadFile(b.FS, file)
	if err != nil {
		return nil, err
	}
	out := []byte(k.named(string(src)))
	if path.Ext(file) != ".go" {
		return out, nil
	}
	if out, err = formatRenamed(file, src, out, b.Service.Module); err != nil {
		return nil, fmt.Errorf("%s: %w", k.named(file), err)
	}
	return fillHoles(file, out, k.named, k.Kind)
}

// wireKinds adds the kinds' lines to the files that list all kinds.
func (b *Blueprint) wireKinds(w *workspace, p *problems, service Service, others []Kind, kinds []wiredKind) error {
	if len(kinds) == 0 {
		return nil
	}
	named, there := b.serviceRenamer(service).Replace, b.roster(service, others)
	sorted := slices.SortedStableFunc(slices.Values(kinds), func(a, b wiredKind) int { return byName(a.Kind, b.Kind) })
	for _, row := range wiring {
		if err := row.wire(w, p, named, sorted, there); err != nil {
			return err
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
