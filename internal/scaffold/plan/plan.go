package plan

import (
	"io/fs"
	"slices"
	"strings"
)

// Change is what happens to one file.
type Change struct {
	// Path is relative to the plan's root, with slashes on every system.
	Path string
	// Before is what the file holds now; nil means that it does not exist and is created.
	Before []byte
	// After is what the file will hold; nil means that it is deleted. An empty file is empty, not nil.
	After []byte
	// Mode is given to a file that is created; zero means 0o644. A modified file keeps the mode it has.
	Mode fs.FileMode
	// Why says in a few words what the change is for: "wires the service into the locators".
	Why string
}

// Action is what a change does to its file, in the word that reports use.
type Action string

// The actions of a change.
const (
	Create Action = "create"
	Modify Action = "modify"
	Delete Action = "delete"
)

// Action tells which of the three a change is.
func (c Change) Action() Action {
	switch {
	case c.Before == nil:
		return Create
	case c.After == nil:
		return Delete
	default:
		return Modify
	}
}

// perm is the mode of the file when it is created.
func (c Change) perm() fs.FileMode {
	if c.Mode.Perm() == 0 {
		return 0o644
	}
	return c.Mode.Perm()
}

// Plan is a set of changes to the files below one root, and what to tell the user once they are made.
type Plan struct {
	Changes []Change // sorted by path
	Next    []string // commands to run next, each on its own
}

// Empty reports that there is nothing to do.
func (p *Plan) Empty() bool { return len(p.Changes) == 0 }

// Sort brings the changes into the order of their paths, so that the same inputs give the same report.
func (p *Plan) Sort() {
	slices.SortStableFunc(p.Changes, func(a, b Change) int { return strings.Compare(a.Path, b.Path) })
}
