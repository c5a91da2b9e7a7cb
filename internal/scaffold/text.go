package scaffold

import (
	"bytes"
	"embed"
	"fmt"
	"strings"
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
	{"pkg/db/migrations/202601010001_add_fossil_entries.sql", parsedOnce("migration.sql.tmpl")},
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
	if err := t.Execute(&out, textData{service, kind, columns(kind)}); err != nil {
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
	return funcs
}

// requiredColumns returns the names of the fields that are required, as YAML.
func requiredColumns(fields []Field) []string {
	var names []string
	for _, f := range fields {
		if f.Required {
			names = append(names, yamlScalar(f.Column()))
		}
	}
	return names
}

// yamlWords are read as something else than text by some version of YAML.
var yamlWords = set("null true false yes no on off y n")

// yamlScalar returns letters, digits, _ and spaces as a YAML scalar that is text.
func yamlScalar(s string) string {
	if yamlWords[strings.ToLower(s)] {
		return "'" + s + "'"
	}
	return s
}

// metaColumns are what the table of every kind begins with.
var metaColumns = [][3]string{
	{"id", "uuid", "PRIMARY KEY"},
	{"created_at", "timestamptz", "NOT NULL"},
	{"updated_at", "timestamptz", "NOT NULL"},
	{"row_version", "bigint", "NOT NULL DEFAULT 1"},
}

// columns returns the lines of a kind's table, aligned.
func columns(k Kind) []string {
	rows := append([][3]string(nil), metaColumns...)
	for _, f := range k.Fields {
		row := [3]string{f.Column(), f.Type.Column}
		if f.Required {
			row[2] = "NOT NULL"
		}
		rows = append(rows, row)
	}
	names, types := 0, 0
	for _, r := range rows {
		names, types = max(names, len(r[0])), max(types, len(r[1]))
	}
	lines := make([]string, len(rows))
	for i, r := range rows {
		line := fmt.Sprintf("%-*s %-*s %s", names+2, `"`+r[0]+`"`, types, r[1], r[2])
		lines[i] = strings.TrimRight(line, " ")
	}
	return lines
}
