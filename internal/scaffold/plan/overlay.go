package plan

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
)

// Overlay writes what the plan would make of dir into a temporary directory, in the form that the go command's
// -overlay flag reads, so that the plan can be vetted and built while nothing is written to dir. The caller calls
// remove when it is done with file. What the go command says names files below the directory "tree" beside file.
func Overlay(dir string, p *Plan) (file string, remove func() error, err error) {
	temp, err := os.MkdirTemp("", "trexgen-overlay-")
	if err != nil {
		return "", nil, err
	}
	remove = func() error { return os.RemoveAll(temp) }
	file = filepath.Join(temp, "overlay.json")
	if err := writeOverlay(file, dir, p.Changes); err != nil {
		return "", nil, errors.Join(err, remove())
	}
	return file, remove, nil
}

func writeOverlay(file, dir string, changes []Change) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	var overlay struct{ Replace map[string]string }
	overlay.Replace = make(map[string]string, len(changes))
	for _, c := range changes {
		content := "" // the file is gone
		if c.After != nil {
			content = filepath.Join(filepath.Dir(file), "tree", filepath.FromSlash(c.Path))
			if err := os.MkdirAll(filepath.Dir(content), 0o700); err != nil {
				return err
			}
			if err := os.WriteFile(content, c.After, 0o600); err != nil {
				return err
			}
		}
		overlay.Replace[filepath.Join(dir, filepath.FromSlash(c.Path))] = content
	}
	data, err := json.Marshal(overlay)
	if err != nil {
		return err
	}
	return os.WriteFile(file, data, 0o600)
}
