package scaffold

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/trexgen/trexgen/internal/patch"
)

// A wire is one line (or a few) in a file that lists all kinds, for one kind.
type wire struct {
	file string // in the words of the exemplar
	op   wireOp
	why  string
}

// A wireOp adds kinds, in order, to a list of those that are there, takes one
// out, or tells whether it is in. Errors are those of package patch.
type wireOp interface {
	add(path string, src []byte, kinds []wiredKind, there roster) ([]byte, error)
	remove(path string, src []byte, k wiredKind) ([]byte, error)
	has(path string, src []byte, k wiredKind) (bool, error)
}

// A wiredKind is a kind with the renamer that turns the exemplar into it.
type wiredKind struct {
	Kind
	named func(string) string
}

// wiring is the table, one row a patch point. A new patch point is one line in
// the blueprint and one row here.
var wiring = []wire{
	{
		"cmd/bone-vault/environments/services.go",
		goOp{patch.Field{
			Struct: "Services", Name: "FossilEntries", Type: "FossilEntryServiceLocator",
			Doc: "// FossilEntries finds the service of fossil entries.",
		}},
		"has a field for the locator",
	},
	{
		"cmd/bone-vault/environments/services.go",
		goOp{patch.Stmt{Func: "Env.loadServices", Code: "e.Services.FossilEntries = NewFossilEntryServiceLocator(e)", Recv: "e"}},
		"wires the service",
	},
	{
		"cmd/bone-vault/server/routes.go",
		goOp{patch.Elem{Var: "kindRoutes", Expr: "registerFossilEntryRoutes"}},
		"lists the routes",
	},
	{
		"cmd/bone-vault/server/controllers.go",
		goOp{patch.Elem{Var: "kindControllers", Expr: "newFossilEntryController"}},
		"lists the controller",
	},
	{
		"pkg/policy/table.go",
		goOp{patch.Row{Var: "Table", Expr: `{"fossil_entries", Grants{Admin: All, Editor: Write, Viewer: Read}}`}},
		"says who may do what with it",
	},
	{manifestFile, manifestOp{}, "records the kind and its fields"},
}

// goOp is a row for a Go file, in the words of the exemplar.
type goOp struct{ op patch.Op }

func (o goOp) add(path string, src []byte, kinds []wiredKind, there roster) ([]byte, error) {
	ops := make([]patch.Op, len(kinds))
	for i, k := range kinds {
		ops[i] = there.place(o, k)
	}
	return patch.Add(path, src, ops...)
}

func (o goOp) remove(path string, src []byte, k wiredKind) ([]byte, error) {
	return patch.Remove(path, src, o.op.Rename(k.named))
}

func (o goOp) has(path string, src []byte, k wiredKind) (bool, error) {
	f, err := patch.Parse(path, src)
	if err != nil {
		return false, err
	}
	return o.op.Rename(k.named).Has(f)
}

// manifestOp is the kind's item in trexgen.yaml.
type manifestOp struct{}

func (manifestOp) add(_ string, src []byte, kinds []wiredKind, there roster) (out []byte, err error) {
	for out = src; len(kinds) > 0 && err == nil; {
		next := there.behind(kinds[0].Kind)
		var items []string
		for len(kinds) > 0 && there.behind(kinds[0].Kind) == next {
			items = append(items, manifestItem(kinds[0].Kind))
			kinds = kinds[1:]
		}
		isNext := func(n *yaml.Node) bool { return next < len(there.kinds) && isManifestItem(n, there.kinds[next]) }
		out, err = patch.InsertSequence(out, []string{"kinds"}, isNext, items...)
	}
	return out, err
}

func (manifestOp) remove(_ string, src []byte, k wiredKind) ([]byte, error) {
	return patch.RemoveSequenceItem(src, []string{"kinds"}, func(n *yaml.Node) bool { return isManifestItem(n, k.Kind) })
}

func (manifestOp) has(_ string, src []byte, k wiredKind) (bool, error) {
	var m struct {
		Kinds []yaml.Node `yaml:"kinds"`
	}
	if err := yaml.Unmarshal(src, &m); err != nil {
		return false, err
	}
	return slices.ContainsFunc(m.Kinds, func(n yaml.Node) bool { return isManifestItem(&n, k.Kind) }), nil
}

// manifestItem is the kind as trexgen.yaml records it. Its first and its last line
// are its own: git would take lines at the end that two new items share for
// common ones, and then both items cannot be kept.
func manifestItem(k Kind) string {
	var b strings.Builder
	fmt.Fprintf(&b, "name: %s\nplural: %s\nfields:\n", yamlScalar(k.Name.Spelled()), yamlScalar(k.Name.Many().Spelled()))
	for _, f := range k.Fields {
		b.WriteString("  - " + yamlSpec(f.String()) + "\n")
	}
	fmt.Fprintf(&b, "migration: %q", k.MigrationID)
	return b.String()
}

func isManifestItem(n *yaml.Node, k Kind) bool {
	var item manifestKind
	if err := n.Decode(&item); err != nil {
		return false
	}
	name, err := ParseName(item.Name, item.Plural)
	return err == nil && name.Pascal() == k.Name.Pascal()
}
