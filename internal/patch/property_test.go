package patch_test

import (
	"bytes"
	"go/format"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/trexgen/trexgen/internal/patch"
)

// gofmtClean judges as the package does: encoding apart.
func gofmtClean(src []byte) bool {
	src = bytes.TrimPrefix(src, []byte("\ufeff"))
	if bytes.Count(src, []byte("\n")) == bytes.Count(src, []byte("\r\n")) { // gofmt would make mixed endings one
		src = bytes.ReplaceAll(src, []byte("\r\n"), []byte("\n"))
	}
	src = bytes.TrimSuffix(src, []byte("\n"))
	out, err := format.Source(src)
	return err == nil && bytes.Equal(bytes.TrimSuffix(out, []byte("\n")), src)
}

// within tells whether some is what is left of all when a few words are left out. Words that the insertion touched are
// compared as their letters: {a} became {a, b}. gofmt may turn the semicolons of a line into line breaks.
func within(some, all [][]byte) bool {
	letters := func(words [][]byte) string {
		return strings.ReplaceAll(string(bytes.Join(words, nil)), ";", "")
	}
	rest := letters(all)
	for _, r := range letters(some) {
		i := strings.IndexRune(rest, r)
		if i < 0 {
			return false
		}
		rest = rest[i+len(string(r)):]
	}
	return true
}

// layout draws the source of a file that has all anchors, in whatever style its imaginary owner likes.
func layout(t *rapid.T) []byte {
	pick := func(label string, options ...string) string { return rapid.SampledFrom(options).Draw(t, label) }
	comment := func(at string) string {
		return pick("comment "+at, "", "", "// näher\n", "/* ☃ */ ", "\n// apart\n\n")
	}
	imports := pick("imports", "", "import \"fmt\"\n", "import \"fmt\"\nimport str \"strings\"\n",
		"import (\n\t\"fmt\"\n\n\t// third\n\t\"example.org/a\" // why\n\t_ \"example.org/z\"\n)\n",
		"import (\n\t. \"fmt\"\n)\n", "import (\"os\"; \"fmt\")\n", "// #include <x.h>\nimport \"C\"\n")
	field := func() string { return pick("field", "", "A int", "A, BB int // x", "Embedded", "A struct{ X int }") }
	elem := func() string { return pick("elem", "", "\"a\"", "\"a\", \"bb\"", "`raw\nraw`", "f(func() {\n})") }
	pair := func() string { return pick("pair", "", "\"é\": 1", "A: 1, Longer: T{B: 2}", "A: func() {\n}") }
	stmt := func() string { return pick("stmt", "", "a()", "a(); b()", "if x {\n\ta()\n}", "for {\n}") }
	body := func(item, sep, anchor string) string {
		open := pick("open "+anchor, "", " ", "\n\t", "\n", "// first\n\t", " /* in */ ")
		if item == "" {
			return open + comment(anchor+" inside")
		}
		end := pick("close "+anchor, "\n", sep+"\n", sep+" // last\n", sep+" ", "", sep+"\n\t// end\n")
		if strings.HasPrefix(strings.TrimSpace(item), "//") || strings.Contains(item, "//") || sep == "," && strings.HasPrefix(end, "\n") {
			end = sep + "\n"
			if strings.Contains(item, "//") {
				end = "\n"
			}
		}
		return open + comment(anchor+" before") + item + end
	}
	src := "package p\n" + pick("gap", "", "\n", "\n// floating\n\n") + imports + pick("gap", "", "\n", "// doc\n") +
		"type S struct {" + body(field(), ";", "struct") + "}\n" + pick("gap", "", "\n", "\n\n") +
		"var list = []string{" + body(elem(), ",", "list") + "}" + pick("after", "\n", " // behind\n", "\n\n") +
		"func New(s *S) any {" + pick("open New", "\n\t", " ") + "return &T{" + body(pair(), ",", "literal") + "}" + pick("close New", "\n", " ") + "}\n" +
		pick("gap", "", "\n") + "func (s *S) Do() {" + body(stmt(), ";", "func") + "}\n" + pick("end", "", "// the end\n")
	if rapid.Bool().Draw(t, "gofmt") {
		if out, err := format.Source([]byte(src)); err == nil {
			src = string(out)
		}
	}
	if rapid.Bool().Draw(t, "no newline") {
		src = strings.TrimRight(src, "\n")
	}
	if rapid.Bool().Draw(t, "crlf") {
		src = strings.ReplaceAll(src, "\n", "\r\n")
	}
	if rapid.Bool().Draw(t, "bom") {
		src = "\ufeff" + src
	}
	return []byte(src)
}

