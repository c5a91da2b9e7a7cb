package patch_test

import (
	"errors"
	"fmt"
	"go/format"
	"strings"
	"testing"

	"github.com/trexgen/trexgen/internal/patch"
)

func BenchmarkAdd(b *testing.B) {
	for _, size := range []int{100, 1000} {
		src := bench(size)
		ops := map[string]patch.Op{
			"import":        patch.Import{Path: "example.org/new"},
			"field":         patch.Field{Struct: "S", Name: "New", Type: "int"},
			"field-aligned": patch.Field{Struct: "S", Name: "NewAndLongerThanTheOthers", Type: "int"},
			"elem":          patch.Elem{Var: "list", Expr: `"new"`},
			"stmt":          patch.Stmt{Func: "S.Do", Code: "s.do(-1)"},
		}
		for _, name := range []string{"import", "field", "field-aligned", "elem", "stmt"} {
			b.Run(fmt.Sprintf("%s/%d", name, size), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if out, err := patch.Add("b.go", src, ops[name]); err != nil || len(out) <= len(src) {
						b.Fatal(errors.Join(err, errors.New("nothing added")))
					}
				}
			})
		}
	}
}

// bench is a gofmt-clean file of so many lines: most of them functions, a tenth each in the anchors.
func bench(lines int) []byte {
	var b strings.Builder
	b.WriteString("package p\n\nimport (\n\t\"fmt\"\n\n\t\"example.org/a\"\n)\n\ntype S struct {\n")
	n := lines / 10
	for i := range n {
		fmt.Fprintf(&b, "F%d func(ctx int) (string, error)\n", i)
	}
	b.WriteString("}\n\nvar list = []string{\n")
	for i := range n {
		fmt.Fprintf(&b, "\"20260101%04d_add.sql\",\n", i)
	}
	b.WriteString("}\n\nfunc (s *S) Do() error {\n")
	for i := range n {
		fmt.Fprintf(&b, "s.do(%d)\n", i)
	}
	b.WriteString("return nil\n}\n")
	for i := 0; i < lines*7/10; i += 8 {
		fmt.Fprintf(&b, "\n// f%d does.\nfunc f%d(x int) (int, error) {\n\tif x > %d {\n\t\treturn 0, fmt.Errorf(\"x: %%d\", x)\n\t}\n\treturn a.Call(x), nil\n}\n", i, i, i)
	}
	out, err := format.Source([]byte(b.String()))
	if err != nil {
		panic(err)
	}
	return out
}
