package scaffold

import (
	"errors"
	"fmt"
	"path"
	"slices"

	"github.com/trexgen/trexgen/internal/scaffold/plan"
)

// FieldOptions says how fields are added to a kind.
type FieldOptions struct {
	// MigrationID is that of the migration that adds their columns.
	MigrationID string
	// Partial leaves lines that have no place in the files, as these are now, to
	// their owner: they are among the next steps of the plan.
	Partial bool
}

// PlanFields plans new fields of a kind: a line in each place of its files that
// has one for every field, and a migration that replicas of the release before
// survive. A kind that is not there is an *InvalidError; a place that is not
// found, or a field that is there, makes a *BlockedError with all that is in the
// way and the lines to add by hand.
func PlanFields(b *Blueprint, project *Project, name string, fields []Field, o FieldOptions) (*plan.Plan, error) {
	k, err := project.Kind(name)
	if err != nil {
		return nil, err
	}
	a := addition{blueprint: b, project: project, w: newWorkspace(project.FS), taken: b.takenPaths(project.Service), id: o.MigrationID, before: k}
	if err := a.resolve(fields); err != nil {
		return nil, err
	}
	for _, step := range []func() error{a.patchGo, a.patchGenerated, a.patchDocument, a.migrate, a.record} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	if err := a.blocked(o.Partial); err != nil {
		return nil, err
	}
	return a.w.plan(slices.Concat(a.byHand.steps(), a.next)...), nil
}

// addition is a kind that gets fields.
type addition struct {
	blueprint *Blueprint
	project   *Project
	w         *workspace
	taken     map[string]bool // paths of the service's own files
	id        string
	before    Kind
	kind      wiredKind // with the new fields
	fields    []Field   // the new ones
	problems  problems
	byHand    byHand
	next      []string
}

// resolve checks the new fields against all that is there.
func (a *addition) resolve(fields []Field) error {
	k := a.before
	var there problems
	for _, f := range fields {
		for _, g := range k.Fields {
			if f.Column() == g.Column() {
				there.addf("kind %s has the field %s already: choose another name, or change it by hand and with a migration of your own", k.Name, g)
			}
		}
	}
	if err := there.blocked(); err != nil {
		return err
	}
	k.Fields = slices.Concat(k.Fields, fields)
	var invalid problems
	invalid.checkFields(k.Fields)
	invalid.checkKindFields(k.Name, k.Fields)
	others := slices.DeleteFunc(slices.Clone(a.project.Kinds), func(other Kind) bool { return other.Name.Pascal() == k.Name.Pascal() })
	k = invalid.resolveRefs(others, []Kind{k})[0]
	if err := invalid.invalid(); err != nil {
		return err
	}
	a.kind = wiredKind{k, a.blueprint.kindRenamer(a.project.Service, k).Replace}
	a.fields = k.Fields[len(a.before.Fields):]
	return a.blueprint.checkEnums(a.w, &a.problems, a.project.Kinds, []Kind{a.only(a.fields...)})
}

// only is the kind with some of its fields, for what is rendered of them.
func (a *addition) only(fields ...Field) Kind { return Kind{Name: a.kind.Name, Fields: fields} }

// path returns where one of the exemplar's files is for the kind.
func (a *addition) path(file string) string {
	return kindPath(a.kind.named(file), file, a.taken)
}

// migrate adds the migration of the new columns.
func (a *addition) migrate() error {
	m, err := fieldMigration(a.kind.Kind, a.fields)
	var invalid *InvalidError
	if errors.As(err, &invalid) {
		a.problems = append(a.problems, invalid.Problems...)
		return nil
	}
	if err != nil {
		return err
	}
	name := fmt.Sprintf("%s_add_%s_to_%s.sql", a.id, a.fields[0].Column(), a.kind.Name.Many().Snake())
	if len(a.fields) > 1 {
		name = fmt.Sprintf("%s_add_%d_fields_to_%s.sql", a.id, len(a.fields), a.kind.Name.Many().Snake())
	}
	a.w.create(path.Join(migrationsDir, name), m.text, m.why)
	a.next = append(a.next, "make test")
	for _, step := range m.later {
		a.next = append(a.next, "in a later release, when no replica of the one before is left, a migration with: "+step)
	}
	return nil
}
