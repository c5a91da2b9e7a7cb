package scaffold

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

func mustFields(t testing.TB, specs ...string) []Field {
	t.Helper()
	fields, err := ParseFields(specs...)
	if err != nil {
		t.Fatal(err)
	}
	return fields
}

func TestFieldNames(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ spec, column, goName, wire string }{
		{"name:string", "name", "Name", "Name"},
		{"api_key:string", "api_key", "APIKey", "ApiKey"},
		{"APIKey:string", "api_key", "APIKey", "ApiKey"},
		{"foundAt:time", "found_at", "FoundAt", "FoundAt"},
		{"x2y_3z:int", "x2y_3z", "X2y3z", "X2y3z"},
		{"OAuthToken:string", "oauth_token", "OAuthToken", "OauthToken"},
		{"type:string", "type", "Type", "Type"},
		{"select:bool", "select", "Select", "Select"},
		{"user-id:int64", "user_id", "UserID", "UserId"},
	} {
		f := mustFields(t, c.spec)[0]
		if f.Column() != c.column || f.GoName() != c.goName || f.WireName() != c.wire {
			t.Errorf("%s: got %s, %s, %s, want %s, %s, %s", c.spec, f.Column(), f.GoName(), f.WireName(), c.column, c.goName, c.wire)
		}
	}
}

func TestRefusedFieldsAreOfferedANameThatWillDo(t *testing.T) {
	t.Parallel()
	refused := []string{"i_d", strings.Repeat("x", maxIdentifier+1), "a" + strings.Repeat("_word", 13)}
	for column := range reservedFields {
		refused = append(refused, column)
	}
	for _, name := range refused {
		_, err := ParseFields(name + ":string")
		if err == nil {
			t.Errorf("%s is accepted", name)
			continue
		}
		_, instead, _ := strings.Cut(err.Error(), ": call it ")
		if instead == "" {
			_, instead, _ = strings.Cut(err.Error(), ": shorten it, to ")
		}
		if _, err := ParseFields(instead + ":string"); err != nil {
			t.Errorf("instead of %s it offers %q: %v", name, instead, err)
		}
	}
}

func TestFieldsAreReadFromListsAndRepeats(t *testing.T) {
	t.Parallel()
	got := mustFields(t, "a:string:required, b:int", "", "c:bool:optional,")
	var specs []string
	for _, f := range got {
		specs = append(specs, f.String())
	}
	const want = "a:string:required b:int c:bool"
	if s := strings.Join(specs, " "); s != want {
		t.Errorf("got %s, want %s", s, want)
	}
	if again := mustFields(t, specs...); !reflect.DeepEqual(got, again) {
		t.Errorf("%v is read back as %v", got, again)
	}
}

// sampleSpec is a field of the type, without modifiers.
func sampleSpec(t FieldType) string {
	arg := map[string]string{"enum": "(a|b)", "ref": "(Widget)"}[t.Key]
	return "x:" + t.Key + arg
}

func TestFieldTypesAreComplete(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, row := range FieldTypes() {
		if row.Key == "" || row.Doc == "" || row.Go == "" && row.Key != "enum" || row.Column == "" || row.Factory == "" ||
			row.Schema.Type == "" && row.Schema.GoType == "" || row.value.parse == nil {
			t.Errorf("row %q has an empty column: %+v", row.Key, row)
		}
		if seen[row.Key] {
			t.Errorf("type %q has two rows", row.Key)
		}
		seen[row.Key] = true
		if f := mustFields(t, sampleSpec(row))[0]; f.Type.Key != row.Key || f.Required {
			t.Errorf("%s is read as %v", sampleSpec(row), f)
		}
		for key := range row.refuses {
			if key != "[]" && !slices.ContainsFunc(Modifiers(), func(m Modifier) bool { return m.Key == key }) {
				t.Errorf("type %s refuses the modifier %q, which there is not", row.Key, key)
			}
		}
	}
	for _, key := range strings.Fields("string text int int64 float decimal bool time date uuid json enum ref") {
		if !seen[key] {
			t.Errorf("there is no type %s", key)
		}
	}
}

