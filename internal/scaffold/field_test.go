package scaffold

import (
	"errors"
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
	if again := mustFields(t, specs...); len(again) != len(got) || again[0] != got[0] {
		t.Errorf("%v is read back as %v", got, again)
	}
}

func TestFieldTypesAreComplete(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, row := range FieldTypes() {
		if row.Key == "" || row.Doc == "" || row.Go == "" || row.Column == "" || row.Schema.Type == "" || row.Factory == "" {
			t.Errorf("row %q has an empty column: %+v", row.Key, row)
		}
		if seen[row.Key] {
			t.Errorf("type %q has two rows", row.Key)
		}
		seen[row.Key] = true
		if f := mustFields(t, "x:"+row.Key)[0]; f.Type.Key != row.Key || f.Required {
			t.Errorf("x:%s is read as %v", row.Key, f)
		}
	}
	for _, key := range strings.Fields("string int int64 float bool time") {
		if !seen[key] {
			t.Errorf("there is no type %s", key)
		}
	}
}

func TestFieldRefusals(t *testing.T) {
	t.Parallel()
	for spec, want := range map[string]string{
		"name":                           "has no type",
		"name:":                          "has no type",
		":string":                        "empty",
		"2fa:string":                     "begins with a digit",
		"a:strng":                        "there are string, int, int64, float, bool, time",
		"a:enum(x|y)":                    "there are string, int",
		"a:string:reqired":               "there are required, optional",
		"a:string:required:optional":     "choose one",
		"id:string":                      "every object has one",
		"Kind:string":                    "taken",
		"createdAt:time":                 "taken",
		"row_version:int":                "taken",
		"object_meta:string":             "taken",
		"meta:string":                    "taken",
		"table_name:string":              "taken",
		"a:string,a:int":                 "given twice",
		"userId:string,user_id:int":      "given twice",
		"api_key:int,a_p_i_key:int":      "both be called APIKey",
		"x_1:int,x1:int":                 "both be called X1",
		strings.Repeat("x", 64) + ":int": "64 bytes",
	} {
		_, err := ParseFields(spec)
		var invalid *InvalidError
		if !errors.As(err, &invalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("ParseFields(%q): got %v, want an InvalidError with %q", spec, err, want)
		}
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
