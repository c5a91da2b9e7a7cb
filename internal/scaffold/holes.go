package scaffold

import (
	"bytes"
	"fmt"

	"github.com/trexgen/trexgen/internal/patch"
)

// A hole is a region of one of the exemplar's files whose shape depends on the
// fields of the kind. All around it is copied, the hole is rendered. For the
// exemplar's own fields it renders the text that stands there.
type hole struct {
	file   string
	find   locate
	render func(Kind) (string, error)
}

// locate finds a hole in a file whose names have been rewritten by named.
type locate func(f *patch.File, src []byte, named func(string) string) (patch.Region, error)

// holes is the table of them, files and names in the words of the exemplar.
var holes = []hole{
	{modelFile, structBody("FossilEntry"), modelFields},
	{modelFile, behindFunc("FossilEntry.TableName"), modelEnums},

	{presenterFile, literalBody("PresentFossilEntry", "wire.FossilEntry", 5), presentElems},
	{presenterFile, literalBody("ConvertFossilEntry", "api.FossilEntry", 0), convertElems},
	{presenterFile, funcBody("ApplyFossilEntry"), applyStmts},

	{daoFile, literalInside("NewFossilEntryDao", "[]Option"), daoOptions},

	{generatedFile, structBody("FossilEntry"), wireFields(wireObject, metaFields...)},
	{generatedFile, structBody("FossilEntryCreateRequest"), wireFields(wireCreate)},
	{generatedFile, structBody("FossilEntryPatchRequest"), wireFields(wirePatch)},

	{factoryFile, literalBody("FossilEntryFields", "[]Field", 0), factoryElems},
}

const (
	modelFile     = "pkg/api/fossil_entry.go"
	presenterFile = "pkg/api/presenters/fossil_entry.go"
	daoFile       = "pkg/dao/fossil_entry.go"
	factoryFile   = "test/factories/fossil_entries.go"
	// generatedFile is what the OpenAPI generator makes for the exemplar. Rendering
	// it saves running the generator, which needs the go command; that it would
	// write the same bytes is proved by the made project's own test.
	generatedFile = "pkg/api/openapi/fossilentries/openapi.gen.go"
)

func structBody(typ string) locate {
	return func(f *patch.File, _ []byte, named func(string) string) (patch.Region, error) {
		return patch.StructBody(f, named(typ))
	}
}

func literalBody(fn, typ string, keep int) locate {
	return func(f *patch.File, _ []byte, named func(string) string) (patch.Region, error) {
		return patch.LiteralBody(f, named(fn), named(typ), keep)
	}
}

// literalInside is literalBody from brace to brace, for a literal that may be
// empty: {} then stands on one line.
func literalInside(fn, typ string) locate {
	return func(f *patch.File, src []byte, named func(string) string) (patch.Region, error) {
		r, err := patch.LiteralBody(f, named(fn), named(typ), 0)
		if err != nil {
			return patch.Region{}, err
		}
		return patch.Region{Start: len(bytes.TrimRight(src[:r.Start], "\n")), End: r.End + bytes.IndexByte(src[r.End:], '}')}, nil
	}
}

func funcBody(fn string) locate {
	return func(f *patch.File, _ []byte, named func(string) string) (patch.Region, error) {
		return patch.FuncBody(f, named(fn), 0, 0)
	}
}

// behindFunc is all that follows a function.
func behindFunc(fn string) locate {
	return func(f *patch.File, src []byte, named func(string) string) (patch.Region, error) {
		r, err := patch.FuncBody(f, named(fn), 0, 0)
		if err != nil {
			return patch.Region{}, err
		}
		return patch.Region{Start: r.End + bytes.IndexByte(src[r.End:], '}') + 1, End: len(src)}, nil
	}
}

// fillHoles renders the holes of a file. Its names have been rewritten already,
// so that nothing in the fields is taken for a name of the exemplar.
func fillHoles(file string, src []byte, named func(string) string, kind Kind) ([]byte, error) {
	var parsed *patch.File
	var edits []patch.Edit
	for _, h := range holes {
		if h.file != file {
			continue
		}
		if parsed == nil {
			var err error
			if parsed, err = patch.Parse(named(file), src); err != nil {
				return nil, err
			}
		}
		region, err := h.find(parsed, src, named)
		if err != nil {
			return nil, err
		}
		text, err := h.render(kind)
		if err != nil {
			return nil, fmt.Errorf("%s: render: %w", file, err)
		}
		edits = append(edits, patch.Edit{Start: region.Start, End: region.End, New: text})
	}
	if parsed == nil {
		return src, nil
	}
	out, err := parsed.Apply(edits)
	if err != nil {
		return nil, err
	}
	return fitImports(named(file), src, out, edits)
}
