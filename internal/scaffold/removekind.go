package scaffold

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/trexgen/trexgen/internal/scaffold/plan"
)

// A Removal says how a kind is removed.
type Removal struct {
	// MigrationID is that of the migration that drops the table.
	MigrationID string
	// NeverMigrated says that the kind's migrations have run on no database that
	// is to stay. They are deleted, where otherwise one more drops the table.
	NeverMigrated bool
	// Force deletes files that were edited too, and leaves it to their owner to
	// mend what else mentions the kind.
	Force bool
}

// PlanRemoval plans the removal of a kind: its lines in the files that list all
// kinds, its files, and its table. Migrations that may have run stay as they are.
// A kind that is not there is an *InvalidError; one that another kind refers to,
// that has edited files, or that other code mentions, is a *BlockedError with all
// that is in the way.
func PlanRemoval(b *Blueprint, project *Project, name string, r Removal) (*plan.Plan, error) {
	k, err := project.Kind(name)
	if err != nil {
		return nil, err
	}
	removal := removal{
		Removal:   r,
		blueprint: b,
		project:   project,
		kind:      wiredKind{k, b.kindRenamer(project.Service, k).Replace},
		w:         newWorkspace(project.FS),
	}
	for _, step := range []func() error{
		removal.checkReferences, removal.unwire, removal.deleteFiles, removal.dropTable, removal.checkMentions,
	} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	if err := removal.problems.blocked(); err != nil {
		return nil, err
	}
	return removal.w.plan("make test"), nil
}

// removal is a kind on its way out.
type removal struct {
	Removal
	blueprint *Blueprint
	project   *Project
	kind      wiredKind
	w         *workspace
	problems  problems
	referred  bool // other kinds refer to the kind
}

// checkReferences refuses a kind whose objects others refer to.
func (r *removal) checkReferences() error {
	for _, other := range r.project.Kinds {
		if other.Name.Pascal() == r.kind.Name.Pascal() {
			continue
		}
		for _, f := range other.Fields {
			if f.Ref.Pascal() == r.kind.Name.Pascal() {
				r.referred = true
				r.problems.addf("kind %s refers to it by its field %s: %s", other.Name, f, r.wayOut(other, f))
			}
		}
	}
	return nil
}

// wayOut says what to do about a reference. Of kinds that refer to each other,
// neither can go first.
func (r *removal) wayOut(other Kind, f Field) string {
	if !r.project.refers(r.kind.Kind, other, map[string]bool{}) {
		return fmt.Sprintf("remove kind %s first", other.Name)
	}
	return fmt.Sprintf("%s is referred to in turn, so take the field out by hand first: its lines in the files of %s and in %s, "+
		"and its column, by a migration with: ALTER TABLE %q DROP COLUMN %q;",
		other.Name, other.Name, manifestFile, other.Name.Many().Snake(), f.Column())
}

// refers tells whether a kind refers to another one, itself or by those that it
// refers to.
func (p *Project) refers(from, to Kind, seen map[string]bool) bool {
	seen[from.Name.Pascal()] = true
	for _, f := range from.Fields {
		i := slices.IndexFunc(p.Kinds, func(k Kind) bool { return f.isRef() && k.Name.Pascal() == f.Ref.Pascal() })
		if i < 0 || seen[p.Kinds[i].Name.Pascal()] {
			continue
		}
		if p.Kinds[i].Name.Pascal() == to.Name.Pascal() || p.refers(p.Kinds[i], to, seen) {
			return true
		}
	}
	return false
}

