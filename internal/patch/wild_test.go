package patch_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/trexgen/trexgen/internal/patch"
)

// tame is a file with all anchors, as gofmt and its maker like it.
const tame = `package p

import (
	"fmt"

	"example.org/a"
)

// S holds.
type S struct {
	A int // a
}

// list lists.
var list = []string{
	"a", // first
}

// New makes.
func New() any {
	return use(T{
		A: 1, // one
	})
}

// Do does.
func (s *S) Do() {
	fmt.Println(a.A) // says
}
`

// wildOps has an operation of each sort, by name.
var wildOps = map[string]patch.Op{
	"import":          patch.Import{Path: "example.org/a/b"},
	"named import":    patch.Import{Path: "strings", Name: "str"},
	"dot import":      patch.Import{Path: "math", Name: "."},
	"blank import":    patch.Import{Path: "example.org/x", Name: "_"},
	"field":           patch.Field{Struct: "S", Name: "Longer", Type: "map[string]*T `json:\"ü\"`"},
	"field with doc":  patch.Field{Struct: "S", Name: "Longer", Type: "int", Doc: "// Longer is ü.\n// It counts."},
	"embedded":        patch.Field{Struct: "S", Type: "*base"},
	"elem":            patch.Elem{Var: "list", Expr: "name(\"ü\")"},
	"long elem":       patch.Elem{Var: "list", Expr: "// why\n`x\n\ty` // what"},
	"row":             patch.Row{Var: "list", Expr: "{\"ü\", Grants{A: 1}}"},
	"litelem":         patch.LitElem{Func: "New", Type: "T", Expr: "Longer: []int{1}"},
	"long litelem":    patch.LitElem{Func: "New", Type: "T", Expr: "F: func() {\n\tf()\n}"},
	"stmt":            patch.Stmt{Func: "S.Do", Code: "s.add(1)", Recv: "s"},
	"long stmt":       patch.Stmt{Func: "S.Do", Code: "// why\nif err := s.check(2); err != nil {\n\ty()\n} // what", Recv: "s"},
	"decl":            patch.Decl{Code: "// D is ü.\ntype D struct {\n\tA int // a\n}\n\n// M does.\nfunc (d D) M() { m() }"},
	"decl on line":    patch.Decl{Code: "const c = 1"},
	"ahead field":     ahead(patch.Field{Struct: "S", Name: "Longer", Type: "map[string]*T `json:\"ü\"`"}, patch.Field{Struct: "S", Name: "A", Type: "int"}),
	"ahead elem":      ahead(patch.Elem{Var: "list", Expr: "name(\"ü\")"}, patch.Elem{Var: "list", Expr: `"a"`}),
	"ahead long elem": ahead(patch.Elem{Var: "list", Expr: "// why\n`x\n\ty` // what"}, patch.Elem{Var: "list", Expr: `"a"`}),
	"ahead row":       ahead(patch.Row{Var: "list", Expr: "{\"ü\"} // what"}, patch.Elem{Var: "list", Expr: `"a"`}),
	"ahead litelem":   ahead(patch.LitElem{Func: "New", Type: "T", Expr: "Longer: []int{1}"}, patch.LitElem{Func: "New", Type: "T", Expr: "A: 1"}),
	"ahead stmt":      ahead(patch.Stmt{Func: "S.Do", Code: "s.add(1)", Recv: "s"}, patch.Stmt{Func: "S.Do", Code: "s.add(0)", Recv: "s"}, patch.Stmt{Func: "S.Do", Code: "fmt.Println(a.A)"}),
	"ahead long stmt": ahead(patch.Stmt{Func: "S.Do", Code: "// why\nif err := s.check(2); err != nil {\n\ty()\n} // what", Recv: "s"}, patch.Stmt{Func: "S.Do", Code: "fmt.Println(a.A)"}),
}

func ahead(op patch.Op, others ...patch.Op) patch.Op {
	return patch.InFrontOf(op, slices.Values(others))
}

