package scaffold

import (
	"bytes"
	"fmt"
	"io/fs"
	"strings"
)

// A Blueprint is the service that all services are copied from, with the
// exemplar that all kinds are copied from.
type Blueprint struct {
	FS      fs.FS
	Service Service
	Kind    Kind
	Version int

	kindFiles, serviceFiles []string
}

// OpenBlueprint reads the blueprint at the root of fsys. Its trexgen.yaml says
// what its service and its only kind are called.
func OpenBlueprint(fsys fs.FS) (*Blueprint, error) {
	m, err := readManifest(fsys)
	if err != nil {
		return nil, fmt.Errorf("blueprint: %w", err)
	}
	if len(m.Kinds) != 1 {
		return nil, fmt.Errorf("blueprint: %d kinds, want one", len(m.Kinds))
	}
	b := &Blueprint{FS: fsys, Version: m.Blueprint}
	if b.Service, err = NewService(m.Service, m.Module); err != nil {
		return nil, fmt.Errorf("blueprint: %w", err)
	}
	if b.Service.Clients, err = ParseClients(m.Clients); err != nil {
		return nil, fmt.Errorf("blueprint: %w", err)
	}
	if b.Kind, err = m.Kinds[0].kind(); err != nil {
		return nil, fmt.Errorf("blueprint: %w", err)
	}
	var p problems
	b.Kind = p.resolveRefs(nil, []Kind{b.Kind})[0]
	if err := p.invalid(); err != nil {
		return nil, fmt.Errorf("blueprint: %w", err)
	}
	return b, b.sortFiles()
}

// sortFiles finds out which files are the exemplar's: those with its name in
// their path.
func (b *Blueprint) sortFiles() error {
	isKind := strings.NewReplacer(respell(nil, b.Kind.Name, Name{"X", "X"})...)
	err := fs.WalkDir(b.FS, ".", func(file string, d fs.DirEntry, err error) error {
		switch {
		case err != nil || d.IsDir():
			return err
		case isKind.Replace(file) != file:
			b.kindFiles = append(b.kindFiles, file)
		default:
			b.serviceFiles = append(b.serviceFiles, file)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("blueprint: %w", err)
	}
	return nil
}

// shippedNames are the files that cannot be called in the blueprint what they
// are called in a service: a folder with a go.mod is another module, which
// cannot be embedded.
var shippedNames = map[string]string{
	"go.mod.txt": "go.mod",
	"go.sum.txt": "go.sum",
}

func shippedName(file string) string {
	if name, ok := shippedNames[file]; ok {
		return name
	}
	return file
}

// fileMode returns the mode of a file that is created. Embedding loses it, so
// what begins like a script is taken for one.
func fileMode(content []byte) fs.FileMode {
	if bytes.HasPrefix(content, []byte("#!")) {
		return 0o755
	}
	return 0o644
}
