package scaffold

import (
	"maps"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

// replaceAll replaces in a file what has to be there.
func replaceAll(t *testing.T, project fstest.MapFS, file string, pairs ...string) {
	t.Helper()
	src := string(project[file].Data)
	for i := 0; i < len(pairs); i += 2 {
		re := regexp.MustCompile(pairs[i])
		if !re.MatchString(src) {
			t.Fatalf("%s has no %q", file, pairs[i])
		}
		src = re.ReplaceAllString(src, pairs[i+1])
	}
	project[file] = &fstest.MapFile{Data: []byte(src)}
}

// New lines are in the words of the function that they go to: its owner has changed
// these everywhere, so the same change makes the usual lines of the new ones.
func TestFieldsGoByTheNamesInTheFile(t *testing.T) {
	t.Parallel()
	b := testBlueprint(t)
	pristine := mustService(t, b, birds, mustKind(t, "Nest height:int:required", "", "202602030001"))
	usual := mustAddFields(t, b, pristine, "Nest", "202602050000", newFields...)
	const presenters, dao = "pkg/api/presenters/nest.go", "pkg/dao/nest.go"
	for name, c := range map[string]struct {
		file  string
		pairs []string
	}{
		"parameters":                {presenters, []string{`\bobj\b`, "own", `\bin\b`, "asked", `\bpatch\b`, "p"}},
		"the name of the models":    {presenters, []string{`(\t"[^"]*/pkg/api")`, "\tm $1", `\bapi\.`, "m."}},
		"the name of the generated": {presenters, []string{`\bwire\b`, "w"}},
		"no name for the generated": {presenters, []string{`\twire "`, "\t\"", `\bwire\.`, "nests."}},
		"the models of the store":   {dao, []string{`(\t"[^"]*/pkg/api")`, "\tm $1", `\bapi\.`, "m."}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			project, want := maps.Clone(pristine), maps.Clone(usual)
			replaceAll(t, project, c.file, c.pairs...)
			replaceAll(t, want, c.file, c.pairs...)
			got := mustAddFields(t, b, project, "Nest", "202602050000", newFields...)
			if got, want := squeeze(string(got[c.file].Data)), squeeze(string(want[c.file].Data)); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
	for name, c := range map[string]struct{ from, to, anchor string }{
		"a parameter without a name": {"func ApplyNest(obj *api.Nest, patch wire", "func ApplyNest(obj *api.Nest, _ wire", "parameter patch of func ApplyNest"},
		"values without names":       {"return &api.Nest{\n\t\tHeight: stored(in.Height),\n\t}", "return &api.Nest{api.Meta{}, stored(in.Height)}", "names of its fields in func ConvertNest"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			project := maps.Clone(pristine)
			edit(t, project, presenters, c.from, c.to)
			wantProblem(t, fieldsBlockedBy(t, project, "Nest", newFields...), presenters, c.anchor, "Shade")
		})
	}
}

// Properties are where the owner of the document has them.
func TestFieldsFindTheirSchema(t *testing.T) {
	t.Parallel()
	b := testBlueprint(t)
	pristine := mustService(t, b, birds, mustKind(t, "Nest height:int:required", "", "202602030001"))
	const document = "openapi/openapi.nests.yaml"
	const object = "        - $ref: 'openapi.yaml#/components/schemas/Object'\n"
	const made = "        - type: object\n          required: [height]\n          properties:\n            height:\n              type: integer\n              format: int32\n"
	const own = "      type: object\n      required: [height]\n      properties:\n        height:\n          type: integer\n          format: int32\n"
	for name, c := range map[string]struct{ to, required string }{
		"the parts in another order": {"      allOf:\n" + made + object, "          required: [height, shade, built_at]\n"},
		"behind other parts":         {"      allOf:\n" + object + "        - $ref: '#/components/schemas/NestList'\n" + made, "          required: [height, shade, built_at]\n"},
		"with nothing required":      {"      allOf:\n" + object + strings.ReplaceAll(made, "          required: [height]\n", ""), "          required: [shade, built_at]\n"},
		"without parts":              {own, "      required: [height, shade, built_at]\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			project := maps.Clone(pristine)
			edit(t, project, document, "      allOf:\n"+object+made, c.to)
			got := string(mustAddFields(t, b, project, "Nest", "202602050000", newFields...)[document].Data)
			_, schema, _ := strings.Cut(got, "    Nest:\n")
			schema, _, _ = strings.Cut(schema, "    NestCreateRequest:\n")
			for _, part := range []string{c.required, "shade:\n", "owner_id:\n", "built_at:\n"} {
				if !strings.Contains(schema, part) {
					t.Errorf("the schema has no %q:\n%s", part, schema)
				}
			}
		})
	}
}

// The generated types are as the generator would write them, whatever else the
// document makes it write.
func TestFieldsInGeneratedTypes(t *testing.T) {
	t.Parallel()
	b := testBlueprint(t)
	pristine := mustService(t, b, birds, mustKind(t, "Nest height:int:required", "", "202602030001"))
	const file = "pkg/api/openapi/nests/openapi.gen.go"
	edit(t, pristine, file, "type Nest struct {\n", "type Nest struct {\n\t// Address Where it is, see uuid.New.\n\tAddress *struct {\n"+
		"\t\tAble *string `json:\"able,omitempty\"`\n\t\tZip  *string `json:\"zip,omitempty\"`\n\t} `json:\"address,omitempty\"`\n")
	for name, c := range map[string]struct{ field, want string }{
		"in front":   {"about:bool:required", "type Nest struct {\n\tAbout bool `json:\"about\"`\n\n\t// Address Where"},
		"behind":     {"bee:bool:required", "\t} `json:\"address,omitempty\"`\n\tBee       bool      `json:\"bee\"`\n\tCreatedAt"},
		"at the end": {"zoo:bool:required", "UpdatedAt time.Time `json:\"updated_at\"`\n\tZoo       bool      `json:\"zoo\"`\n}"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := string(mustAddFields(t, b, pristine, "Nest", "202602050000", c.field)[file].Data)
			if !strings.Contains(got, c.want) {
				t.Errorf("got\n%.1800s\nwant %s", got, c.want)
			}
			if strings.Contains(got, "google/uuid") {
				t.Error("a word in a comment is imported")
			}
		})
	}
}

// On a checkout with carriage returns all lines keep theirs, and new ones have one.
func TestFieldsWithCarriageReturns(t *testing.T) {
	t.Parallel()
	b := testBlueprint(t)
	crlf := func(project fstest.MapFS) fstest.MapFS {
		out := fstest.MapFS{}
		for file, f := range project {
			out[file] = &fstest.MapFile{Data: []byte(strings.ReplaceAll(string(f.Data), "\n", "\r\n"))}
		}
		return out
	}
	pristine := mustService(t, b, birds, mustKind(t, "Person name:string", "", "202602030000"), mustKind(t, "Nest "+everyField[0], "", "202602030001"))
	want := crlf(mustAddFields(t, b, pristine, "Nest", "202602050000", everyField[1:]...))
	got := mustAddFields(t, b, crlf(pristine), "Nest", "202602050000", everyField[1:]...)
	for file := range got {
		if strings.HasSuffix(file, ".sql") && !strings.Contains(string(got[file].Data), "\r") {
			delete(got, file) // a new file is as git wants it
			delete(want, file)
		}
	}
	sameTree(t, want, got)
}