// wild lists what files look like that people own. replace holds pairs of what stands in the tame file, and what in this
// one; a change of the whole file is a function.
var wild = []struct {
	name    string
	replace []string
	change  func(string) string
}{
	{name: "tame"},
	{name: "CRLF", change: crlf},
	{name: "byte order mark", change: bom},
	{name: "no final newline", change: noNewline},
	{name: "CRLF, byte order mark and no final newline", change: func(s string) string { return bom(crlf(noNewline(s))) }},
	{name: "CRLF in half of the file", change: func(s string) string { return crlf(s[:len(s)/2]) + s[len(s)/2:] }},
	{name: "spaces for tabs", replace: []string{"\t", "    "}},
	{name: "tabs and spaces mixed", replace: []string{"\tA int", "  \tA  int", "\t\"a\"", "\t  \"a\"", "\t\tA: 1", " \t A : 1", "\tfmt.P", "        fmt . P"}},
	{name: "white space at the ends of lines", replace: []string{"{\n", "{ \t\n", "a\n", "a  \n", "}\n", "} \n"}},
	{name: "empty lines everywhere", replace: []string{"{\n", "{\n\n\n", "}\n", "\n\n}\n\n\n", "(\n", "(\n\n", "\n)\n", "\n\n)\n"}},
	{name: "no empty lines", replace: []string{"\n\n", "\n"}},
	{name: "multi-byte text", replace: []string{"A int // a", "Ä世 int // ☃ é\u2028", "\"a\",", "\"日本\u00a0\",", "// one", "/* 🦖 */", "// says", "// näher", "holds.", "hält \U0001F995"}},
	{name: "comments before the anchors", replace: []string{
		"// S", "/* é */\n// apart\n\n// S", "type S struct", "type /* x */ S /* y */ struct /* z */", "var list =", "/* v */ var /* w */ list /* x */ = /* y */",
		"func New", "//go:noinline\nfunc /* n */ New", "use(T{", "use( /* u */ T /* t */ {", "func (s *S) Do()", "func /* a */ (s /* b */ *S) /* c */ Do( /* d */ ) /* e */", "import (", "// of imports\nimport /* i */ (",
	}},
	{name: "comments behind the anchors", replace: []string{"}\n", "} // end\n// below\n", ")\n", ") /* end */ // more\n"}},
	{name: "block comments behind the anchors", replace: []string{"}\n", "} /* a\nb */\n", ")\n", ") /* a\nb */\n"}},
	{name: "comments behind the opening brace", replace: []string{"{\n", "{ // open é\n", "(\n", "( // open\n"}},
	{name: "comments in front of the closing brace", replace: []string{"\n}", "\n\t// last é\n}", "\n\t})", "\n\t\t/* last */\n\t})", "\n)", "\n\t// last\n)"}},
	{name: "comments in the line of the closing brace", replace: []string{"\n}", "\n/* last */ }", "\n\t})", "\n\t/* last */ })"}},
	{name: "comments around the items", replace: []string{
		"\tA int // a", "\t// above\n\n\t/* x */ A /* y */ int /* z */ // a\n\t// below", "\t\"a\", // first", "\t// above\n\t/* x */ \"a\" /* y */, // first\n\n\t// below",
		"\t\tA: 1, // one", "\t\t// above\n\t\tA /* x */ : /* y */ 1 /* z */, // one\n\t\t// below", "\tfmt.Println(a.A) // says", "\t// above\n\tfmt.Println(a.A /* x */) /* y */ // says\n\n\t// below\n",
		"\t\"fmt\"", "\t// above\n\t\"fmt\" // fmt\n\t// below",
	}},
	{name: "lists on one line", replace: oneLine},
	{name: "lists on one line with comments", replace: []string{
		" {\n\tA int // a\n}", " { /* x */ A int /* y */ }", "{\n\t\"a\", // first\n}", "{ /* x */ \"a\" /* y */ } // z", "{\n\t\tA: 1, // one\n\t}", "{ /* x */ A: 1 /* y */ }", "{\n\tfmt.Println(a.A) // says\n}", "{ /* x */ fmt.Println(a.A) /* y */ } // z",
	}},
	{name: "lists with separators at the end", replace: []string{" {\n\tA int // a\n}", "{ A int; }", "{\n\t\"a\", // first\n}", "{\"a\",}", "{\n\t\tA: 1, // one\n\t}", "{A: 1, }", "{\n\tfmt.Println(a.A) // says\n}", "{ fmt.Println(a.A); }"}},
	{name: "lists that open and close beside items", replace: []string{" {\n\tA int // a\n}", " { A int\n\tB int }", "{\n\t\"a\", // first\n}", "{\"a\",\n\t\"b\"}", "{\n\t\tA: 1, // one\n\t}", "{A: 1,\n\t\tB: 2}", "{\n\tfmt.Println(a.A) // says\n}", "{ fmt.Println(a.A)\n\tx() }"}},
	{name: "empty lists", replace: []string{" {\n\tA int // a\n}", "{}", "{\n\t\"a\", // first\n}", "{}", "{\n\t\tA: 1, // one\n\t}", "{}", "{\n\tfmt.Println(a.A) // says\n}", "{}"}},
	{name: "empty lists with comments", replace: []string{" {\n\tA int // a\n}", " {\n\t// none\n}", "{\n\t\"a\", // first\n}", "{ /* none */ }", "{\n\t\tA: 1, // one\n\t}", "{ // none\n\t}", "{\n\tfmt.Println(a.A) // says\n}", "{\n\n\t// none\n\n}"}},
	{name: "empty lists on two lines", replace: []string{" {\n\tA int // a\n}", " {\n}", "{\n\t\"a\", // first\n}", "{\n}", "{\n\t\tA: 1, // one\n\t}", "{\n\n}", "{\n\tfmt.Println(a.A) // says\n}", "{\n}"}},
	{name: "everything on one line", replace: []string{tame, "package p; import (\"fmt\"; \"example.org/a\"); type S struct { A int }; var list = []string{\"a\"}; func New() any { return use(T{A: 1}) }; func (s *S) Do() { fmt.Println(a.A) }\n"}},
	{name: "no imports", replace: withImports("")},
	{name: "one import", replace: withImports("import \"fmt\"")},
	{name: "imports one by one", replace: withImports("import \"fmt\"\nimport \"example.org/a\"\n\nimport \"example.org/z\"")},
	{name: "imports in one line", replace: withImports("import (\"fmt\"; \"example.org/a\")")},
	{name: "imports in several groups", replace: withImports("import (\n\t\"fmt\"\n)\n\nimport (\n\t\"example.org/a\"\n)\n\nimport \"os\"")},
	{name: "imports under other names", replace: withImports("import (\n\tf \"fmt\"\n\n\t// why\n\tc \"example.org/a\" // what\n)")},
	{name: "dot imports", replace: withImports("import . \"fmt\"\nimport . \"example.org/a\"")},
	{name: "blank imports", replace: withImports("import (\n\t_ \"fmt\"\n\t_ \"example.org/a\"\n)")},
	{name: "imports of C", replace: withImports("// #include <x.h>\nimport \"C\"\n\nimport \"fmt\"")},
	{name: "no imported names", replace: withImports("import ()")},
	{name: "raw import paths", replace: withImports("import (\n\t`fmt`\n\t`example.org/a`\n)")},
	{name: "renamed receiver", replace: []string{"(s *S)", "(environment *S)"}},
	{name: "receiver that is no pointer", replace: []string{"(s *S)", "(s S)"}},
	{name: "receiver in parentheses", replace: []string{"(s *S)", "(s *(S))"}},
	{name: "generic receiver", replace: []string{"type S struct", "type S[K comparable, V any] struct", "(s *S)", "(s *S[K, _])"}},
	{name: "other methods of that name", replace: []string{"// Do does.", "func Do() {}\n\nfunc (T) Do() {}\n\n// Do does."}},
	{name: "build tags", change: func(s string) string {
		return "//go:build linux && !race\n// +build linux,!race\n\n// Package p is.\n" + s
	}},
	{name: "build tags behind a licence", change: func(s string) string { return "/*\nLicence.\n*/\n\n//go:build go1.26\n\n" + s }},
	{name: "line directives", change: func(s string) string {
		return "//line x.y:1\n" + strings.ReplaceAll(s, "// S holds", "//line :9\n// S holds")
	}},
	{name: "talk of generated code", change: func(s string) string { return s + "// Code generated by x. DO NOT EDIT.\n" }, replace: []string{"// S holds.", "// Code generated by hand, do edit."}},
	{name: "grouped declarations", replace: []string{"type S struct {\n\tA int // a\n}", "type (\n\tR int\n\n\t// S too.\n\tS struct {\n\t\tA int // a\n\t}\n)", "var list = []string{\n\t\"a\", // first\n}", "var (\n\tx, list = 1, []string{\n\t\t\"a\", // first\n\t}\n\ty = 2\n)"}},
	{name: "typed and referenced literals", replace: []string{"var list = []", "var list []string = (&[]", "\"a\", // first\n}", "\"a\", // first\n})"}},
	{name: "lists wrapped in calls", replace: []string{"[]string{", "withTracing(sorted([]string{", "first\n}", "first\n}))"}},
	{name: "functions wrapped in calls", replace: []string{
		"\tfmt.Println(a.A) // says\n", "\ts.guard(func() {\n\t\ts.add(0)\n\t\tif err := s.check(1); err != nil {\n\t\t\tfmt.Println(a.A)\n\t\t}\n\t})\n",
		"return use(T{\n\t\tA: 1, // one\n\t})", "return guard(func() any {\n\t\treturn use(T{\n\t\t\tA: 1, // one\n\t\t})\n\t})",
	}},
	{name: "final returns", replace: []string{"(a.A) // says", "(a.A)\n\n\t// of the return\n\treturn"}},
	{name: "text that looks like anchors", replace: []string{"// list lists.", "/*\ntype S struct {\n}\nvar list = []string{\n}\n*/\nvar other = `\ntype S struct {\n}\nfunc (s *S) Do() {\n}\n`\n", "(a.A)", "(`\n}\n`, '}', \"}\")"}},
	{name: "functions without a body", replace: []string{"// New makes.", "func asm(x int) int\n\n// New makes."}},
	{name: "locals of that name", replace: []string{"(a.A)", "(a.A)\n\tvar list = []string{\"x\"}\n\ttype S struct{}\n\t_ = list", "use(T", "use(func() { list := []string{} }, T"}},
	{name: "literals inside of the literal", replace: []string{"A: 1,", "A: T{A: T{}}, B: &T{},"}},
	{name: "lines of 100 KB", replace: []string{"// a\n", "// " + strings.Repeat("é ", 50_000) + "\n", "\"a\",", "\"" + strings.Repeat("ä", 50_000) + "\",", "A: 1", "A: `" + strings.Repeat("x y", 33_000) + "`", "(a.A)", "(" + "\"" + strings.Repeat("a", 100_000) + "\", a.A)"}},
	{name: "lists of 100 KB on one line", replace: []string{" {\n\tA int // a\n}", "{ " + strings.Repeat("A, ", 3_000) + "B int }", "{\n\t\"a\", // first\n}", "{" + strings.Repeat("\"ä\", ", 15_000) + "\"a\"}", "{\n\t\tA: 1, // one\n\t}", "{" + strings.Repeat("A: 1, ", 2_000) + "B: 1}", "{\n\tfmt.Println(a.A) // says\n}", "{ " + strings.Repeat("x(); ", 2_000) + "y() }"}},
}

