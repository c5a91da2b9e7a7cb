package scaffold

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/trexgen/trexgen/internal/patch"
	"github.com/trexgen/trexgen/internal/scaffold/plan"
)

// PlanFields plans new fields of a kind: a line in each place of its files that
// has one for every field, and a migration that replicas of the release before
// survive. A kind that is not there is an *InvalidError; a place that is not
// found, or a field that is there, makes a *BlockedError with all that is in the
// way and the lines to add by hand.
func PlanFields(b *Blueprint, project *Project, name string, fields []Field, migrationID string) (*plan.Plan, error) {
	k, err := project.Kind(name)
	if err != nil {
		return nil, err
	}
	a := addition{blueprint: b, project: project, w: newWorkspace(project.FS), id: migrationID, before: k}
	if err := a.resolve(fields); err != nil {
		return nil, err
	}
	for _, step := range []func() error{a.patchGo, a.patchGenerated, a.patchDocument, a.migrate, a.record} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	if err := a.problems.blocked(); err != nil {
		return nil, err
	}
	return a.w.plan(a.next...), nil
}

// addition is a kind that gets fields.
type addition struct {
	blueprint *Blueprint
	project   *Project
	w         *workspace
	id        string
	before    Kind
	kind      wiredKind // with the new fields
	fields    []Field   // the new ones
	problems  problems
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
	return kindPath(a.kind.named(file), file, a.blueprint.takenPaths(a.project.Service))
}

// A fieldPlace is where one of a kind's files has a line for every field: one row
// a place, as the holes have them for all fields at once.
type fieldPlace struct {
	file, why string
	// op returns the operation that adds the field of a kind that has but one; nil
	// if that is not to be found there.
	op func(one Kind) (patch.Op, error)
}

var fieldPlaces = []fieldPlace{
	{modelFile, "has the field", func(one Kind) (patch.Op, error) {
		line, err := modelFields(one)
		name, typ, _ := strings.Cut(strings.TrimSpace(line), " ")
		return patch.Field{Struct: one.Name.Pascal(), Name: name, Type: strings.TrimSpace(typ)}, err
	}},
	{modelFile, "has the type of the field", func(one Kind) (patch.Op, error) {
		code, err := modelEnums(one)
		if code = strings.TrimSpace(code); code == "" {
			return nil, err
		}
		return patch.Decl{Code: code}, err
	}},
	{presenterFile, "translates the field", elem("PresentFossilEntry", "wire.FossilEntry", presentElems)},
	{presenterFile, "translates the field", elem("ConvertFossilEntry", "api.FossilEntry", convertElems)},
	{presenterFile, "translates the field", func(one Kind) (patch.Op, error) {
		if one.Fields[0].Immutable {
			return nil, nil
		}
		code, err := applyStmts(one)
		return patch.Stmt{Func: "Apply" + one.Name.Pascal(), Code: strings.TrimSpace(code)}, err
	}},
	{daoFile, "searches through the field", elem("NewFossilEntryDao", "[]Option", daoOptions)},
	{factoryFile, "has samples of the field", elem("FossilEntryFields", "[]Field", factoryElems)},
}

// elem is an element of a literal in a function.
func elem(fn, typ string, render func(Kind) (string, error)) func(Kind) (patch.Op, error) {
	return func(one Kind) (patch.Op, error) {
		code, err := render(one)
		if code = strings.TrimSuffix(strings.TrimSpace(code), ","); code == "" {
			return nil, err
		}
		named := func(s string) string { return strings.ReplaceAll(s, "FossilEntry", one.Name.Pascal()) }
		return patch.LitElem{Func: named(fn), Type: named(typ), Expr: code}, err
	}
}

// patchGo adds the lines of the fields to the kind's Go files.
func (a *addition) patchGo() error {
	ops, whys := map[string][]patch.Op{}, map[string]string{}
	for _, place := range fieldPlaces {
		for _, f := range a.fields {
			op, err := place.op(a.only(f))
			if err != nil {
				return fmt.Errorf("%s: render: %w", place.file, err)
			}
			if op == nil {
				continue
			}
			file, err := a.locate(place.file, op)
			if err != nil {
				a.problems.addf("%s", withPath(a.path(place.file), err))
				continue
			}
			ops[file] = append(ops[file], op)
			ops[file] = append(ops[file], importsOf(op)...)
			whys[file] = place.why
		}
	}
	for _, file := range slices.Sorted(maps.Keys(ops)) {
		if err := a.patchFile(file, whys[file], ops[file]); err != nil {
			return err
		}
	}
	return nil
}

// locate returns the file that an operation applies to. Types go where the model
// is.
func (a *addition) locate(file string, op patch.Op) (string, error) {
	if _, isType := op.(patch.Decl); isType {
		op = patch.Field{Struct: a.kind.Name.Pascal(), Name: "X", Type: "int"}
	}
	return a.w.locate(a.path(file), op)
}

// importsOf returns what a file has to import for the code of an operation.
func importsOf(op patch.Op) []patch.Op {
	names := map[string]bool{}
	op.Rename(func(code string) string {
		addQualifiers(names, code)
		return code
	})
	var ops []patch.Op
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if p, ok := valuePackages[name]; ok {
			ops = append(ops, patch.Import{Path: p})
		}
	}
	return ops
}

func (a *addition) patchFile(file, why string, ops []patch.Op) error {
	before, err := a.w.read(file)
	if errors.Is(err, fs.ErrNotExist) {
		a.problems.addf("%s is not there: it %s; restore it", file, why)
		return nil
	}
	if err != nil {
		return err
	}
	after, err := addLines(file, before, ops)
	if err != nil {
		a.problems.addf("%s", withPath(file, err))
		return nil
	}
	a.w.modify(file, before, after, why)
	return nil
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
