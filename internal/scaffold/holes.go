package scaffold

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/trexgen/trexgen/internal/patch"
)

// A hole is a region of one of the exemplar's files whose shape depends on the
// fields of the kind. All around it is copied, the hole is rendered. For the
// exemplar's own fields it renders the text that stands there.
type hole struct {
	file   string
	find   locate
	render func([]Field) (string, error)
}

// locate finds a hole in a file whose names have been rewritten by named.
type locate func(f *patch.File, named func(string) string) (patch.Region, error)

// holes is the table of them, files and names in the words of the exemplar.
var holes = []hole{
	{"pkg/api/fossil_entry.go", structBody("FossilEntry"), modelFields},

	{"pkg/api/presenters/fossil_entry.go", literalBody("PresentFossilEntry", "wire.FossilEntry", 5), presentElems},
	{"pkg/api/presenters/fossil_entry.go", literalBody("ConvertFossilEntry", "api.FossilEntry", 0), convertElems},
	{"pkg/api/presenters/fossil_entry.go", funcBody("ApplyFossilEntry"), applyStmts},

	{generatedFile, structBody("FossilEntry"), wireFields(wireObject, metaFields...)},
	{generatedFile, structBody("FossilEntryCreateRequest"), wireFields(wireCreate)},
	{generatedFile, structBody("FossilEntryPatchRequest"), wireFields(wirePatch)},

	{"test/factories/fossil_entries.go", literalBody("NewFossilEntry", "api.FossilEntry", 0), sampleElems},
	{"test/factories/fossil_entries.go", literalBody("FossilEntryFields", "[]Field", 0), factoryElems},
}

// generatedFile is what the OpenAPI generator makes for the exemplar. Rendering
// it saves running the generator, which needs the go command; that it would
// write the same bytes is proved by the made project's own test.
const generatedFile = "pkg/api/openapi/fossilentries/openapi.gen.go"

func structBody(typ string) locate {
	return func(f *patch.File, named func(string) string) (patch.Region, error) {
		return patch.StructBody(f, named(typ))
	}
}

func literalBody(fn, typ string, keep int) locate {
	return func(f *patch.File, named func(string) string) (patch.Region, error) {
		return patch.LiteralBody(f, named(fn), named(typ), keep)
	}
}

func funcBody(fn string) locate {
	return func(f *patch.File, named func(string) string) (patch.Region, error) {
		return patch.FuncBody(f, named(fn), 0, 0)
	}
}

// fillHoles renders the holes of a file. Its names have been rewritten already,
// so that nothing in the fields is taken for a name of the exemplar.
func fillHoles(file string, src []byte, named func(string) string, fields []Field) ([]byte, error) {
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
		region, err := h.find(parsed, named)
		if err != nil {
			return nil, err
		}
		text, err := h.render(fields)
		if err != nil {
			return nil, fmt.Errorf("%s: render: %w", file, err)
		}
		edits = append(edits, patch.Edit{Start: region.Start, End: region.End, New: text})
	}
	if parsed == nil {
		return src, nil
	}
	out, err := parsed.Apply(edits)
	if err != nil || !loseNames(src, edits) {
		return out, err
	}
	return patch.PruneImports(named(file), out) // without times there is no use for package time
}

// loseNames reports whether the edits take out all that they know of some package.
func loseNames(src []byte, edits []patch.Edit) bool {
	var after strings.Builder
	for _, e := range edits {
		after.WriteString(e.New + "\n")
	}
	for _, e := range edits {
		for _, name := range qualified.FindAll(src[e.Start:e.End], -1) {
			if !strings.Contains(after.String(), string(name)) {
				return true
			}
		}
	}
	return false
}

var qualified = regexp.MustCompile(`\b\w+\.`)
