package scaffold

import (
	"path"
	"slices"
	"strings"
)

// tableFile is in the words of the exemplar.
const tableFile = migrationsDir + "/20260101000001_add_fossil_entries.sql"

// An Addition is a migration that added fields to a kind that was there.
type Addition struct {
	MigrationID string
	Columns     []string
}

// asAdded returns the kind as it was when its table was made.
func (k Kind) asAdded() Kind {
	k.Fields = slices.DeleteFunc(slices.Clone(k.Fields), func(f Field) bool {
		return slices.ContainsFunc(k.Added, func(a Addition) bool { return slices.Contains(a.Columns, f.Column()) })
	})
	k.Added = nil
	return k
}

// fieldsOf returns the fields that came with a migration.
func (k Kind) fieldsOf(a Addition) []Field {
	return slices.DeleteFunc(slices.Clone(k.Fields), func(f Field) bool { return !slices.Contains(a.Columns, f.Column()) })
}

// tableMigration returns the migration that makes the kind's table.
func (b *Blueprint) tableMigration(service Service, k Kind) ([]byte, error) {
	return renderText(templateFor(tableFile), service, k)
}

// migrationIDs returns the ids of the migrations that are the kinds' own.
func migrationIDs(kinds []Kind) map[string]bool {
	ids := map[string]bool{}
	for _, k := range kinds {
		ids[k.MigrationID] = true
		for _, a := range k.Added {
			ids[a.MigrationID] = true
		}
	}
	return ids
}

// migrationOf returns the name of the migration with this id, or "".
func migrationOf(w *workspace, id string) string {
	for _, name := range w.files(migrationsDir) {
		if m := migrationName.FindStringSubmatch(name); m != nil && m[1] == id {
			return name
		}
	}
	return ""
}

// Migrations returns the paths of the migrations that made the kind's table and
// added to it.
func (p *Project) Migrations(k Kind) []string {
	w := newWorkspace(p.FS)
	var files []string
	for _, a := range append([]Addition{{MigrationID: k.MigrationID}}, k.Added...) {
		if name := migrationOf(w, a.MigrationID); name != "" {
			files = append(files, path.Join(migrationsDir, name))
		}
	}
	return files
}

// Kind returns the kind of this name, in any spelling. If there is none, the
// error is an *InvalidError that lists those that are there.
func (p *Project) Kind(name string) (Kind, error) {
	n, err := ParseName(name, "")
	if err != nil {
		return Kind{}, err
	}
	var names []string
	for _, k := range p.Kinds {
		if k.Name.Flat() == n.Flat() {
			return k, nil
		}
		names = append(names, k.Name.Pascal())
	}
	var problems problems
	if len(names) == 0 {
		problems.addf("there is no kind %s: the project has no kinds yet", n)
	} else {
		problems.addf("there is no kind %s: there are %s", n, strings.Join(names, ", "))
	}
	return Kind{}, problems.invalid()
}
