package scaffold

import (
	"errors"
	"strings"
	"testing"
)

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
