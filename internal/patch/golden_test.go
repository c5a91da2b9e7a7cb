package patch_test

import (
	"bytes"
	"flag"
	"fmt"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
	"pgregory.net/rapid"

	"github.com/trexgen/trexgen/internal/patch"
)

var update = flag.Bool("update", false, "rewrite the wanted results in testdata")

// A golden is one case of testdata. The comment of the archive holds a directive a line; fields are separated by " | ",
// \n stands for a line break, lines that start with # explain:
//
//	field STRUCT | NAME | TYPE      elem VAR | EXPR
//	stmt FUNC | CODE | RECV         import PATH | NAME
//	litelem FUNC | TYPE | EXPR      decl CODE
//	row VAR | EXPR
//	ahead N                         the last operation goes in front of the N before it, which are no operations then
//	remove                          remove the operations instead of adding them
//	crlf, bom, no-newline           how the file is encoded; archives cannot hold that
//	lossy                           remove after add is another file here; the case says why
type golden struct {
	name     string
	archive  *txtar.Archive
	ops      []patch.Op
	flags    map[string]bool
	in, want []byte // of want.go, or of error
	fails    bool
}

func goldens(t testing.TB) []*golden {
	t.Helper()
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no case found in testdata (%v)", err)
	}
	var all []*golden
	for _, name := range files {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		g := &golden{name: strings.TrimSuffix(filepath.Base(name), ".txtar"), archive: archive, flags: map[string]bool{}}
		for line := range strings.Lines(string(archive.Comment)) {
			if err := g.directive(strings.TrimSpace(line)); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		for _, file := range archive.Files {
			switch file.Name {
			case "in.go":
				g.in = g.encode(file.Data)
			case "want.go":
				g.want = g.encode(file.Data)
			case "error":
				g.want, g.fails = file.Data, true
			default:
				t.Fatalf("%s: unknown file %s", name, file.Name)
			}
		}
		all = append(all, g)
	}
	return all
}

func (g *golden) directive(line string) error {
	verb, rest, _ := strings.Cut(line, " ")
	args := strings.Split(strings.ReplaceAll(rest, `\n`, "\n"), " | ")
	for len(args) < 3 {
		args = append(args, "")
	}
	switch verb {
	case "", "#":
	case "field":
		g.ops = append(g.ops, patch.Field{Struct: args[0], Name: args[1], Type: args[2]})
	case "elem":
		g.ops = append(g.ops, patch.Elem{Var: args[0], Expr: args[1]})
	case "row":
		g.ops = append(g.ops, patch.Row{Var: args[0], Expr: args[1]})
	case "stmt":
		g.ops = append(g.ops, patch.Stmt{Func: args[0], Code: args[1], Recv: args[2]})
	case "litelem":
		g.ops = append(g.ops, patch.LitElem{Func: args[0], Type: args[1], Expr: args[2]})
	case "decl":
		g.ops = append(g.ops, patch.Decl{Code: strings.ReplaceAll(rest, `\n`, "\n")})
	case "import":
		g.ops = append(g.ops, patch.Import{Path: args[0], Name: args[1]})
	case "ahead":
		n, err := strconv.Atoi(rest)
		last := len(g.ops) - 1
		if err != nil || n > last {
			return fmt.Errorf("not as many operations: %q", line)
		}
		g.ops = append(g.ops[:last-n:last-n], patch.InFrontOf(g.ops[last], slices.Values(g.ops[last-n:last])))
	case "remove", "crlf", "bom", "no-newline", "lossy":
		g.flags[verb] = true
	default:
		return fmt.Errorf("unknown directive %q", line)
	}
	return nil
}

func (g *golden) encode(src []byte) []byte {
	if g.flags["no-newline"] {
		src = bytes.TrimSuffix(src, []byte("\n"))
	}
	if g.flags["crlf"] {
		src = bytes.ReplaceAll(src, []byte("\n"), []byte("\r\n"))
	}
	if g.flags["bom"] {
		src = append([]byte("\ufeff"), src...)
	}
	return src
}

func (g *golden) decode(src []byte) []byte {
	src = bytes.TrimPrefix(src, []byte("\ufeff"))
	src = bytes.ReplaceAll(src, []byte("\r\n"), []byte("\n"))
	if len(src) > 0 && !bytes.HasSuffix(src, []byte("\n")) {
		src = append(slices.Clone(src), '\n')
	}
	return src
}

