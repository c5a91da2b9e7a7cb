package patch

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"maps"
	"path"
	"slices"
	"strings"
)

// An anchored operation applies to a place that the owner of a package may have moved to another file of it.
type anchored interface {
	lines() string
	anchor() string             // in words
	words() []string            // that a file with the anchor contains
	anchors(f *File) []ast.Node // all there are in a file
}

// Locate returns the path of the file that op applies to: prefer if its anchor is there, else the only other file of the
// package that has it. A [Decl] is anchored where it is declared, or else in prefer, an [Import] always in prefer.
//
// files holds the package by path, prefer among them if it exists. Files of other folders, with another package clause
// or generated ones do not count, and tests only if prefer is one. No anchor anywhere is a [*NotFoundError] about prefer,
// joined with what keeps files from being read; anchors in several files are an [*AmbiguousError] that names the places.
// An anchor that is in one file twice is not judged here: op itself refuses it.
func Locate(prefer string, files map[string][]byte, op Op) (string, error) {
	o, ok := op.(anchored)
	if !ok {
		return prefer, nil
	}
	clause := ""
	if src, ok := files[prefer]; ok {
		f, err := Parse(prefer, src)
		if err != nil {
			return "", err
		}
		if len(o.anchors(f)) > 0 {
			return prefer, nil
		}
		clause = f.ast.Name.Name
	}
	var found, places []string
	var broken []error
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if !beside(prefer, name) || !containsAll(files[name], o.words()) {
			continue
		}
		f, err := Parse(name, files[name])
		if err != nil {
			broken = append(broken, err)
			continue
		}
		nodes := o.anchors(f)
		if len(nodes) == 0 || clause != "" && f.ast.Name.Name != clause || ast.IsGenerated(f.ast) {
			continue
		}
		found = append(found, name)
		for _, n := range nodes {
			places = append(places, fmt.Sprintf("%s:%d", name, f.line(f.offset(n.Pos()))))
		}
	}
	return choose(prefer, clause, o, found, places, broken)
}

// choose decides between the files that have the anchor.
func choose(prefer, clause string, o anchored, found, places []string, broken []error) (string, error) {
	if len(found) == 1 {
		return found[0], nil
	}
	if len(found) > 1 {
		return "", &AmbiguousError{Path: prefer, Anchor: o.anchor(), Places: places, Code: o.lines()}
	}
	if _, declares := o.(Decl); declares && clause != "" {
		return prefer, nil
	}
	missing := &NotFoundError{Path: prefer, Anchor: o.anchor(), Code: o.lines()}
	if len(broken) == 0 {
		return "", missing
	}
	return "", errors.Join(append([]error{missing}, broken...)...)
}

// beside tells whether the file name may belong to the package of the file prefer.
func beside(prefer, name string) bool {
	test := strings.HasSuffix(name, "_test.go")
	return name != prefer && path.Dir(name) == path.Dir(prefer) && path.Ext(name) == ".go" &&
		(!test || strings.HasSuffix(prefer, "_test.go"))
}

// containsAll saves parsing the files that cannot have an anchor.
func containsAll(src []byte, words []string) bool {
	return !slices.ContainsFunc(words, func(w string) bool { return !bytes.Contains(src, []byte(w)) })
}

func nodes[T ast.Node](found []T) []ast.Node {
	all := make([]ast.Node, len(found))
	for i, n := range found {
		all[i] = n
	}
	return all
}