func someOps(t *rapid.T) []patch.Op {
	all := []patch.Op{
		patch.Import{Path: "example.org/m/wide", Name: ""},
		patch.Import{Path: "net/http", Name: ""},
		patch.Field{Struct: "S", Name: "FossilEntries", Type: "func(int) *wide.T `json:\"x\"`"},
		patch.Field{Struct: "S", Name: "Q", Type: "int"},
		patch.Elem{Var: "list", Expr: "wide.Name(\"é\")"},
		patch.Elem{Var: "list", Expr: "`multi\n\t\tline`"},
		patch.Row{Var: "list", Expr: "{\"row\", Grants{A: 1}}"},
		patch.LitElem{Func: "New", Type: "T", Expr: "FossilEntries: wide.Name(\"é\") // why"},
		patch.LitElem{Func: "New", Type: "T", Expr: "`k`: {1,\n\t2}"},
		patch.Decl{Code: "// Wide is\n// wide.\ntype Wide struct{ A int }\n\nfunc (w *Wide) do() {\n\t// ☃\n}"},
		patch.Decl{Code: "const one = `a\n\tb` // one\nvar _ = one"},
		patch.Stmt{Func: "S.Do", Code: "s.register(1)"},
		patch.Stmt{Func: "S.Do", Code: "// why\nif err := s.more(); err != nil {\n\tpanic(err) // never\n}"},
	}
	all = append(all, aheadOps...)
	ops := rapid.Permutation(all).Draw(t, "ops")
	return ops[:rapid.IntRange(1, len(ops)).Draw(t, "count")]
}

func TestAddProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		in, ops := layout(rt), someOps(rt)
		if _, err := patch.Parse("in.go", in); err != nil {
			rt.Skip("the drawn source does not parse")
		}
		out, err := patch.Add("in.go", in, ops...)
		if err != nil {
			rt.Fatalf("add %v: %v\n%s", ops, err, in)
		}
		checkAdded(rt, in, out, ops)
		back, err := patch.Remove("in.go", out, missing(rt, in, ops)...)
		if err != nil {
			rt.Fatalf("remove %v: %v\n%s", ops, err, out)
		}
		if gofmtClean(in) && !unshapely(in, back) && !bytes.Equal(back, in) {
			rt.Fatalf("remove after add of %v\ngot:\n%s\nwant:\n%s\nbetween:\n%s", ops, back, in, out)
		}
	})
}

// TestAddAtOnce: many operations in one call do what they do one after the other. In a file that gofmt would change they
// may be aligned otherwise.
func TestAddAtOnce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		in := layout(rt)
		if _, err := patch.Parse("in.go", in); err != nil {
			rt.Skip("the drawn source does not parse")
		}
		ops := rapid.SliceOfN(rapid.SampledFrom(slices.Concat(listOps, aheadOps)), 1, 8).Draw(rt, "ops")
		want, wantErr := in, error(nil)
		for _, op := range ops {
			out, err := patch.Add("in.go", want, op)
			if err != nil {
				wantErr = err
				break
			}
			want = out
		}
		got, err := patch.Add("in.go", in, ops...)
		if (err != nil) != (wantErr != nil) {
			rt.Fatalf("add %v: %v at once, %v one by one\n%s", ops, err, wantErr, in)
		}
		if err == nil && !bytes.Equal(got, want) && (gofmtClean(in) || letters(got) != letters(want)) {
			rt.Fatalf("add %v to\n%s\nat once:\n%s\none by one:\n%s", ops, in, got, want)
		}
	})
}

// aheadOps go in front of what may be in the lists, alone or as a part of something else.
var aheadOps = []patch.Op{
	ahead(patch.Field{Struct: "S", Name: "Ahead", Type: "[]string"}, patch.Field{Struct: "S", Name: "Q", Type: "int"}, patch.Field{Struct: "S", Name: "BB", Type: "int"}, patch.Field{Struct: "S", Type: "Embedded"}),
	ahead(patch.Elem{Var: "list", Expr: "ahead(1)"}, patch.Elem{Var: "list", Expr: "`raw\nraw`"}, patch.Elem{Var: "list", Expr: "\"bb\""}, patch.Elem{Var: "list", Expr: "\"a\""}),
	ahead(patch.Elem{Var: "list", Expr: "ahead(2)"}, patch.Elem{Var: "list", Expr: "ahead(1)"}, patch.Elem{Var: "list", Expr: "f(func() {\n})"}),
	ahead(patch.Row{Var: "list", Expr: "{\"ahead\"}"}, patch.Row{Var: "list", Expr: "{\"row\", 1}"}, patch.Elem{Var: "list", Expr: "\"a\""}),
	ahead(patch.LitElem{Func: "New", Type: "T", Expr: "Ahead: 1"}, patch.LitElem{Func: "New", Type: "T", Expr: "Q: 1"}, patch.LitElem{Func: "New", Type: "T", Expr: "\"é\": 1"}, patch.LitElem{Func: "New", Type: "T", Expr: "Longer: T{B: 2}"}),
	ahead(patch.Stmt{Func: "S.Do", Code: "ahead(1)"}, patch.Stmt{Func: "S.Do", Code: "b()"}, patch.Stmt{Func: "S.Do", Code: "a()"}, patch.Stmt{Func: "S.Do", Code: "register(1)"}),
	ahead(patch.Stmt{Func: "S.Do", Code: "// why\nahead(2)"}, patch.Stmt{Func: "S.Do", Code: "for {\n}"}, patch.Stmt{Func: "S.Do", Code: "ahead(1)"}),
}

