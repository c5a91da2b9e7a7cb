package scaffold

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
	"golang.org/x/mod/modfile"

	"github.com/trexgen/trexgen/internal/patch"
)

// A Client is a part that a service may have: what asks another service. It is
// some files of the blueprint and some lines in others. A service that does
// without has none of them, as if they had never been there.
type Client struct {
	Key, Doc string

	files []string // what their paths begin with
	lines []clientLine
}

// A clientLine is a line, or a few, in a file that all services have.
type clientLine struct {
	file string
	op   lineOp
}

// A lineOp takes its lines out of a file. Without them it returns src itself.
type lineOp interface {
	remove(path string, src []byte) ([]byte, error)
}

// clients is the table. A test proves that nothing else mentions a row's client.
var clients = []Client{
	{
		Key: "ocm", Doc: "asks an access review, such as OCM's, what requests may do",
		files: []string{
			"cmd/bone-vault/environments/ocm", "docs/ocm.md", "pkg/client/ocm/", "pkg/config/ocm", "test/integration/ocm",
		},
		lines: []clientLine{
			{"README.md", textLines("| let an access review decide |")},
			{"cmd/bone-vault/environments/authorizers.go", goLine{patch.Elem{Var: "authorizers", Expr: "{config.AuthorizerOCM, (*Env).newOCM}"}}},
			{"pkg/config/bind.go", goLine{patch.Stmt{Func: "Bind", Code: "c.OCM.bind(fs)"}}},
			{"pkg/config/config.go", goLine{patch.Field{
				Struct: "Config", Name: "OCM", Type: "OCM", Doc: "// OCM is the access review that --authorizer=ocm asks.",
			}}},
			{"pkg/config/validate.go", goLine{patch.Stmt{Func: "Config.validate", Code: "c.validateOCM(to)", Recv: "c"}}},
			{"go.mod.txt", requireLine("golang.org/x/oauth2")},
			{"go.sum.txt", textLines("golang.org/x/oauth2 ")},
			{manifestFile, manifestClient("ocm")},
		},
	},
}

// Clients returns the clients that there are.
func Clients() []Client { return slices.Clone(clients) }

// ParseClients returns the clients of the given names, sorted, each once. The
// error is an *InvalidError with all names that are none.
func ParseClients(names []string) ([]string, error) {
	var p problems
	var found []string
	for _, name := range names {
		name = strings.TrimSpace(name)
		if !slices.ContainsFunc(clients, func(c Client) bool { return c.Key == name }) {
			p.addf("client %q: there is no such client: give %s", name, clientKeys())
			continue
		}
		found = append(found, name)
	}
	slices.Sort(found)
	return slices.Compact(found), p.invalid()
}

// clientKeys lists the clients for messages.
func clientKeys() string {
	var keys []string
	for _, c := range clients {
		keys = append(keys, c.Key)
	}
	return strings.Join(keys, " or ")
}

// without returns the clients that the service has not.
func (s Service) without() []Client {
	return slices.DeleteFunc(Clients(), func(c Client) bool { return slices.Contains(s.Clients, c.Key) })
}

// owns tells whether a file of the blueprint is there for the client only.
func (c Client) owns(file string) bool {
	return slices.ContainsFunc(c.files, func(prefix string) bool { return strings.HasPrefix(file, prefix) })
}

// removeLines takes the client's lines out of a file of the blueprint. Lines
// that are not there are an error: the table does not fit.
func (c Client) removeLines(file string, src []byte) ([]byte, error) {
	for _, line := range c.lines {
		if line.file != file {
			continue
		}
		out, err := line.op.remove(file, src)
		if err != nil {
			return nil, err
		}
		if bytes.Equal(out, src) {
			return nil, fmt.Errorf("%s: the lines of the client %s are not there", file, c.Key)
		}
		src = out
	}
	return src, nil
}

// goLine is a line of a Go file.
type goLine struct{ op patch.Op }

func (l goLine) remove(path string, src []byte) ([]byte, error) { return patch.Remove(path, src, l.op) }

// textLines are all lines that begin so.
type textLines string

func (l textLines) remove(_ string, src []byte) ([]byte, error) {
	var out []byte
	for line := range bytes.Lines(src) {
		if !bytes.HasPrefix(line, []byte(l)) {
			out = append(out, line...)
		}
	}
	return out, nil
}

// requireLine is the requirement of a module in go.mod.
type requireLine string

func (l requireLine) remove(path string, src []byte) ([]byte, error) {
	f, err := modfile.Parse(path, src, nil)
	if err != nil {
		return nil, err
	}
	if err := f.DropRequire(string(l)); err != nil {
		return nil, err
	}
	f.Cleanup()
	return f.Format()
}

// manifestClient is the client's name in trexgen.yaml.
type manifestClient string

func (l manifestClient) remove(_ string, src []byte) ([]byte, error) {
	out, err := patch.RemoveSequenceItem(src, []string{"clients"}, func(n *yaml.Node) bool { return n.Value == string(l) })
	if err != nil {
		return nil, err
	}
	var left manifest
	if err := yaml.Unmarshal(out, &left); err != nil || len(left.Clients) > 0 {
		return out, err
	}
	return patch.RemoveKey(out, nil, "clients")
}
