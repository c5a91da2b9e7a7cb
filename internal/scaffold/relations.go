package scaffold

import (
	"bytes"
	"fmt"
	"path"
	"regexp"
	"strings"
)

// A relation is what the database has under a name that no other table can have:
// a table, an index, a sequence, a view or a type.
type relation struct{ what, file string }

// relationsOf returns what the migrations leave behind, by name, but for those
// migrations whose ids are in skip. They are read in their order, since a table
// may be dropped or renamed by a later one. Migrations in Go tell nothing.
func relationsOf(w *workspace, skip map[string]bool) (map[string]relation, error) {
	found := map[string]relation{}
	for _, name := range w.files(migrationsDir) {
		m := migrationName.FindStringSubmatch(name)
		if m == nil || skip[m[1]] || path.Ext(name) != ".sql" {
			continue
		}
		file := path.Join(migrationsDir, name)
		src, err := w.read(file)
		if err != nil {
			return nil, err
		}
		migrate(found, file, src)
	}
	return found, nil
}

const sqlName = `((?:"[^"]+"|\w+)(?:\s*\.\s*(?:"[^"]+"|\w+))?)`

// relationStatement matches the beginning of a statement that creates, drops or
// renames a relation: the verb, the type of relation and what follows. An index
// may be without a name: CREATE INDEX ON "events".
var relationStatement = regexp.MustCompile(`(?is)\b(create|drop|alter)\s+(?:or\s+replace\s+|unique\s+|unlogged\s+|materialized\s+|foreign\s+)*` +
	`(table|index|sequence|view|type|domain)\s+(?:concurrently\s+)?(?:if\s+(?:not\s+)?exists\s+)?(?:only\s+)?([^;]*)`)

var (
	firstName   = regexp.MustCompile(`^` + sqlName)
	renaming    = regexp.MustCompile(`(?is)^` + sqlName + `\s+rename\s+to\s+` + sqlName)
	lineComment = regexp.MustCompile(`--[^\n]*`)
)

// migrate does to found what the statements of a migration that go up do.
func migrate(found map[string]relation, file string, src []byte) {
	up, _, _ := bytes.Cut(src, []byte("-- +goose Down"))
	up = lineComment.ReplaceAll(up, nil)
	for _, m := range relationStatement.FindAllSubmatchIndex(up, -1) {
		verb, what, rest := strings.ToLower(string(up[m[2]:m[3]])), strings.ToLower(string(up[m[4]:m[5]])), string(up[m[6]:m[7]])
		at := relation{what, fmt.Sprintf("%s:%d", file, 1+bytes.Count(up[:m[0]], []byte("\n")))}
		switch verb {
		case "create":
			name := firstName.FindString(rest)
			if what != "index" || !strings.EqualFold(name, "on") {
				found[relationName(name)] = at
			}
		case "drop":
			for name := range strings.SplitSeq(rest, ",") {
				delete(found, relationName(firstName.FindString(strings.TrimSpace(name))))
			}
		case "alter":
			if names := renaming.FindStringSubmatch(rest); names != nil {
				delete(found, relationName(names[1]))
				found[relationName(names[2])] = at
			}
		}
	}
}

// relationName returns a name of SQL as PostgreSQL keeps it, without a schema:
// public."Orders" ⇒ Orders, ORDERS ⇒ orders.
func relationName(name string) string {
	name = name[strings.LastIndex(name, ".")+1:]
	name = strings.TrimSpace(name)
	if strings.HasPrefix(name, `"`) {
		return strings.Trim(name, `"`)
	}
	return strings.ToLower(name)
}
