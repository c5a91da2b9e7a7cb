package scaffold

import (
	"bytes"
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// checkMentions refuses a removal after which other code would not compile: it
// still mentions what the kind's files declare.
func (r *removal) checkMentions() error {
	if r.Force || r.referred {
		return nil // who refers to it mentions it too
	}
	declared, err := r.declared()
	if err != nil {
		return err
	}
	files, err := r.mayMention()
	if err != nil {
		return err
	}
	lines := make([][]string, len(files))
	err = parallel(len(files), func(i int) (err error) {
		lines[i], err = r.mentions(files[i], declared)
		return err
	})
	if err != nil {
		return err
	}
	found := slices.Concat(lines...)
	if len(found) > 0 {
		r.problems.addf("other files mention it: change them first, or give --force to mend them afterwards:\n%s", strings.Join(found, "\n"))
	}
	return nil
}

// isForeign tells folders and files that are not built with the project.
func isForeign(name string) bool {
	return strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") ||
		slices.Contains([]string{"vendor", "testdata", "node_modules"}, name)
}

// mayMention returns the files that can refer to the kind. Other ones, which may
// be large or no files at all, are not opened.
func (r *removal) mayMention() ([]string, error) {
	var files []string
	err := fs.WalkDir(r.project.FS, ".", func(file string, d fs.DirEntry, err error) error {
		switch {
		case d != nil && d.IsDir() && (err != nil || file != "." && isForeign(d.Name())):
			return fs.SkipDir // what cannot be read cannot be built either
		case err != nil:
			return err
		case d.IsDir() || isForeign(d.Name()):
			return nil
		case (path.Ext(file) == ".go" || isDocument(file)) && r.w.isFile(file): // not if it was deleted with the kind
			files = append(files, file)
		}
		return nil
	})
	return files, err
}

func isDocument(file string) bool { return path.Dir(file) == "openapi" && path.Ext(file) == ".yaml" }

// A declaration is the package that declares names, and the names.
type declaration struct {
	dir, pkg string
	names    map[string]bool
}

// declared returns what the kind's files declare, package by package.
func (r *removal) declared() ([]declaration, error) {
	scopes, err := r.blueprint.scopes()
	if err != nil {
		return nil, err
	}
	var all []declaration
	for _, s := range scopes {
		if strings.HasSuffix(s.pkg, "_test") {
			continue // nothing can import it
		}
		d := declaration{r.kind.named(s.dir), r.kind.named(s.pkg), map[string]bool{}}
		for _, p := range s.patterns {
			if !p.fixed {
				d.names[p.of(r.kind.Name)] = true
			}
		}
		if slices.Contains(s.files, modelFile) {
			for _, name := range r.kind.declares() {
				d.names[name] = true
			}
		}
		all = append(all, d)
	}
	return all, nil
}

// mentions returns the lines of a file that mention the kind.
func (r *removal) mentions(file string, declared []declaration) ([]string, error) {
	src, err := r.w.read(file)
	if err != nil {
		return nil, err
	}
	if isDocument(file) {
		return linesWith(file, src, "openapi."+r.kind.Name.Many().Snake()+".yaml#"), nil
	}
	if !r.mayBeIn(src) {
		return nil, nil
	}
	fset := token.NewFileSet()
	tree, err := parser.ParseFile(fset, file, src, 0) // with its scopes, which uses asks for
	if err != nil {
		return nil, nil //nolint:nilerr // it does not compile as it is
	}
	var found []string
	for _, pos := range r.uses(file, tree, declared) {
		found = append(found, fmt.Sprintf("%s:%d", file, fset.Position(pos).Line))
	}
	return slices.Compact(found), nil
}

// mayBeIn saves parsing most files. All names that a kind declares have its own in
// them, and so has its folder.
func (r *removal) mayBeIn(src []byte) bool {
	n := r.kind.Name
	return slices.ContainsFunc([]string{n.Pascal(), n.Many().Pascal(), n.Many().Flat()}, func(name string) bool {
		return bytes.Contains(src, []byte(name))
	})
}

func linesWith(file string, src []byte, text string) []string {
	var found []string
	for i, line := range strings.Split(string(src), "\n") {
		if strings.Contains(line, text) {
			found = append(found, fmt.Sprintf("%s:%d", file, i+1))
		}
	}
	return found
}