var oneLine = []string{" {\n\tA int // a\n}", "{ A int }", "{\n\t\"a\", // first\n}", "{\"a\"}", "{\n\t\tA: 1, // one\n\t}", "{A: 1}", "{\n\tfmt.Println(a.A) // says\n}", "{ fmt.Println(a.A) }"}

func crlf(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }

func bom(s string) string { return "\ufeff" + s }

func noNewline(s string) string { return strings.TrimSuffix(s, "\n") }

func withImports(text string) []string {
	return []string{"import (\n\t\"fmt\"\n\n\t\"example.org/a\"\n)", text}
}

func wildFile(t testing.TB, replace []string, change func(string) string) []byte {
	t.Helper()
	src := tame
	for i := 0; i < len(replace); i += 2 {
		next := strings.ReplaceAll(src, replace[i], replace[i+1])
		if next == src {
			t.Fatalf("the file has no %q to be replaced:\n%s", replace[i], src)
		}
		src = next
	}
	if change != nil {
		src = change(src)
	}
	if _, err := patch.Parse("in.go", []byte(src)); err != nil {
		t.Fatalf("%v in\n%.2000s", err, src)
	}
	return []byte(src)
}

// TestWildFiles: in whatever a person has made of a file, an operation adds its line and nothing else, twice is once, and
// Remove undoes it.
func TestWildFiles(t *testing.T) {
	t.Parallel()
	for _, tt := range wild {
		for name, op := range wildOps {
			t.Run(tt.name+"/"+name, func(t *testing.T) {
				t.Parallel()
				in := wildFile(t, tt.replace, tt.change)
				out, err := patch.Add("in.go", in, op)
				if err != nil {
					t.Fatalf("add: %v\n%.2000s", err, in)
				}
				checkAdded(t, in, out, []patch.Op{op})
				if pre, post := shared(in, out); !gofmtClean(in) && len(bytes.TrimSpace(in[pre:len(in)-post])) > 0 {
					t.Errorf("add changed %q\nfrom\n%s\nto\n%s", in[pre:len(in)-post], in, out)
				}
				back, err := patch.Remove("in.go", out, missing(t, in, []patch.Op{op})...)
				if err != nil || !bytes.Equal(back, in) && !unshapely(in, back) {
					t.Errorf("remove after add: %v\ngot:\n%.2000q\nwant:\n%.2000q\nbetween:\n%.2000s", err, back, in, out)
				}
			})
		}
	}
}