// listOps add to few lists, some of them what others add too, spelled otherwise or inside of something else.
var listOps = []patch.Op{
	patch.Field{Struct: "S", Name: "Q", Type: "int"},
	patch.Field{Struct: "S", Name: "Q", Type: "string"},
	patch.Field{Struct: "S", Name: "LongerName", Type: "func(int) string"},
	patch.Field{Struct: "S", Type: "Base"},
	patch.Elem{Var: "list", Expr: "name(1)"},
	patch.Elem{Var: "list", Expr: "name( 1, )"},
	patch.Elem{Var: "list", Expr: "\"x\" // why"},
	patch.Elem{Var: "list", Expr: "func() { register(1) }"},
	patch.Row{Var: "list", Expr: "{\"row\"}"},
	patch.Row{Var: "list", Expr: "&T{A: \"row\", B: 2}"},
	patch.Elem{Var: "list", Expr: "{\"row\", 2}"},
	patch.LitElem{Func: "New", Type: "T", Expr: "Q: 1"},
	patch.LitElem{Func: "New", Type: "T", Expr: "Q: T{}"},
	patch.LitElem{Func: "New", Type: "T", Expr: "Longer: register(1)"},
	patch.LitElem{Type: "[]string", Expr: "name(1)"},
	patch.Decl{Code: "type Q int"},
	patch.Decl{Code: "type Q int\n\nvar x = []string{}"},
	patch.Decl{Code: "type Q string"},
	patch.Stmt{Func: "S.Do", Code: "register(1)"},
	patch.Stmt{Func: "S.Do", Code: "register( 1 )"},
	patch.Stmt{Func: "S.Do", Code: "s.list = register(2)"},
	patch.Stmt{Func: "S.Do", Code: "// why\nregister(3)"},
	patch.Stmt{Func: "S.Do", Code: "register(3)\nregister(1)"},
	patch.Stmt{Func: "S.Do", Code: "if x {\n\tregister(1)\n}"},
	patch.Import{Path: "example.org/m/wide"},
	patch.Import{Path: "example.org/b"},
}

// unshapely tells whether in has one of the shapes that the package comment lists, and back differs in that only.
func unshapely(in, back []byte) bool {
	squeeze := func(src []byte) string {
		text := strings.ReplaceAll(strings.Join(strings.Fields(string(src)), ""), ";", "")
		return regexp.MustCompile(`,(/\*[^*]*\*/)?}`).ReplaceAllString(text, "$1}")
	}
	src := strings.ReplaceAll(string(in), "\r", "")
	// Empty braces with space between them; a one-line struct; a body that starts or ends on the line of a brace.
	special := regexp.MustCompile(`{\s+}|S struct *{ |Do\(\) *{[^\n]|[^\s] *}`).MatchString(src)
	return special && squeeze(in) == squeeze(back)
}

// TestAddKeepsLines: in a file that gofmt would change, adding is nothing but an insertion; { } may lose its space.
func TestAddKeepsLines(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		in, op := layout(rt), someOps(rt)[0]
		if _, err := patch.Parse("in.go", in); err != nil || gofmtClean(in) {
			rt.Skip("not such a file")
		}
		out, err := patch.Add("in.go", in, op)
		if err != nil {
			rt.Fatal(err)
		}
		if pre, post := shared(in, out); len(bytes.TrimSpace(in[pre:len(in)-post])) > 0 {
			rt.Fatalf("add %v changed %q\n%q\n%q", op, in[pre:len(in)-post], in, out)
		}
		back, err := patch.Remove("in.go", out, missing(rt, in, []patch.Op{op})...)
		if err != nil {
			rt.Fatal(err)
		}
		if !bytes.Equal(back, in) && !unshapely(in, back) {
			rt.Fatalf("remove after add of %v\ngot:\n%q\nwant:\n%q\nbetween:\n%q", op, back, in, out)
		}
	})
}

// shared measures the longest common prefix and suffix.
func shared(a, b []byte) (pre, post int) {
	for pre < min(len(a), len(b)) && a[pre] == b[pre] {
		pre++
	}
	for post < min(len(a), len(b))-pre && a[len(a)-1-post] == b[len(b)-1-post] {
		post++
	}
	return pre, post
}
