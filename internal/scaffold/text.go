package scaffold

import (
	"bytes"
	"embed"
	"fmt"
	"sync"
	"text/template"

	"github.com/Masterminds/sprig/v3"
)

// Files of a kind that are not Go have no syntax tree to put fields into, so
// they are templates.
//
//go:embed templates/*.tmpl
var templateFiles embed.FS

// textFiles says which of the exemplar's files are made from which template.
var textFiles = []struct {
	file     string
	template textTemplate
}{
	{"pkg/db/migrations/20260101000001_add_fossil_entries.sql", parsedOnce("migration.sql.tmpl")},
	{"openapi/openapi.fossil_entries.yaml", parsedOnce("openapi.yaml.tmpl")},
}

// A textTemplate parses a template, at the first call: most runs need none, some
// render hundreds of kinds.
type textTemplate func() (*template.Template, error)

func parsedOnce(name string) textTemplate {
	return sync.OnceValues(func() (*template.Template, error) {
		src, err := templateFiles.ReadFile("templates/" + name)
		if err != nil {
			return nil, err
		}
		return template.New(name).Delims("[[", "]]").Option("missingkey=error").Funcs(textFuncs()).Parse(string(src))
	})
}

// textData is what a template sees.
type textData struct {
	Service Service
	Kind    Kind
	Columns []string // the lines of CREATE TABLE, without commas
	Indexes []string // what CREATE INDEX is for, besides the order of lists
}

// templateFor returns the template of one of the exemplar's files, or nil.
func templateFor(file string) textTemplate {
	for _, t := range textFiles {
		if t.file == file {
			return t.template
		}
	}
	return nil
}

// renderText renders one template for a kind.
func renderText(parse textTemplate, service Service, kind Kind) ([]byte, error) {
	t, err := parse()
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := t.Execute(&out, textData{service, kind, columns(kind), indexes(kind)}); err != nil {
		return nil, fmt.Errorf("render: %w", err)
	}
	return out.Bytes(), nil
}

// textFuncs are sprig's functions, without those that read the environment, and
// ours.
func textFuncs() template.FuncMap {
	funcs := sprig.TxtFuncMap()
	delete(funcs, "env")
	delete(funcs, "expandenv")
	funcs["scalar"] = yamlScalar
	funcs["required"] = requiredColumns
	funcs["schema"] = schemaLines
	funcs["usedIn"] = usedIn
	return funcs
}