func (g *golden) do(src []byte) ([]byte, error) {
	if g.flags["remove"] {
		return patch.Remove("in.go", src, g.ops...)
	}
	return patch.Add("in.go", src, g.ops...)
}

func TestGolden(t *testing.T) {
	t.Parallel()
	for _, g := range goldens(t) {
		t.Run(g.name, func(t *testing.T) {
			t.Parallel()
			got, err := g.do(g.in)
			if *update {
				g.rewrite(t, got, err)
				return
			}
			if err != nil {
				got = []byte(err.Error() + "\n")
			}
			if (err != nil) != g.fails || !bytes.Equal(got, g.want) {
				t.Errorf("%v\ngot:\n%q\nwant:\n%q\nfrom:\n%q", g.ops, got, g.want, g.in)
			}
		})
	}
}

func (g *golden) rewrite(t *testing.T, got []byte, err error) {
	t.Helper()
	want := txtar.File{Name: "want.go", Data: g.decode(got)}
	if err != nil {
		want = txtar.File{Name: "error", Data: []byte(err.Error() + "\n")}
	}
	g.archive.Files = append(g.archive.Files[:1], want)
	if err := os.WriteFile(filepath.Join("testdata", g.name+".txtar"), txtar.Format(g.archive), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestGoldenProperties holds what is true of all cases that add something to a file.
func TestGoldenProperties(t *testing.T) {
	t.Parallel()
	for _, g := range goldens(t) {
		if g.fails || g.flags["remove"] {
			continue
		}
		t.Run(g.name, func(t *testing.T) {
			t.Parallel()
			once, err := patch.Add("in.go", g.in, g.ops...)
			if err != nil {
				t.Fatal(err)
			}
			checkAdded(t, g.in, once, g.ops)
			if back, err := patch.Remove("in.go", once, missing(t, g.in, g.ops)...); err != nil || !g.flags["lossy"] && !bytes.Equal(back, g.in) {
				t.Errorf("remove after add: %v\ngot:\n%q\nwant:\n%q", err, back, g.in)
			}
		})
	}
}

// missing leaves out the operations that have nothing to add to src, so that remove must not undo them.
func missing(t rapid.TB, src []byte, ops []patch.Op) []patch.Op {
	t.Helper()
	f, err := patch.Parse("in.go", src)
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(slices.Clone(ops), func(op patch.Op) bool {
		there, err := op.Has(f)
		return err != nil || there
	})
}

// checkAdded checks what holds of any file, formatted or not.
func checkAdded(t rapid.TB, in, out []byte, ops []patch.Op) {
	t.Helper()
	if _, err := parser.ParseFile(token.NewFileSet(), "out.go", out, parser.SkipObjectResolution); err != nil {
		t.Fatalf("result does not parse: %v\n%s", err, out)
	}
	f, err := patch.Parse("out.go", out)
	if err != nil {
		t.Fatal(err)
	}
	for _, op := range ops {
		if ok, err := op.Has(f); err != nil || !ok {
			t.Errorf("Has(%v) after add = %t, %v\n%s", op, ok, err, out)
		}
	}
	if twice, err := patch.Add("in.go", out, ops...); err != nil || !bytes.Equal(twice, out) {
		t.Errorf("add twice: %v\ngot:\n%q\nwant:\n%q", err, twice, out)
	}
	if !within(bytes.Fields(in), bytes.Fields(out)) {
		t.Errorf("bytes were lost\nfrom:\n%s\nto:\n%s", in, out)
	}
	if gofmtClean(in) && !gofmtClean(out) {
		t.Errorf("gofmt-clean no more\nfrom:\n%s\nto:\n%s", in, out)
	}
	if bytes.Contains(in, []byte("\n")) && !bytes.Contains(bytes.ReplaceAll(in, []byte("\r\n"), nil), []byte("\n")) {
		if bytes.Contains(bytes.ReplaceAll(out, []byte("\r\n"), nil), []byte("\n")) {
			t.Errorf("line without carriage return in:\n%q", out)
		}
	}
	if bytes.HasSuffix(in, []byte("\n")) != bytes.HasSuffix(out, []byte("\n")) {
		t.Errorf("final newline changed:\n%q\n%q", in, out)
	}
}
