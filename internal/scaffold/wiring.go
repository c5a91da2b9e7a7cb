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

// A wireOp adds kinds to a list, takes one out, or tells whether it is there.
// Errors are those of package patch.
type wireOp interface {
	add(path string, src []byte, kinds []wiredKind) ([]byte, error)
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
		goOp{patch.Field{Struct: "Services", Name: "FossilEntries", Type: "FossilEntryServiceLocator"}},
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
	{manifestFile, manifestOp{}, "records the kind and its fields"},
}

// goOp is a row for a Go file, in the words of the exemplar.
type goOp struct{ op patch.Op }

func (o goOp) add(path string, src []byte, kinds []wiredKind) ([]byte, error) {
	ops := make([]patch.Op, len(kinds))
	for i, k := range kinds {
		ops[i] = o.op.Rename(k.named)
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

func (manifestOp) add(_ string, src []byte, kinds []wiredKind) ([]byte, error) {
	items := make([]string, len(kinds))
	for i, k := range kinds {
		items[i] = manifestItem(k.Kind)
	}
	return patch.AppendSequence(src, []string{"kinds"}, items...)
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

// manifestItem is the kind as trexgen.yaml records it.
func manifestItem(k Kind) string {
	var b strings.Builder
	fmt.Fprintf(&b, "name: %s\nplural: %s\nmigration: %q\n", yamlScalar(k.Name.Spelled()), yamlScalar(k.Name.Many().Spelled()), k.MigrationID)
	b.WriteString("fields:")
	for _, f := range k.Fields {
		b.WriteString("\n  - " + yamlSpec(f.String()))
	}
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
