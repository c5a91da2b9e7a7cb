package patch_test

import (
	"bytes"
	"errors"
	"go/parser"
	"go/token"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/trexgen/trexgen/internal/patch"
)

// seed adds the golden cases and the wild files with an operation each, as fuzzOps reads it.
func seed(f *testing.F) {
	for _, g := range goldens(f) {
		f.Add(g.in, "S", "Name", "int")
		for _, op := range g.ops {
			switch op := op.(type) {
			case patch.Field:
				f.Add(g.in, op.Struct, op.Name, op.Type)
			case patch.Elem:
				f.Add(g.in, op.Var, "", op.Expr)
			case patch.LitElem:
				f.Add(g.in, op.Func, op.Type, op.Expr)
			case patch.Stmt:
				f.Add(g.in, op.Func, op.Recv, op.Code)
			case patch.Decl:
				f.Add(g.in, "", "", op.Code)
			case patch.Import:
				f.Add(g.in, "", op.Name, op.Path)
			}
		}
	}
	for _, w := range wild {
		if src := wildFile(f, w.replace, w.change); len(src) < 4_000 {
			f.Add(src, "S", "Longer", "int")
			f.Add(src, "S.Do", "s", "s.add(1)")
			f.Add(src, "New", "T", "B: 1")
			f.Add(src, "list", "", "`x\n\ty`")
		}
	}
}

// fuzzOps makes of four texts all operations that they can stand for.
func fuzzOps(anchor, name, code string) []patch.Op {
	return []patch.Op{
		patch.Field{Struct: anchor, Name: name, Type: code},
		patch.Elem{Var: anchor, Expr: code},
		patch.Row{Var: anchor, Expr: code},
		patch.LitElem{Func: anchor, Type: name, Expr: code},
		patch.LitElem{Type: anchor, Expr: code},
		patch.Stmt{Func: anchor, Code: code, Recv: name},
		patch.Decl{Code: code},
		patch.Import{Path: code, Name: name},
		patch.Import{Path: "example.org/fuzz"},
		ahead(patch.Field{Struct: anchor, Name: name, Type: code}, patch.Field{Struct: anchor, Name: "A", Type: "int"}),
		ahead(patch.Elem{Var: anchor, Expr: code}, patch.Elem{Var: anchor, Expr: `"a"`}),
		ahead(patch.LitElem{Func: anchor, Type: name, Expr: code}, patch.LitElem{Func: anchor, Type: name, Expr: "A: 1"}),
		ahead(patch.Stmt{Func: anchor, Code: code, Recv: name}, patch.Stmt{Func: anchor, Code: "fmt.Println(a.A)"}),
	}
}

// FuzzAdd: what is added to a file leaves one that parses, is there once, and takes nothing away; Remove undoes it.
func FuzzAdd(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, src []byte, anchor, name, code string) {
		if _, err := patch.Parse("in.go", src); err != nil {
			t.Skip()
		}
		for _, op := range fuzzOps(anchor, name, code) {
			out, err := patch.Add("in.go", src, op)
			if err != nil || bytes.Equal(out, src) {
				continue
			}
			checkFuzzed(t, op, src, out)
			back, err := patch.Remove("in.go", out, op)
			if err != nil {
				t.Fatalf("remove %#v: %v\n%q", op, err, out)
			}
			if !undone(op, src, out, back) {
				t.Fatalf("remove after add of %#v\ngot:\n%q\nwant:\n%q\nbetween:\n%q", op, back, src, out)
			}
		}
	})
}

// undone tells whether back is what src was, but for an import that turns out to be needed and declarations of which some
// were there before.
func undone(op patch.Op, src, out, back []byte) bool {
	switch op := op.(type) {
	case patch.Import:
		return letters(back) == letters(src) || bytes.Equal(back, out)
	case patch.Decl:
		if len(letters(out)) < len(letters(src))+len(letters([]byte(op.Code))) {
			return true
		}
	}
	return letters(back) == letters(src)
}

func checkFuzzed(t *testing.T, op patch.Op, src, out []byte) {
	t.Helper()
	if _, err := patch.Parse("out.go", out); err != nil {
		t.Fatalf("add %#v: %v\n%q\n%q", op, err, src, out)
	}
	if twice, err := patch.Add("in.go", out, op); err != nil || !bytes.Equal(twice, out) {
		t.Fatalf("add %#v twice: %v\n%q\n%q", op, err, out, twice)
	}
	clean := gofmtClean(src)
	if clean && !gofmtClean(out) {
		t.Fatalf("add %#v leaves a file that gofmt would change\n%q\n%q", op, src, out)
	}
	if pre, post := shared(src, out); !clean && len(bytes.TrimSpace(src[pre:len(src)-post])) > 0 {
		t.Fatalf("add %#v changed %q\n%q\n%q", op, src[pre:len(src)-post], src, out)
	}
}

// letters is the text without what layout is made of.
func letters(src []byte) string {
	return strings.NewReplacer(";", "", ",", "", "(", "", ")", "").Replace(strings.Join(strings.Fields(string(src)), ""))
}

