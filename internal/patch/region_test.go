package patch_test

import (
	"errors"
	"testing"

	"github.com/trexgen/trexgen/internal/patch"
)

const holes = `package p

type S struct {
	Meta
	*Other // kept

	// A is.
	A int
	B string // two
	// end
}

type OneLine struct{ Meta; A int }

type Empty struct {
}

func (s *S) Build(x any) map[string]any {
	s.first(wire.Entry{})
	m := map[string]any{
		"id": 1, // kept
		"a":  map[string]any{"b": 2},
	}
	// middle
	s.second()

	// done
	return m
}

func other() []invalid {
	return []invalid{
		{"a"},
	}
}

var top = []wire . Entry{
	a,
}
`

func TestRegions(t *testing.T) {
	t.Parallel()
	f, err := patch.Parse("p.go", []byte(holes))
	if err != nil {
		t.Fatal(err)
	}
	region := func(r patch.Region, err error) func() (patch.Region, error) {
		return func() (patch.Region, error) { return r, err }
	}
	tests := []struct {
		name   string
		region func() (patch.Region, error)
		want   string
	}{
		{"struct", region(patch.StructBody(f, "S")), "\n\t// A is.\n\tA int\n\tB string // two\n\t// end\n"},
		{"struct on one line", region(patch.StructBody(f, "OneLine")), " A int "},
		{"empty struct", region(patch.StructBody(f, "Empty")), ""},
		{"literal", region(patch.LiteralBody(f, "S.Build", "map[string]any", 1)), "\t\t\"a\":  map[string]any{\"b\": 2},\n"},
		{"whole literal", region(patch.LiteralBody(f, "other", "[]invalid", 0)), "\t\t{\"a\"},\n"},
		{"empty literal", region(patch.LiteralBody(f, "S.Build", "wire.Entry", 0)), ""},
		{"literal anywhere", region(patch.LiteralBody(f, "", "[]wire.Entry", 0)), "\ta,\n"},
		{"function", region(patch.FuncBody(f, "S.Build", 2, 1)), "\t// middle\n\ts.second()\n\n"},
		{"function to the end", region(patch.FuncBody(f, "S.Build", 3, 0)), "\n\t// done\n\treturn m\n"},
		{"function without its head", region(patch.FuncBody(f, "S.Build", 2, 2)), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r, err := tt.region()
			if err != nil {
				t.Fatal(err)
			}
			if got := holes[r.Start:r.End]; got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			out, err := f.Apply([]patch.Edit{{Start: r.Start, End: r.End, New: tt.want}})
			if err != nil || string(out) != holes {
				t.Errorf("filled with the same text: %v\n%s", err, out)
			}
		})
	}
}

func TestRegionErrors(t *testing.T) {
	t.Parallel()
	src := "package p\n\nfunc f() {\n\ta([]int{1}, []int{2})\n}\n"
	f, err := patch.Parse("p.go", []byte(src))
	if err != nil {
		t.Fatal(err)
	}
	var missing *patch.NotFoundError
	if _, err := patch.StructBody(f, "S"); !errors.As(err, &missing) || missing.Error() != "p.go: struct S not found" {
		t.Errorf("missing struct: %v", err)
	}
	if _, err := patch.FuncBody(f, "T.f", 0, 0); !errors.As(err, &missing) {
		t.Errorf("missing function: %v", err)
	}
	var ambiguous *patch.AmbiguousError
	if _, err := patch.LiteralBody(f, "f", "[]int", 0); !errors.As(err, &ambiguous) {
		t.Errorf("two literals: %v", err)
	}
	if _, err := patch.LiteralBody(f, "f", "[]", 0); err == nil {
		t.Error("a type that does not parse is no error")
	}
	if _, err := patch.FuncBody(f, "f", 1, 1); err == nil || err.Error() != "p.go:3: cannot keep 1 and 1 of 1" {
		t.Errorf("keeping too many: %v", err)
	}
}

