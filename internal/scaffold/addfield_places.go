package scaffold

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/trexgen/trexgen/internal/patch"
)

// A fieldPlace is where one of a kind's files has a line for every field: one row
// a place, as the holes have them for all fields at once.
type fieldPlace struct {
	file, why string
	// fn is the function that the line is in, in the words of the exemplar, if it
	// is in one; params is what the line calls its parameters.
	fn     string
	params []string
	// op returns the operation that adds the field of a kind that has but one; nil
	// if that is not to be found there.
	op func(one Kind) (patch.Op, error)
}

var fieldPlaces = []fieldPlace{
	{file: modelFile, why: "has the field", op: func(one Kind) (patch.Op, error) {
		line, err := modelFields(one)
		name, typ, _ := strings.Cut(strings.TrimSpace(line), " ")
		return patch.Field{Struct: one.Name.Pascal(), Name: name, Type: strings.TrimSpace(typ)}, err
	}},
	{file: modelFile, why: "has the type of the field", op: func(one Kind) (patch.Op, error) {
		code, err := modelEnums(one)
		if code = strings.TrimSpace(code); code == "" {
			return nil, err
		}
		return patch.Decl{Code: code}, err
	}},
	elem(presenterFile, "translates the field", "PresentFossilEntry", "wire.FossilEntry", presentElems, "obj"),
	elem(presenterFile, "translates the field", "ConvertFossilEntry", "api.FossilEntry", convertElems, "in"),
	{presenterFile, "translates the field", "ApplyFossilEntry", []string{"obj", "patch"}, func(one Kind) (patch.Op, error) {
		if one.Fields[0].Immutable {
			return nil, nil
		}
		code, err := applyStmts(one)
		return patch.Stmt{Func: "Apply" + one.Name.Pascal(), Code: strings.TrimSpace(code)}, err
	}},
	elem(daoFile, "searches through the field", "NewFossilEntryDao", "[]Option", daoOptions),
	elem(factoryFile, "has samples of the field", "FossilEntryFields", "[]Field", factoryElems),
}

// elem is an element of a literal in a function.
func elem(file, why, fn, typ string, render func(Kind) (string, error), params ...string) fieldPlace {
	return fieldPlace{file, why, fn, params, func(one Kind) (patch.Op, error) {
		code, err := render(one)
		if code = strings.TrimSuffix(strings.TrimSpace(code), ","); code == "" {
			return nil, err
		}
		named := func(s string) string { return strings.ReplaceAll(s, "FossilEntry", one.Name.Pascal()) }
		return patch.LitElem{Func: named(fn), Type: named(typ), Expr: code}, err
	}}
}

// fileLines are the lines for one file.
type fileLines struct {
	whys []string
	ops  []patch.Op
}

// patchGo adds the lines of the fields to the kind's Go files.
func (a *addition) patchGo() error {
	files := map[string]*fileLines{}
	for _, place := range fieldPlaces {
		for _, f := range a.fields {
			op, err := place.op(a.only(f))
			if err != nil {
				return fmt.Errorf("%s: render: %w", place.file, err)
			}
			if op == nil {
				continue
			}
			file, op, err := a.locate(place, op)
			if err != nil {
				a.refuse(a.path(place.file), op, err)
				continue
			}
			if files[file] == nil {
				files[file] = &fileLines{}
			}
			files[file].whys = append(files[file].whys, place.why)
			files[file].ops = append(files[file].ops, op)
		}
	}
	for _, file := range slices.Sorted(maps.Keys(files)) {
		if err := a.patchFile(file, files[file]); err != nil {
			return err
		}
	}
	return nil
}

// locate returns the file that an operation applies to, and the operation in the
// words of that file. Types go where the model is.
func (a *addition) locate(place fieldPlace, op patch.Op) (string, patch.Op, error) {
	file := a.path(place.file)
	if _, isType := op.(patch.Decl); isType {
		found, err := a.w.locate(file, patch.Field{Struct: a.kind.Name.Pascal(), Name: "X", Type: "int"})
		return found, op, err
	}
	op, err := a.adapt(place, op)
	if err != nil {
		return "", op, err
	}
	found, err := a.w.locate(file, op)
	return found, op, err
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

// patchFile adds lines to a file. Where some of them have no place there, the
// others are added all the same, so that the plan can be a part.
func (a *addition) patchFile(file string, lines *fileLines) error {
	before, err := a.w.read(file)
	if errors.Is(err, fs.ErrNotExist) {
		for i, op := range lines.ops {
			a.byHand.addf("%s is not there: it %s; restore it, or add to what took its place:%s", file, lines.whys[i], indented(codeOf(op)))
		}
		return nil
	}
	if err != nil {
		return err
	}
	var ops []patch.Op
	for _, op := range lines.ops {
		ops = append(append(ops, op), importsOf(op)...)
	}
	after, err := addLines(file, before, ops)
	if err != nil {
		after = before
		for _, op := range lines.ops {
			out, err := addLines(file, after, append([]patch.Op{op}, importsOf(op)...))
			if err != nil {
				a.refuse(file, op, err)
				continue
			}
			after = out
		}
	}
	a.w.modify(file, before, after, strings.Join(slices.Compact(lines.whys), ", "))
	return nil
}