// FuzzRemove: what is taken out of a file that a person has written leaves one that parses, has all their comments and
// takes it again.
func FuzzRemove(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, src []byte, anchor, name, code string) {
		file, err := patch.Parse("in.go", src)
		if err != nil {
			t.Skip()
		}
		for _, op := range fuzzOps(anchor, name, code) {
			there, err := op.Has(file)
			if err != nil || !there {
				continue
			}
			out, err := patch.Remove("in.go", src, op)
			if err != nil {
				continue
			}
			if _, err := patch.Parse("out.go", out); err != nil {
				t.Fatalf("remove %#v: %v\n%q\n%q", op, err, src, out)
			}
			for _, c := range comments(src) {
				if c := letters([]byte(c)); !strings.Contains(letters([]byte(code)), c) && !strings.Contains(letters(out), c) {
					t.Fatalf("remove %#v lost the comment %q\n%q\n%q", op, c, src, out)
				}
			}
			if clean := gofmtClean(src); clean && !gofmtClean(out) {
				t.Fatalf("remove %#v leaves a file that gofmt would change\n%q\n%q", op, src, out)
			}
			// The last statement in a wrapped function tells where others go.
			if again, err := patch.Add("in.go", out, op); err != nil && !errors.As(err, new(*patch.AmbiguousError)) {
				t.Fatalf("add %#v after remove: %v\n%q\n%q", op, err, out, again)
			}
		}
	})
}

// comments lists the comments of a file.
func comments(src []byte) []string {
	fset := token.NewFileSet()
	tree, err := parser.ParseFile(fset, "", src, parser.ParseComments)
	if err != nil {
		return nil
	}
	var all []string
	for _, g := range tree.Comments {
		for _, c := range g.List {
			all = append(all, c.Text)
		}
	}
	return all
}

// FuzzYAML: what is added to a document means what it should and leaves all other bytes as they are; removing undoes it.
func FuzzYAML(f *testing.F) {
	for _, src := range []string{
		"", "# c\n", "p: {}\nq: 1\n", "p:\n  a: 1 # é\n\n  # of b\n  b: [1]\nq: 2\n", "p: {a: 1 , b: 2} # c\n", "p:\n  - a: 1\n    b: |\n      x\n\n  - c\n",
		"p: []\r\nq:\r\n  - 1\r\n", "p:\n  - a", "\ufeffp: null\n", "---\np:\n- x\n...\n---\nq: 1\n", "'p':\n    a:\n        b: 1\n", "p: &x {a: 1}\nq: *x\n",
		"p: [\n  a, # it's\n  {x: [1, \"]\"]}\n]\n", "? p\n: a: 1\n", "p: !!map\n  a: 1\n", "p: \"a\n  b\"\nq: >-\n  x\n",
	} {
		f.Add([]byte(src), "p", "k", "x: 1\ny:\n  - 2", "b")
		f.Add([]byte(src), "p|0", "404", "|\n  text", "")
		f.Add([]byte(src), "", "/x/{id}", "v", "q")
	}
	f.Fuzz(func(t *testing.T, src []byte, at, key, value, before string) {
		path := strings.Split(at, "|")
		if at == "" {
			path = nil
		}
		if out, err := patch.InsertKey(src, path, key, value, before); err == nil && !bytes.Equal(out, src) {
			checkInsertedBytes(t, src, out)
			if twice, err := patch.InsertKey(out, path, key, value, before); err != nil || !bytes.Equal(twice, out) {
				t.Fatalf("insert twice: %v\n%q\n%q", err, out, twice)
			}
			back, err := patch.RemoveKey(out, path, key)
			checkUndone(t, src, out, back, err)
		}
		if out, err := patch.AppendSequence(src, path, value); err == nil {
			checkInsertedBytes(t, src, out)
			last, count := (*yaml.Node)(nil), 0
			back, err := patch.RemoveSequenceItem(out, path, func(n *yaml.Node) bool { count++; last = n; return false })
			if err != nil || last == nil || !bytes.Equal(back, out) {
				t.Fatalf("look for the items: %v\n%q\n%q", err, out, back)
			}
			back, err = patch.RemoveSequenceItem(out, path, func(*yaml.Node) bool { count--; return count == 0 })
			checkUndone(t, src, out, back, err)
		}
	})
}

// checkInsertedBytes checks that only [], {} and null may be gone.
func checkInsertedBytes(t *testing.T, src, out []byte) {
	t.Helper()
	var doc yaml.Node
	if err := yaml.Unmarshal(out, &doc); err != nil {
		t.Fatalf("result does not parse: %v\n%q\n%q", err, src, out)
	}
	pre, post := shared(src, out)
	switch gone := strings.Join(strings.Fields(string(src[pre:len(src)-post])), ""); gone {
	case "", "[]", "{}", "null", "Null", "NULL", "~":
	default:
		t.Fatalf("changed %q\n%q\n%q", gone, src, out)
	}
}

// checkUndone checks that the document is as before, but for what stands for nothing.
func checkUndone(t *testing.T, src, out, back []byte, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("remove: %v\n%q\n%q", err, src, out)
	}
	pre, post := shared(src, out)
	if pre+post == len(src) && !bytes.Equal(back, src) {
		empty := strings.NewReplacer(" {}", "", " []", "", "{}", "", "[]", "", " ", "", "\t", "")
		if empty.Replace(string(back)) != empty.Replace(string(src)) {
			t.Fatalf("remove after add\ngot:\n%q\nwant:\n%q\nbetween:\n%q", back, src, out)
		}
	}
}
