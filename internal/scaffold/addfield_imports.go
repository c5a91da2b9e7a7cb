package scaffold

import (
	"bytes"
	"regexp"
	"slices"
	"strings"

	"github.com/trexgen/trexgen/internal/patch"
)

// addLines returns src with the lines of the operations. Imports go in one by
// one, and out again if what asked for them was only a word in a text.
func addLines(file string, src []byte, ops []patch.Op) ([]byte, error) {
	isImport := func(op patch.Op) bool { _, ok := op.(patch.Import); return ok }
	out, err := patch.Add(file, src, slices.DeleteFunc(slices.Clone(ops), isImport)...)
	for _, op := range ops {
		if err != nil {
			return nil, err
		}
		if !isImport(op) {
			continue
		}
		var with []byte
		if with, err = patch.Add(file, out, op); err == nil && !bytes.Equal(with, out) {
			out, err = patch.Remove(file, with, op) // which leaves it where it is needed
		}
	}
	if singleImports.Match(src) {
		return out, err // somebody likes them so
	}
	return singleImports.ReplaceAllFunc(out, groupSingles), err
}

// singleImports matches imports that stand below each other, each with a keyword of
// its own.
var singleImports = regexp.MustCompile(`(?m)(?:^import (?:\w+ )?"[^"\n]+"\r?\n){2,}`)

// groupSingles makes one declaration of them.
//
//	import "time"
//	import "encoding/json"  ⇒  import ( … )
func groupSingles(decls []byte) []byte {
	eol := "\n"
	if bytes.HasSuffix(decls, []byte("\r\n")) {
		eol = "\r\n"
	}
	var specs []string
	for line := range strings.SplitSeq(strings.TrimSuffix(string(decls), eol), eol) {
		specs = append(specs, "\t"+strings.TrimPrefix(line, "import "))
	}
	return []byte(strings.ReplaceAll("import (\n"+groupBlock(specs)+"\n)\n", "\n", eol))
}
