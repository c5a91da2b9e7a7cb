package scaffold

import (
	"bytes"
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/trexgen/trexgen/internal/patch"
)

// allClients are the keys of the table.
func allClients() []string {
	var keys []string
	for _, c := range clients {
		keys = append(keys, c.Key)
	}
	slices.Sort(keys)
	return keys
}

// The blueprint has all clients: with them it is its own golden file, see
// TestBlueprintWithoutTheExemplarWithItIsTheBlueprint.
func TestBlueprintHasAllClients(t *testing.T) {
	t.Parallel()
	b := testBlueprint(t)
	if diff := cmp.Diff(allClients(), b.Service.Clients); diff != "" {
		t.Errorf("clients in %s (-want +got):\n%s", manifestFile, diff)
	}
	for _, c := range clients {
		if c.Doc == "" {
			t.Errorf("client %s: no doc", c.Key)
		}
		for _, prefix := range c.files {
			if !slices.ContainsFunc(b.serviceFiles, func(file string) bool { return strings.HasPrefix(file, prefix) }) {
				t.Errorf("client %s: no file begins with %s", c.Key, prefix)
			}
		}
	}
}

func TestNothingIsLeftOfAClientThatIsNotWanted(t *testing.T) {
	t.Parallel()
	b := testBlueprint(t)
	made := mustService(t, b, birds, awkwardKinds(t)...)
	for _, c := range clients {
		word := regexp.MustCompile(`\b` + c.Key + `(test)?\b|\b` + c.Key + `_|` + strings.ToUpper(c.Key))
		for file, f := range made {
			text := string(f.Data)
			if file == "go.sum" { // where checksums have any letters
				text = ""
			}
			for _, text := range []string{file, text} {
				if at := word.FindStringIndex(text); at != nil {
					t.Errorf("%s:%d: %q of the client %s is left: a row is missing", file, 1+strings.Count(text[:at[0]], "\n"), text[at[0]:at[1]], c.Key)
				}
			}
		}
		for _, line := range c.lines {
			module, ok := line.op.(requireLine)
			if !ok {
				continue
			}
			for file, f := range made {
				if bytes.Contains(f.Data, []byte(module)) {
					t.Errorf("%s mentions %s, which only the client %s needs", file, module, c.Key)
				}
			}
		}
	}
}

func TestAServiceWithoutClientsHasNoImportTooMany(t *testing.T) {
	t.Parallel()
	b := testBlueprint(t)
	made := mustService(t, b, b.Service.withClients(), b.Kind)
	for _, c := range clients {
		for _, line := range c.lines {
			if !strings.HasSuffix(line.file, ".go") {
				continue
			}
			src := made[line.file].Data
			if pruned, err := patch.PruneImports(line.file, src); err != nil || !bytes.Equal(pruned, src) {
				t.Errorf("%s has imports that only the client %s needed (%v)", line.file, c.Key, err)
			}
		}
	}
}

// withClients returns the service with these clients and no others.
func (s Service) withClients(keys ...string) Service {
	s.Clients = keys
	return s
}

// A service differs by its clients in nothing else, whatever else is in it.
func TestClientsAreFilesAndLines(t *testing.T) {
	t.Parallel()
	b := testBlueprint(t)
	named := b.serviceRenamer(birds).Replace
	kinds := awkwardKinds(t)
	without, with := mustService(t, b, birds, kinds...), mustService(t, b, birds.withClients(allClients()...), kinds...)
	touched := map[string]bool{}
	for _, c := range clients {
		for _, line := range c.lines {
			touched[named(shippedName(line.file))] = true
		}
	}
	for file, f := range with {
		owned := slices.ContainsFunc(clients, func(c Client) bool {
			return slices.ContainsFunc(c.files, func(prefix string) bool { return strings.HasPrefix(file, named(prefix)) })
		})
		other, there := without[file]
		switch {
		case owned == there:
			t.Errorf("%s: a client's %t, there without clients %t", file, owned, there)
		case there && bytes.Equal(f.Data, other.Data) == touched[file]:
			t.Errorf("%s: the same without clients %t, has lines of clients %t", file, !touched[file], touched[file])
		}
	}
}

func TestAProjectRemembersItsClients(t *testing.T) {
	t.Parallel()
	b := testBlueprint(t)
	for _, want := range [][]string{nil, allClients()} {
		made := mustAdd(t, b, mustService(t, b, birds.withClients(want...)), mustKind(t, "Nest twigs:int", "", "202701010000"))
		project, err := OpenProject(made)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, project.Service.Clients); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

func TestAProjectWithAnUnknownClientIsRefused(t *testing.T) {
	t.Parallel()
	project := fstest.MapFS{
		"go.mod":     {Data: []byte("module birds\n")},
		manifestFile: {Data: []byte("service: birds\nmodule: birds\nblueprint: 1\nclients: [ocm, uhc]\nkinds: []\n")},
	}
	_, err := OpenProject(project)
	var blocked *BlockedError
	if want := `trexgen.yaml: client "uhc": there is no such client: give ocm`; !errors.As(err, &blocked) || blocked.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestParseClients(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		names []string
		want  []string
		wrong []string
	}{
		{nil, nil, nil},
		{[]string{"ocm"}, []string{"ocm"}, nil},
		{[]string{" ocm", "ocm "}, []string{"ocm"}, nil},
		{[]string{"OCM"}, nil, []string{`client "OCM": there is no such client: give ocm`}},
		{[]string{"", "ocm", "x"}, []string{"ocm"}, []string{
			`client "": there is no such client: give ocm`, `client "x": there is no such client: give ocm`,
		}},
	} {
		got, err := ParseClients(tt.names)
		var invalid *InvalidError
		var wrong []string
		if errors.As(err, &invalid) {
			wrong = invalid.Problems
		}
		if diff := cmp.Diff(tt.wrong, wrong); diff != "" {
			t.Errorf("%q: problems (-want +got):\n%s", tt.names, diff)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", tt.names, diff)
		}
	}
}

func TestARowThatDoesNotFitIsAnError(t *testing.T) {
	t.Parallel()
	for _, c := range clients {
		for _, line := range c.lines {
			src := map[bool]string{true: "package p\n", false: "module: x\n"}[strings.HasSuffix(line.file, ".go")]
			if out, err := c.removeLines(line.file, []byte(src)); err == nil {
				t.Errorf("%s: taking lines of %s out of another file gave %q", line.file, c.Key, out)
			}
		}
	}
}
