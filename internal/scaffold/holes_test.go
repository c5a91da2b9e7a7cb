package scaffold

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gorm.io/gorm/schema"
	"pgregory.net/rapid"
)

func TestHolesRenderTheExemplar(t *testing.T) {
	t.Parallel()
	b := testBlueprint(t)
	same := func(s string) string { return s }
	for _, h := range holes {
		src := readFile(t, b.FS, h.file)
		got, err := fillHoles(h.file, src, same, b.Kind)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(src), string(got)); diff != "" {
			t.Errorf("%s (-blueprint +rendered):\n%s", h.file, diff)
		}
	}
}

func TestModelNamesColumnsThatGORMWouldMiss(t *testing.T) {
	t.Parallel()
	for spec, want := range map[string]bool{
		"species:string": true, "age_years:int": true, "layer2:int": true, "x2y_zz:int": false,
		"api_key:string": false, "oauth_token:string": false, "x_1:int": false, "x_y:int": false, "ipv4_range:string": false,
		"a:int": false, "e2e:bool": false,
	} {
		if got := ormKnows(mustFields(t, spec)[0]); got != want {
			t.Errorf("%s: known %t, want %t", spec, got, want)
		}
	}
	text, err := modelFields(mustKind(t, "Widget api_key:string,x_1:int:required", "", "1"))
	if err != nil || !strings.Contains(text, "`gorm:\"column:api_key\"`") || !strings.Contains(text, "`gorm:\"column:x_1\"`") {
		t.Errorf("got %s, %v", text, err)
	}
}

func TestWhatGORMKnowsIsItsOwnAnswer(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		spec := rapid.StringMatching(`[a-z][a-z0-9]{0,6}(_[a-z0-9]{1,6}){0,3}`).Draw(t, "name") + ":int"
		fields, err := ParseFields(spec)
		if err != nil {
			t.Skip("reserved")
		}
		f := fields[0]
		if got := (schema.NamingStrategy{}).ColumnName("", f.GoName()); ormKnows(f) && got != f.Column() {
			t.Errorf("GORM takes %s for %s, not %s", f.GoName(), got, f.Column())
		}
	})
}