func TestFieldsAreReadInAnySpellingAndWrittenInOne(t *testing.T) {
	t.Parallel()
	for spec, want := range map[string]string{
		"a:string:max=40:required":                            "a:string:required:max=40",
		"a : string : required":                               "a:string:required",
		"a:text:default=''":                                   "a:text:default=''",
		"a:text:default='it''s: a, b (c|d)'":                  "a:text:default='it''s: a, b (c|d)'",
		"a:text:default=na\u00efve":                           "a:text:default=na\u00efve",
		"a:text:default='plain'":                              "a:text:default=plain",
		"a:text:default='line\nbreak\t'":                      "a:text:default='line\nbreak\t'",
		"a:int:min=-5:max=+7:default=007":                     "a:int:min=-5:max=7:default=7",
		"a:int64:max=9223372036854775807":                     "a:int64:max=9223372036854775807",
		"a:float:default=1e3:min=-1.50:max=1e300":             "a:float:min=-1.5:max=1e+300:default=1000",
		"a:decimal:default=001.50:min=-0.0":                   "a:decimal:min=0:default=1.5",
		"a:decimal:max=99999999999999999999.99":               "a:decimal:max=99999999999999999999.99",
		"a:bool:default=false":                                "a:bool:default=false",
		"a:time:default='2026-01-02T04:04:05.50+01:00'":       "a:time:default='2026-01-02T03:04:05.5Z'",
		"a:date:default=2026-02-28":                           "a:date:default=2026-02-28",
		"a:uuid:default=018F2B6C-5A4E-7C3D-9B1A-0123456789AB": "a:uuid:default=018f2b6c-5a4e-7c3d-9b1a-0123456789ab",
		`a:json:default={"b": [1, "c, d:e"], "f": "}"}`:       `a:json:default={"b":[1,"c, d:e"],"f":"}"}`,
		`a:json:default="x y"`:                                `a:json:default="x y"`,
		`a:json:default='{"a": 1}'`:                           `a:json:default={"a":1}`,
		"a:enum( x | y-z |2):default=y-z":                     "a:enum(x|y-z|2):default=y-z",
		"a:[]enum(x|y):min=1:index":                           "a:[]enum(x|y):index:min=1",
		`a:[]string:default=["b, c", "d"]:max=3`:              `a:[]string:max=3:default=["b, c","d"]`,
		"a:[]int:default=[ 1, 2 ]":                            "a:[]int:default=[1,2]",
		"owner:ref(order-item)":                               "owner:ref(OrderItem)",
		"owner_id:ref(Person):index":                          "owner:ref(Person)",
		"ownerID:ref(person):unique:required":                 "owner:ref(Person):required:unique",
		"a:string:unique:immutable:optional":                  "a:string:unique:immutable",
	} {
		fields, err := ParseFields(spec)
		if err != nil {
			t.Errorf("%s: %v", spec, err)
			continue
		}
		if len(fields) != 1 || fields[0].String() != want {
			t.Errorf("%s is written %v, want %s", spec, fields, want)
			continue
		}
		if again := mustFields(t, want); !reflect.DeepEqual(fields, again) {
			t.Errorf("%s is read back as %+v, want %+v", want, again, fields)
		}
	}
}

func TestRefsAreCalledAfterTheKindTheyReferTo(t *testing.T) {
	t.Parallel()
	f := mustFields(t, "parent_id:ref(fossil-entry)")[0]
	if f.Column() != "parent_id" || f.GoName() != "ParentID" || f.WireName() != "ParentId" || f.Name.Snake() != "parent" || f.Ref.Pascal() != "FossilEntry" {
		t.Errorf("got %s, %s, %s, %s, %s", f.Column(), f.GoName(), f.WireName(), f.Name.Snake(), f.Ref)
	}
}