// TestWildFilesRefused: what only a person can decide is an error with the lines to write.
func TestWildFilesRefused(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		replace []string
		change  func(string) string
		ops     []string
		want    func(error) (code string, ok bool)
	}{
		{"generated", nil, func(s string) string { return "// Code generated by x. DO NOT EDIT.\n\n" + s }, nil, as(func(e *patch.GeneratedError) string { return e.Code })},
		{"generated, behind a licence", nil, func(s string) string { return "// Licence\n\n// Code generated by x. DO NOT EDIT.\n" + crlf(s) }, nil, as(func(e *patch.GeneratedError) string { return e.Code })},
		{"two anchors", nil, func(s string) string { return s + s[strings.Index(s, "// S holds"):] }, anchoredOps, as(func(e *patch.AmbiguousError) string { return e.Code })},
		{"two anchors, the second in a group", nil, func(s string) string {
			return s + "type (S struct{})\nvar (list = []string{})\nfunc New() {_ = T{}}\nfunc (S) Do() {}\n"
		}, anchoredOps, as(func(e *patch.AmbiguousError) string { return e.Code })},
		{"no anchors", []string{"S struct", "R struct", "list =", "lists =", "New()", "Now()", "Do()", "Did()"}, nil, anchoredOps, as(func(e *patch.NotFoundError) string { return e.Code })},
		{"anchors that are something else", []string{"type S struct {\n\tA int // a\n}", "type S = struct2", "[]string{\n\t\"a\", // first\n}", "load()", "func New() any {\n\treturn use(T{\n\t\tA: 1, // one\n\t})\n}", "var New = T{}", "func (s *S) Do() {\n\tfmt.Println(a.A) // says\n}", "func (s *S) Do()"}, nil, anchoredOps, as(func(e *patch.NotFoundError) string { return e.Code })},
		{"wrapped twice", []string{"[]string{\n\t\"a\", // first\n}", "concat([]string{}, []string{})", "\tfmt.Println(a.A) // says\n", "\ts.later(func() {\n\t\ts.close()\n\t})\n", "use(T{", "use(T{}, T{"}, nil, []string{"elem", "long elem", "litelem", "long litelem", "stmt", "long stmt", "ahead elem", "ahead stmt"}, as(func(e *patch.AmbiguousError) string { return e.Code })},
		{"receiver without a name", []string{"(s *S)", "(*S)"}, nil, []string{"stmt", "long stmt"}, as(func(e *patch.NotFoundError) string { return e.Code })},
		{"names that are taken", []string{"A int", "Longer int", "A: 1", "Longer: nil", "// New", "type D int\n\n// New", "\"example.org/a\"", "\"example.org/b\"", "\"fmt\"", "str \"fmt\""}, nil, []string{"field", "litelem", "decl", "import", "named import"}, as(func(e *patch.ConflictError) string { return e.Code })},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			in := wildFile(t, tt.replace, tt.change)
			for name, op := range wildOps {
				if tt.ops != nil && !slices.Contains(tt.ops, name) {
					continue
				}
				out, err := patch.Add("in.go", in, op)
				if code, ok := tt.want(err); !ok || out != nil || code == "" || !strings.Contains(err.Error(), "in.go:") {
					t.Errorf("%s: got %T %v and %d bytes, want an error with lines and file, and nothing", name, err, err, len(out))
				}
			}
		})
	}
}

var anchoredOps = []string{"field", "embedded", "elem", "long elem", "litelem", "long litelem", "stmt", "long stmt", "ahead field", "ahead elem", "ahead long elem", "ahead litelem", "ahead stmt", "ahead long stmt"}

// as makes a test for an error of a type, which returns the lines that it quotes.
func as[E error](code func(E) string) func(error) (string, bool) {
	return func(err error) (string, bool) {
		var want E
		if !errors.As(err, &want) {
			return "", false
		}
		return code(want), true
	}
}