func TestApplyRefusesWhatDoesNotParse(t *testing.T) {
	t.Parallel()
	f, err := patch.Parse("p.go", []byte(holes))
	if err != nil {
		t.Fatal(err)
	}
	r, err := patch.StructBody(f, "S")
	if err != nil {
		t.Fatal(err)
	}
	if out, err := f.Apply([]patch.Edit{{Start: r.Start, End: r.End, New: "\tA int]\n"}}); err == nil {
		t.Errorf("got %s, want an error", out)
	}
}

func TestPruneImports(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, src, want string }{
		{
			"groups and comments",
			"package p\n\nimport (\n\t// all of fmt\n\t\"fmt\"\n\t\"os\"\n\n\t\"example.org/a\" // why\n\n\t_ \"embed\"\n\tb \"example.org/c\"\n)\n\nvar _ = os.Args\n",
			"package p\n\nimport (\n\t\"os\"\n\n\t_ \"embed\"\n)\n\nvar _ = os.Args\n",
		},
		{
			"first and last group",
			"package p\n\nimport (\n\t\"fmt\"\n\n\t\"github.com/a/b\"\n\n\t\"example.org/c\"\n)\n\nvar _ = b.X\n",
			"package p\n\nimport (\n\t\"github.com/a/b\"\n)\n\nvar _ = b.X\n",
		},
		{
			"two groups in a row",
			"package p\n\nimport (\n\t\"fmt\"\n\n\t\"github.com/a/b\"\n\n\t\"example.org/c\"\n)\n\nvar _ = c.X\n",
			"package p\n\nimport (\n\t\"example.org/c\"\n)\n\nvar _ = c.X\n",
		},
		{"all", "package p\n\nimport (\n\t\"fmt\"\n\n\t\"os\"\n)\n\n// X is.\nvar X int\n", "package p\n\n// X is.\nvar X int\n"},
		{"single ones", "package p\n\nimport \"fmt\"\nimport \"os\" // why\n\nvar X int\n", "package p\n\nvar X int\n"},
		{"one of the single ones", "package p\n\nimport \"fmt\"\nimport \"os\"\n\nvar X = os.Args\n", "package p\n\nimport \"os\"\n\nvar X = os.Args\n"},
		{
			"a local of the same name is no use",
			"package p\n\nimport \"example.org/thing\"\n\nfunc f(thing T) { thing.Do() }\n",
			"package p\n\nfunc f(thing T) { thing.Do() }\n",
		},
		{
			"a type is a use", "package p\n\nimport \"time\"\n\ntype T struct{ *time.Time }\n",
			"package p\n\nimport \"time\"\n\ntype T struct{ *time.Time }\n",
		},
		{
			"names that differ from the path",
			"package p\n\nimport (\n\t\"github.com/golang-jwt/jwt/v5\"\n\t\"github.com/google/go-cmp\"\n\t\"github.com/nats-io/nats.go\"\n\t\"github.com/oapi-codegen/nethttp-middleware\"\n\t\"gopkg.in/yaml.v3\"\n\t\"k8s.io/v2\"\n)\n\nvar _ = []any{jwt.X, cmp.X, nats.X, middleware.X, yaml.X, k8s.X}\n",
			"",
		},
		{
			"aligned comments",
			"package p\n\nimport (\n\t\"example.org/a/long\" // a\n\t\"example.org/b\"      // b\n)\n\nvar _ = b.X\n",
			"package p\n\nimport (\n\t\"example.org/b\" // b\n)\n\nvar _ = b.X\n",
		},
		{"none", "package p\n", "package p\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			want := tt.want
			if want == "" {
				want = tt.src
			}
			got, err := patch.PruneImports("p.go", []byte(tt.src))
			if err != nil || string(got) != want {
				t.Errorf("got %v\n%s\nwant\n%s", err, got, want)
			}
		})
	}
}
