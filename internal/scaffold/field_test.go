package scaffold

import (
	"errors"
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

func TestFieldRefusals(t *testing.T) {
	t.Parallel()
	for spec, want := range map[string]string{
		"name":                              "has no type",
		"name:":                             "has no type",
		":string":                           "empty",
		"2fa:string":                        "begins with a digit",
		"a:strng":                           "did you mean string? there are string, text, int,",
		"a:integer":                         "did you mean int?",
		"a:string:reqired":                  "did you mean required? there are required, optional",
		"a:string:required:optional":        "choose one",
		"id:string":                         "every object has one",
		"Kind:string":                       "taken",
		"createdAt:time":                    "taken",
		"row_version:int":                   "taken",
		"object_meta:string":                "taken",
		"meta:string":                       "taken",
		"table_name:string":                 "taken",
		"not:ref(X)":                        "taken",
		"i_d:string":                        "would be called ID in Go, as id is",
		"a:string,a:int":                    "given twice",
		"owner:ref(X),owner_id:string":      "given twice",
		"userId:string,user_id:int":         "given twice",
		"api_key:int,a_p_i_key:int":         "both be called APIKey",
		"x_1:int,x1:int":                    "both be called X1",
		strings.Repeat("x", 64) + ":int":    "64 bytes",
		strings.Repeat("x", 61) + ":ref(X)": "64 bytes",

		"a:enum":                          "write enum(a|b|c)",
		"a:enum()":                        "write enum(a|b|c)",
		"a:enum(x|)":                      "empty value",
		"a:enum(x|y,b:int":                "( is never closed",
		"a:enum(x|y)z":                    "behind the )",
		"a:enum(x y|z)":                   "more than letters",
		"a:enum(x|x)":                     "twice",
		"a:enum(on-off|on_off)":           "one constant, …OnOff",
		"a:enum(-)":                       "no letter or digit",
		"a:enum(x|y):default=z":           "none of the values x, y",
		"a:enum(x|y):unique":              "no more objects than values",
		"a:enum(x|y):min=1":               "only numbers, texts and lists are bounded",
		"a:ref":                           "write ref(Kind)",
		"a:ref(2x)":                       "begins with a digit",
		"a:ref(X):default=y":              "no object is there from the start",
		"a:[]ref(X)":                      "make a kind for the connection",
		"a:[]json":                        "no lists of type json",
		"a:string(40)":                    "max=40",
		"a:[][]int":                       "unknown type",
		"a:string:max":                    "write max=40",
		"a:string:max=":                   "write max=40",
		"a:string:max=x":                  "no whole number from 0",
		"a:string:max=0":                  "always be empty",
		"a:string:max=10000001":           "no whole number from 0 to 10000000",
		"a:string:min=300":                "the 255 characters that a string has",
		"a:string:min=5:max=4":            "exchange them",
		"a:string:unique:max=601":         "the 600 characters that fit into an index",
		"a:string:index:max=601":          "the 600 characters that fit into an index",
		"a:string:unique:index":           "leave index out",
		"a:string:unique:default=x":       "cannot have the same default",
		"a:string:required=yes":           "takes no value",
		"a:string:max=4:max=5":            "max is given twice",
		"a:string:max=2:default=abc":      "the most is 2",
		"a:string:min=2:default=a":        "min is 2",
		"a:text:unique":                   "use string",
		"a:text:index":                    "use string",
		"a:bool:unique":                   "two objects at most",
		"a:json:unique":                   "2,700 bytes",
		"a:[]string:unique":               "lists are searched",
		"a:bool:max=1":                    "only numbers, texts and lists are bounded",
		"a:int:default=2147483648":        "from -2147483648 to 2147483647",
		"a:int:default=1.5":               "whole number",
		"a:int:min=2:default=1":           "min is 2",
		"a:int64:max=9223372036854775808": "9223372036854775807",
		"a:float:default=NaN":             "no number of 64 bits",
		"a:float:default=0x10":            "no number of 64 bits",
		"a:decimal:default=1e5":           "no decimal number",
		"a:decimal:default=1." + strings.Repeat("1", 65):        "more than 64 digits",
		"a:bool:default=yes":                                    "neither true nor false",
		"a:time:default=2026-01-02":                             "no moment",
		"a:time:default=2026-01-02T03:04:05Z":                   "a value with a colon stands in quotes",
		"a:time:default='2026-01-02T03:04:05.1234567Z'":         "finer than the microseconds",
		"a:time:default='0000-12-31T23:00:00Z'":                 "outside of the years",
		"a:date:default=2026-02-30":                             "no date",
		"a:date:default=0000-01-01":                             "no date",
		"a:uuid:default=x":                                      "no UUID",
		"a:uuid:default={018f2b6c-5a4e-7c3d-9b1a-0123456789ab}": "single quotes",
		"a:text:default='x":                                     "' is never closed",
		"a:text:default='x'y":                                   "behind its quotes",
		"a:text:default=it's":                                   "'it''s'",
		`a:text:default="x"`:                                    "write single ones",
		"a:text:default=two words":                              "a default with spaces or commas stands in quotes",
		"a:text:default='\x00'":                                 "",
		"a:text:default='\x00b'":                                "",
		"a:json:default=null":                                   "leave it out",
		"a:json:default=x":                                      "no JSON",
		`a:json:default={"a":1,"a":2}`:                          "no JSON",
		`a:json:default="\u0000"`:                               "NUL",
		"a:json:default=1e999":                                  "no room",
		"a:json:default={":                                      "{ is never closed",
		"a:[]int:default=5":                                     "no list in JSON",
		`a:[]int:default=["5"]`:                                 `has "5", which is no whole number`,
		`a:[]string:default=[5]`:                                "has 5, which is no text",
		`a:[]string:max=1:default=["a","b"]`:                    "the most is 1",
		`a:[]enum(x):default=["y"]`:                             "none of the values x",
		`a:[]int:default=[null]`:                                "no whole number",
	} {
		_, err := ParseFields(spec)
		var invalid *InvalidError
		if !errors.As(err, &invalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("ParseFields(%q): got %v, want an InvalidError with %q", spec, err, want)
		}
	}
	if _, err := ParseFields("a:text:default='\x00'"); err == nil || !strings.Contains(err.Error(), "NUL") {
		t.Errorf("a NUL byte: got %v", err)
	}
	if _, err := ParseFields("a:text:default='\xff'"); err == nil || !strings.Contains(err.Error(), "UTF-8") {
		t.Errorf("a broken text: got %v", err)
	}
}

func TestFieldsReportAllProblems(t *testing.T) {
	t.Parallel()
	_, err := ParseFields("id:string,a:strng,b:int:reqired,c:int,c:int")
	var invalid *InvalidError
	if !errors.As(err, &invalid) || len(invalid.Problems) != 4 {
		t.Errorf("got %v, want four problems", err)
	}
}