// deleteFiles deletes the kind's files, if they are as they were made.
func (r *removal) deleteFiles() error {
	files, err := r.files()
	if err != nil {
		return err
	}
	var edited []string
	for _, f := range files {
		now, err := r.w.read(f.path)
		if errors.Is(err, fs.ErrNotExist) {
			continue // somebody was faster
		}
		if err != nil {
			return err
		}
		if !f.generated && !sameText(now, f.made) {
			edited = append(edited, f.path)
		}
		r.w.delete(f.path, now, f.why)
	}
	if len(edited) > 0 && !r.Force {
		r.problems.addf("edited since they were made: save what is worth it, and give --force to delete them all the same:\n%s",
			strings.Join(edited, "\n"))
	}
	return nil
}

// A madeFile is a file of the kind as it was made.
type madeFile struct {
	path, why string
	made      []byte
	// generated files are not people's: make generate makes them of others.
	generated bool
}

// files returns what the removal deletes. Migrations are among them only if they
// never ran.
func (r *removal) files() ([]madeFile, error) {
	b := r.blueprint
	taken := b.takenPaths(r.project.Service)
	var files []madeFile
	for _, file := range b.kindFiles {
		k := r.kind
		if path.Dir(file) == migrationsDir {
			if !r.NeverMigrated {
				continue
			}
			k.Kind = k.asAdded()
		}
		made, err := b.kindFile(file, r.project.Service, k)
		if err != nil {
			return nil, err
		}
		files = append(files, madeFile{
			path:      kindPath(k.named(file), file, taken),
			why:       reason(file, k.Name),
			made:      made,
			generated: strings.HasSuffix(file, ".gen.go"),
		})
	}
	if !r.NeverMigrated {
		return files, nil
	}
	later, err := r.laterMigrations()
	return append(files, later...), err
}

// laterMigrations returns the migrations that added fields to the kind.
func (r *removal) laterMigrations() ([]madeFile, error) {
	var files []madeFile
	for _, a := range r.kind.Added {
		name := migrationOf(r.w, a.MigrationID)
		if name == "" {
			continue
		}
		made, err := fieldMigration(r.kind.Kind, r.kind.fieldsOf(a))
		if err != nil {
			return nil, err
		}
		files = append(files, madeFile{path: path.Join(migrationsDir, name), why: "added fields to " + r.kind.Name.Many().Words(), made: made.text})
	}
	return files, nil
}

// sameText compares files without regard to line endings, which git may change.
func sameText(a, b []byte) bool { return bytes.Equal(toLF(a), toLF(b)) }

func toLF(text []byte) []byte { return bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")) }

// unwire takes the kind out of the files that list all kinds.
func (r *removal) unwire() error {
	named := r.blueprint.serviceRenamer(r.project.Service).Replace
	for _, row := range wiring {
		if err := row.unwire(r.w, &r.problems, named, r.kind); err != nil {
			return err
		}
	}
	return nil
}

// dropTable adds the migration that drops the table, unless none has made it.
func (r *removal) dropTable() error {
	if r.NeverMigrated {
		return nil
	}
	made, err := r.blueprint.tableMigration(r.project.Service, r.kind.Kind)
	if err != nil {
		return err
	}
	table, source := r.kind.Name.Many().Snake(), r.kind.Name.Many().Pascal()
	text := fmt.Sprintf(dropText, r.kind.Name, table, source, upPart(made))
	name := r.MigrationID + "_drop_" + table + ".sql"
	r.w.create(path.Join(migrationsDir, name), []byte(text), "drops the table of "+r.kind.Name.Many().Words())
	return nil
}

// dropText is the migration that drops a table. Events that nobody will handle
// any more would be tried again for ever.
const dropText = `-- +goose Up
-- The kind %s is gone. Run this when no replica of a release that knows it is left.
DROP TABLE "%s";
DELETE FROM "events" WHERE "source" = '%s' AND "handled_at" IS NULL;

-- +goose Down
-- The table as it was; its rows are gone.
%s`

// upPart returns the statements of a migration that go up.
func upPart(migration []byte) string {
	_, up, _ := strings.Cut(string(migration), "-- +goose Up\n")
	up, _, _ = strings.Cut(up, "\n-- +goose Down\n")
	return up
}
