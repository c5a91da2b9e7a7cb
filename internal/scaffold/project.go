package scaffold

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
	"golang.org/x/mod/modfile"
)

const (
	manifestFile  = "trexgen.yaml"
	migrationsDir = "pkg/db/migrations"
)

// A Project is a service that exists already.
type Project struct {
	FS      fs.FS
	Service Service
	Kinds   []Kind
	// Blueprint is the version of the blueprint that the project was made from.
	Blueprint int
}

// manifest is trexgen.yaml as it is written.
type manifest struct {
	Service   string         `yaml:"service"`
	Module    string         `yaml:"module"`
	Blueprint int            `yaml:"blueprint"`
	Clients   []string       `yaml:"clients,omitempty"`
	Kinds     []manifestKind `yaml:"kinds"`
}

type manifestKind struct {
	Name      string   `yaml:"name"`
	Plural    string   `yaml:"plural"`
	Migration string   `yaml:"migration"`
	Fields    []string `yaml:"fields"`
	// Added says by which migrations some of the fields came later.
	Added []struct {
		Migration string   `yaml:"migration"`
		Fields    []string `yaml:"fields"` // their columns
	} `yaml:"added,omitempty"`
}

// OpenProject reads the project at the root of fsys: go.mod and trexgen.yaml. A
// folder that is no project, or one whose files contradict each other, is a
// *BlockedError with all that is wrong.
func OpenProject(fsys fs.FS) (*Project, error) {
	m, err := readManifest(fsys)
	if err != nil {
		return nil, err
	}
	modulePath, err := readModule(fsys)
	if err != nil {
		return nil, err
	}
	var p problems
	project := &Project{FS: fsys, Blueprint: m.Blueprint}
	service, err := NewService(m.Service, modulePath)
	if err = p.merge(err); err != nil {
		return nil, err
	}
	service.Clients, err = ParseClients(m.Clients)
	if err != nil {
		p.addf("%s: %v", manifestFile, err)
	}
	project.Service = service
	if m.Module != modulePath {
		p.addf("%s says module %q, go.mod says %q: correct the one that is wrong", manifestFile, m.Module, modulePath)
	}
	for _, mk := range m.Kinds {
		k, err := mk.kind()
		if err = p.merge(err); err != nil {
			return nil, err
		}
		project.Kinds = append(project.Kinds, k)
	}
	if len(p) == 0 {
		var refs problems
		project.Kinds = refs.resolveRefs(nil, project.Kinds)
		for _, problem := range refs {
			p.addf("%s: %s", manifestFile, problem)
		}
	}
	if err := p.blocked(); err != nil {
		return nil, err
	}
	return project, nil
}

// NextMigrationID returns an id for a migration made now that sorts after all
// migrations of the project. Two of these with one number, as two branches may
// have made them, are a *BlockedError: the database would run neither.
func (p *Project) NextMigrationID(now time.Time) (string, error) {
	entries, err := fs.ReadDir(p.FS, migrationsDir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("look for migrations: %w", err)
	}
	var problems problems
	var taken []string
	named := map[string]string{}
	for _, e := range entries {
		m := migrationName.FindStringSubmatch(e.Name())
		if m == nil {
			continue
		}
		taken = append(taken, m[1])
		number := strings.TrimLeft(m[1], "0")
		if other := named[number]; other != "" {
			problems.addf("%s and %s have the same number: give the one that no database has run yet a higher number, in its name and in %s",
				path.Join(migrationsDir, other), path.Join(migrationsDir, e.Name()), manifestFile)
		}
		named[number] = e.Name()
	}
	return MigrationID(now, taken...), problems.blocked()
}

var migrationName = regexp.MustCompile(`^([0-9]+)_.*\.(?:sql|go)$`)

func readManifest(fsys fs.FS) (manifest, error) {
	src, err := fs.ReadFile(fsys, manifestFile)
	if errors.Is(err, fs.ErrNotExist) {
		return manifest{}, &BlockedError{Problems: []string{
			"there is no " + manifestFile + " here: go to the root of a project made by trexgen new, or name it with -C DIR"}}
	}
	if err != nil {
		return manifest{}, err
	}
	if problem := textProblem(manifestFile, src); problem != "" {
		return manifest{}, &BlockedError{Problems: []string{problem}}
	}
	var m manifest
	d := yaml.NewDecoder(bytes.NewReader(src))
	d.KnownFields(true) // a misspelt key must not pass for an absent one
	if err := d.Decode(&m); err != nil && !errors.Is(err, io.EOF) {
		return manifest{}, &BlockedError{Problems: []string{fmt.Sprintf("%s cannot be read: %v", manifestFile, err)}}
	}
	return m, nil
}

// textProblem tells what is wrong with a file that is not in UTF-8, or "".
func textProblem(file string, src []byte) string {
	switch {
	case !utf8.Valid(src), bytes.IndexByte(src, 0) >= 0:
		return file + " is not in UTF-8: save it in that encoding"
	case file == "go.mod" && bytes.HasPrefix(src, []byte("\uFEFF")):
		return file + " begins with a byte order mark, which the go command does not read: save it without"
	}
	return ""
}

func readModule(fsys fs.FS) (string, error) {
	src, err := fs.ReadFile(fsys, "go.mod")
	if errors.Is(err, fs.ErrNotExist) {
		return "", &BlockedError{Problems: []string{"there is no go.mod beside " + manifestFile + ": restore it, or run go mod init"}}
	}
	if err != nil {
		return "", err
	}
	if problem := textProblem("go.mod", src); problem != "" {
		return "", &BlockedError{Problems: []string{problem}}
	}
	modulePath := modfile.ModulePath(src)
	if modulePath == "" {
		return "", &BlockedError{Problems: []string{"go.mod has no module line: add one, such as module example.com/team/service"}}
	}
	return modulePath, nil
}

func (m manifestKind) kind() (Kind, error) {
	var p problems
	k, err := NewKind(m.Name, m.Plural, m.Fields...)
	if err = p.merge(err); err != nil {
		return Kind{}, err
	}
	if !isDigits(m.Migration) {
		p.addf("kind %s: the migration %q is no number", m.Name, m.Migration)
	}
	k.MigrationID = m.Migration
	for _, a := range m.Added {
		if !isDigits(a.Migration) {
			p.addf("kind %s: the migration %q is no number", m.Name, a.Migration)
		}
		k.Added = append(k.Added, Addition{a.Migration, a.Fields})
	}
	for i := range p {
		p[i] = manifestFile + ": " + p[i]
	}
	return k, p.invalid()
}

func isDigits(s string) bool {
	for i := range len(s) {
		if !isDigit(s[i]) {
			return false
		}
	}
	return s != ""
}
