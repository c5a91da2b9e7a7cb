package main

import (
	"bytes"
	"cmp"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// A remembered tree is what the files and folders of a directory were, by slash-separated path.
type remembered map[string]entry

// An entry is one file or folder of a remembered tree.
type entry struct {
	mode    fs.FileMode
	content []byte
}

// treesKey finds the remembered trees of a script, by directory.
type treesKey struct{}

// remember DIR: keeps the whole tree in mind for unchanged, grown and restore.
func remember(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: remember DIR")
	}
	dir := ts.MkAbs(args[0])
	tree, err := readTree(dir)
	ts.Check(err)
	if len(tree) == 0 {
		ts.Fatalf("remember %s: there is nothing", args[0])
	}
	ts.Value(treesKey{}).(map[string]remembered)[dir] = tree
}

// unchanged DIR: the tree is as it was remembered, to the byte and the mode.
func unchanged(ts *testscript.TestScript, neg bool, args []string) {
	before, now := sinceRemembered(ts, neg, "unchanged", args)
	for name, is := range now {
		was, there := before[name]
		switch {
		case !there:
			ts.Logf("%s is new", name)
		case was.mode != is.mode:
			ts.Logf("%s: mode %v, was %v", name, is.mode, was.mode)
		case !bytes.Equal(was.content, is.content):
			ts.Logf("%s has other bytes", name)
		default:
			delete(before, name)
			continue
		}
		before[name] = entry{}
	}
	if len(before) > 0 {
		ts.Fatalf("%s has changed: %s", args[0], strings.Join(slices.Sorted(maps.Keys(before)), ", "))
	}
}

// grown DIR FILE…: besides new files, only these files of the remembered tree have changed, each of them has, and only
// by whole lines that came in: all that was there is there still, in order, with its mode.
func grown(ts *testscript.TestScript, neg bool, args []string) {
	before, now := sinceRemembered(ts, neg, "grown", args[:min(1, len(args))])
	var changed []string
	for _, name := range slices.Sorted(maps.Keys(before)) {
		was, is := before[name], now[name]
		if was.mode != is.mode {
			ts.Fatalf("%s: mode %v, was %v", name, is.mode, was.mode)
		}
		if bytes.Equal(was.content, is.content) {
			continue
		}
		changed = append(changed, name)
		if line, lost := lostLine(was.content, is.content); lost {
			ts.Fatalf("%s has lost or moved the line %q", name, line)
		}
	}
	want := slices.Sorted(slices.Values(args[1:]))
	if !slices.Equal(changed, want) {
		ts.Fatalf("files with new lines:\n%s\nwant:\n%s", strings.Join(changed, "\n"), strings.Join(want, "\n"))
	}
}

// lostLine returns the first line of before that after does not have behind the lines before it.
func lostLine(before, after []byte) (string, bool) {
	rest := bytes.SplitAfter(after, []byte("\n"))
	for _, line := range bytes.SplitAfter(before, []byte("\n")) {
		i := slices.IndexFunc(rest, func(have []byte) bool { return bytes.Equal(have, line) })
		if i < 0 {
			return string(line), true
		}
		rest = rest[i+1:]
	}
	return "", false
}

// restore DIR: puts the tree back as it was remembered.
func restore(ts *testscript.TestScript, neg bool, args []string) {
	before, now := sinceRemembered(ts, neg, "restore", args)
	dir := ts.MkAbs(args[0])
	for name := range now {
		if _, was := before[name]; !was {
			ts.Check(os.RemoveAll(filepath.Join(dir, name)))
		}
	}
	// Folders sort before what is in them.
	for _, name := range slices.Sorted(maps.Keys(before)) {
		was, file := before[name], filepath.Join(dir, name)
		if was.mode.IsDir() {
			ts.Check(os.MkdirAll(file, was.mode.Perm()))
			continue
		}
		if is, there := now[name]; there && is.mode == was.mode && bytes.Equal(is.content, was.content) {
			continue
		}
		ts.Check(cmp.Or(os.WriteFile(file, was.content, 0o600), os.Chmod(file, was.mode.Perm())))
	}
}

// sinceRemembered returns a copy of the remembered tree, and the tree as it is now.
func sinceRemembered(ts *testscript.TestScript, neg bool, name string, args []string) (before, now remembered) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: %s DIR", name)
	}
	dir := ts.MkAbs(args[0])
	before, ok := ts.Value(treesKey{}).(map[string]remembered)[dir]
	if !ok {
		ts.Fatalf("%s %s: remember comes first", name, args[0])
	}
	now, err := readTree(dir)
	ts.Check(err)
	return maps.Clone(before), now
}

// readTree reads all regular files and folders below dir, which is not among them. Anything else is an error.
func readTree(dir string) (remembered, error) {
	tree := remembered{}
	err := filepath.WalkDir(dir, func(file string, d fs.DirEntry, err error) error {
		if err != nil || file == dir {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		e := entry{mode: info.Mode()}
		switch {
		case e.mode.IsRegular():
			e.content, err = os.ReadFile(file)
		case !e.mode.IsDir():
			return fmt.Errorf("%s is neither a file nor a folder", file)
		}
		name, relErr := filepath.Rel(dir, file)
		tree[filepath.ToSlash(name)] = e
		return cmp.Or(err, relErr)
	})
	return tree, err
}

// replace REGEXP NEW FILE…: edits files as their owner would. Every match is replaced, and each file has to have one;
// \n, \t, \r and \ufeff in NEW are what they are in Go, $1 is a group. The dot does not match the end of a line.
func replace(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: replace REGEXP NEW FILE…")
	}
	pattern, err := regexp.Compile("(?m)" + args[0])
	ts.Check(err)
	with := []byte(strings.NewReplacer(`\ufeff`, "\ufeff", `\n`, "\n", `\t`, "\t", `\r`, "\r").Replace(args[1]))
	for _, name := range args[2:] {
		content := []byte(ts.ReadFile(name))
		if !pattern.Match(content) {
			ts.Fatalf("%s: nothing matches %s", name, pattern)
		}
		info, err := os.Stat(ts.MkAbs(name))
		ts.Check(err)
		ts.Check(os.WriteFile(ts.MkAbs(name), pattern.ReplaceAll(content, with), info.Mode()))
	}
}
