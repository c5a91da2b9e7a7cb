package patch_test

import (
	"testing"

	"github.com/trexgen/trexgen/internal/patch"
)

func TestLaterOperationsSeeWhatIsDeclared(t *testing.T) {
	t.Parallel()
	got, err := patch.Add("p.go", []byte("package p\n"),
		patch.Decl{Code: "type S struct{}\n\nvar list = []S{}"},
		patch.Field{Struct: "S", Name: "A", Type: "int"},
		patch.Elem{Var: "list", Expr: "{A: 1}"},
	)
	const want = "package p\n\ntype S struct {\n\tA int\n}\n\nvar list = []S{\n\t{A: 1},\n}\n"
	if err != nil || string(got) != want {
		t.Errorf("got %v\n%s\nwant\n%s", err, got, want)
	}
}
