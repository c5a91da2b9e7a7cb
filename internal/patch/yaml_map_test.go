package patch_test

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
	"pgregory.net/rapid"

	"github.com/trexgen/trexgen/internal/patch"
)

const weight = "type: integer\nenum:\n  - 1\n\n  - 2 # two"

func TestInsertKey(t *testing.T) {
	t.Parallel()
	const nested = "weight:\n    type: integer\n    enum:\n      - 1\n\n      - 2 # two\n"
	tests := []struct{ name, src, path, value, before, want string }{
		{"behind the last", "p:\n  a: 1 # é\nq: 2\n", "p", "5", "", "p:\n  a: 1 # é\n  weight: 5\nq: 2\n"},
		{"in front", "p:\n  a: 1\n  b: 2\n", "p", "5", "b", "p:\n  a: 1\n  weight: 5\n  b: 2\n"},
		{"in front of the first", "p:\n  a: 1\n", "p", "5", "a", "p:\n  weight: 5\n  a: 1\n"},
		{"in front of a comment", "p:\n  a: 1\n\n  # of b\n  # too\n  b: 2\n", "p", "5", "b", "p:\n  a: 1\n\n  weight: 5\n  # of b\n  # too\n  b: 2\n"},
		{"the key to precede is not there", "p:\n  a: 1\n", "p", "5", "z", "p:\n  a: 1\n  weight: 5\n"},
		{"block", "p:\n  a: 1\n", "p", weight, "", "p:\n  a: 1\n  " + nested},
		{"learns the indentation", "p:\n    a: 1\n", "p", weight, "", "p:\n    a: 1\n    weight:\n        type: integer\n        enum:\n          - 1\n\n          - 2 # two\n"},
		{"list", "p:\n  a:\n  - 1\n", "p", "- x\n- y", "", "p:\n  a:\n  - 1\n  weight:\n  - x\n  - y\n"},
		{"list of one", "p:\n  a: 1\n", "p", "- x", "", "p:\n  a: 1\n  weight:\n    - x\n"},
		{"flow value", "p:\n  a: 1\n", "p", "{x: [1, 2]}", "", "p:\n  a: 1\n  weight: {x: [1, 2]}\n"},
		{"text", "p:\n  a: 1\n", "p", "|-\n  x\n\n  # y", "", "p:\n  a: 1\n  weight: |-\n    x\n\n    # y\n"},
		{"text written at the margin", "p:\n  a: 1\n", "p", "|-\nx\ny", "", "p:\n  a: 1\n  weight: |-\n    x\n    y\n"},
		{"no value", "p:\n  a: 1\n", "p", "", "", "p:\n  a: 1\n  weight:\n"},
		{"comment first", "p:\n  a: 1\n", "p", "# why\nx: 1", "", "p:\n  a: 1\n  weight:\n    # why\n    x: 1\n"},
		{"behind text", "p:\n  a: |\n    x\n    # no comment\n\n  # of q\nq: 2\n", "p", "5", "", "p:\n  a: |\n    x\n    # no comment\n  weight: 5\n\n  # of q\nq: 2\n"},
		{"root", "# head\na: 1\n# tail\n", "", "5", "", "# head\na: 1\nweight: 5\n# tail\n"},
		{"in front of the root's first", "# head\na: 1\n", "", "5", "a", "# head\nweight: 5\na: 1\n"},
		{"empty document", "", "", "5", "", "weight: 5\n"},
		{"document of comments", "# head\n", "", "5", "", "# head\nweight: 5\n"},
		{"braces for a document", "{}\n", "", weight, "", "weight:\n  type: integer\n  enum:\n    - 1\n\n    - 2 # two\n"},
		{"empty", "p: {}\nq: 2\n", "p", weight, "", "p:\n  " + nested + "q: 2\n"},
		{"empty with a comment", "p: { } # none\nq: 2\n", "p", "5", "", "p: # none\n  weight: 5\nq: 2\n"},
		{"null", "p: null\n", "p", "5", "", "p:\n  weight: 5\n"},
		{"no mapping", "p:\nq: 2\n", "p", "5", "", "p:\n  weight: 5\nq: 2\n"},
		{"flow", "p: {a: 1 , b: [2, '}'] } # c\n", "p", "5", "", "p: {a: 1 , b: [2, '}'], weight: 5 } # c\n"},
		{"flow, in front", "p: {a: 1 , b: 2}\n", "p", "x", "b", "p: {a: 1 , weight: x, b: 2}\n"},
		{"flow over lines", "p: {\n  a: 1, # a\n  b: 2,\n}\n", "p", "", "", "p: {\n  a: 1, # a\n  b: 2, weight: null,\n}\n"},
		{"empty flow in a flow", "x: {p: {}, y: 1}\n", "x|p", "5", "", "x: {p: {weight: 5}, y: 1}\n"},
		{"keys with dots, slashes and braces", "paths:\n  /a.b/{id}:\n    get: {}\n  /b: 1\n", "paths|/a.b/{id}", "5", "get", "paths:\n  /a.b/{id}:\n    weight: 5\n    get: {}\n  /b: 1\n"},
		{"in an item", "l:\n  - a: 1\n    b: 2\n  - c: 3\n", "l|0", "5", "", "l:\n  - a: 1\n    b: 2\n    weight: 5\n  - c: 3\n"},
		{"in front of an item's first", "l:\n- a: 1\n  b: 2\n", "l|0", weight, "a", "l:\n- weight:\n    type: integer\n    enum:\n      - 1\n\n      - 2 # two\n  a: 1\n  b: 2\n"},
		{"item without a pair", "l:\n  - {}\n", "l|0", "5", "", "l:\n  - {weight: 5}\n"},
		{"CRLF", "p:\r\n  a: 1\r\nq: 2\r\n", "p", "x: 1\ny: 2", "", "p:\r\n  a: 1\r\n  weight:\r\n    x: 1\r\n    y: 2\r\nq: 2\r\n"},
		{"no final newline", "p:\n  a: 1", "p", "5", "", "p:\n  a: 1\n  weight: 5"},
		{"text at the end without a newline", "p:\n  a: 1", "p", "|\n  x", "", "p:\n  a: 1\n  weight: |\n    x"},
		{"byte order mark", "\ufeffa: 1\n", "", "5", "a", "\ufeffweight: 5\na: 1\n"},
		{"several documents", "a: 1\n---\nb: 1\n", "", "5", "", "a: 1\nweight: 5\n---\nb: 1\n"},
		{"multi-byte keys", "ключ: {☃: 1, 'ü': 2}\n", "ключ", "ß", "ü", "ключ: {☃: 1, weight: ß, 'ü': 2}\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var path []string
			if tt.path != "" {
				path = strings.Split(tt.path, "|")
			}
			got, err := patch.InsertKey([]byte(tt.src), path, "weight", tt.value, tt.before)
			if err != nil || string(got) != tt.want {
				t.Fatalf("insert: %v\ngot:\n%s\nwant:\n%s", err, got, tt.want)
			}
			if twice, err := patch.InsertKey(got, path, "weight", tt.value, tt.before); err != nil || !bytes.Equal(twice, got) {
				t.Errorf("insert twice: %v\ngot:\n%s\nwant:\n%s", err, twice, got)
			}
			back, err := patch.RemoveKey(got, path, "weight")
			src := strings.NewReplacer("null", "{}", "{ }", "{}").Replace(tt.src)
			switch tt.name {
			case "no mapping":
				src = strings.Replace(src, "p:", "p: {}", 1)
			case "braces for a document":
				src = ""
			}
			if err != nil || string(back) != src {
				t.Errorf("remove after insert: %v\ngot:\n%s\nwant:\n%s", err, back, src)
			}
		})
	}
}

func TestRemoveKey(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, src, path, want string }{
		{"first", "p:\n  # of k\n  k: 1\n  # of b\n  b: 2\n", "p", "p:\n  # of k\n  # of b\n  b: 2\n"},
		{"with what is inside", "p:\n  k: # x\n    # y\n    z: 1\n\n  b: 2\n", "p", "p:\n\n  b: 2\n"},
		{"only", "p: # all\n  k: 1\nq: 2\n", "p", "p: {} # all\nq: 2\n"},
		{"first of an item", "l:\n  - k: 1\n    # of b\n    b: 2\n", "l|0", "l:\n  - # of b\n    b: 2\n"},
		{"only of an item", "l:\n  - k:\n      - 1 # one\n  - 2\n", "l|0", "l:\n  - {}\n  - 2\n"},
		{"first of a flow", "p: {k: 1, b: 2}\n", "p", "p: {b: 2}\n"},
		{"only of a flow", "p: { k: 1 }\n", "p", "p: {  }\n"},
		{"quoted", "p:\n  \"k\": 1\n  b: 2\n", "p", "p:\n  b: 2\n"},
		{"absent", "p:\n  b: 2\n", "p", "p:\n  b: 2\n"},
		{"no newline", "p:\n  a: 1\n  k: 2", "p", "p:\n  a: 1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := patch.RemoveKey([]byte(tt.src), strings.Split(tt.path, "|"), "k")
			if err != nil || string(got) != tt.want {
				t.Errorf("got %v\n%s\nwant\n%s", err, got, tt.want)
			}
		})
	}
}

func TestInsertKeyErrors(t *testing.T) {
	t.Parallel()
	for _, src := range []string{
		"", "q: {}\n", "p: []\n", "p: text\n", "p: &k {}\n", "p:\n  {}\n", "p: {a: 1}\n", "x: &k {}\np: *k\n", "- p\n", "? p\n: b: 1\n  ? c\n  : 2\n",
	} {
		got, err := patch.InsertKey([]byte(src), []string{"p"}, "k", "x: 1\ny:\n  - 2", "c")
		var missing *patch.NotFoundError
		if !errors.As(err, &missing) || missing.Code != "k:\n  x: 1\n  y:\n    - 2" {
			t.Errorf("insert into %q: got %q, %v, want an error with the lines to add", src, got, err)
		}
	}
	_, err := patch.InsertKey([]byte("# x\np:\n  b: 1\n  k: # why\n    x: 2\n"), []string{"p"}, "k", "x: 1", "")
	var conflict *patch.ConflictError
	if !errors.As(err, &conflict) || conflict.Line != 4 || conflict.Code != "k:\n  x: 1" {
		t.Errorf("another value is there: got %v, want a conflict in line 4", err)
	}
	for _, bad := range []struct{ key, value string }{{"k", "[1"}, {"k\nx", "1"}, {"k", "a: 1\n b: 2"}} {
		if got, err := patch.InsertKey([]byte("p:\n  b: 1\n"), []string{"p"}, bad.key, bad.value, ""); err == nil {
			t.Errorf("insert %q: %q gives %q, want an error", bad.key, bad.value, got)
		}
	}
	for _, value := range []string{"1\nk: 2", "1\n---\nx: 1", "a, b: 1"} {
		if got, err := patch.InsertKey([]byte("p: {b: 1}\n"), []string{"p"}, "k", value, ""); err == nil {
			t.Errorf("insert %q into a flow gives %q, want an error", value, got)
		}
	}
	if got, err := patch.InsertKey([]byte("p:\r\n  a: 1\r  b: 2\r\n"), []string{"p"}, "k", "1", ""); err == nil || !strings.HasPrefix(err.Error(), "line 2: a carriage return") {
		t.Errorf("insert between carriage returns: got %q, %v, want an error about line 2", got, err)
	}
	if got, err := patch.RemoveKey([]byte("p: 1\n"), []string{"p"}, "k"); err == nil {
		t.Errorf("remove from a number gives %q, want an error", got)
	}
}

// Whatever key is given, it is read back as the string that it was.
func TestInsertKeyQuotes(t *testing.T) {
	t.Parallel()
	for _, src := range []string{"p:\n  a: 1\n", "p: {a: 1}\n"} {
		for _, key := range []string{"404", "true", "null", "a: b", "/x/{id}", "#x", "- x", "it's", "[a, b]", "\"q\"", "", "☃", "*x", "@x", " x "} {
			out, err := patch.InsertKey([]byte(src), []string{"p"}, key, "2", "")
			if err != nil {
				t.Errorf("insert %q: %v", key, err)
				continue
			}
			var got map[string]map[any]any
			if err := yaml.Unmarshal(out, &got); err != nil || got["p"][key] != 2 {
				t.Errorf("insert %q gives %s, which is %v, %v", key, out, got, err)
			}
			if back, err := patch.RemoveKey(out, []string{"p"}, key); err != nil || string(back) != src {
				t.Errorf("remove %q gives %q, %v, want %q", key, back, err, src)
			}
		}
	}
}

func TestInsertKeyProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		src, indent := drawMapping(rt)
		value := rapid.SampledFrom([]string{"5", weight, "- a\n- b: 1", "|-\n  x\n\n  y", "{a: 1}", "\"a\n  b\"", "", "- |-\n  a", "'☃'"}).Draw(rt, "value")
		before := rapid.SampledFrom([]string{"", "k0", "k1", "k9"}).Draw(rt, "before")
		out, err := patch.InsertKey([]byte(src), []string{"p"}, "/x/{id}", value, before)
		if err != nil {
			rt.Fatalf("insert %q: %v\n%s", value, err, src)
		}
		if pre, post := shared([]byte(src), out); pre+post < len(src) {
			rt.Fatalf("insert changed %q\n%q\n%q", src[pre:len(src)-post], src, out)
		}
		var got, want struct{ P map[string]any }
		var added any
		if err := errors.Join(yaml.Unmarshal(out, &got), yaml.Unmarshal([]byte(src), &want), yaml.Unmarshal([]byte(value), &added)); err != nil {
			rt.Fatalf("%v\n%s", err, out)
		}
		want.P["/x/{id}"] = added
		if !reflect.DeepEqual(got, want) {
			rt.Fatalf("got %v, want %v\n%s", got, want, out)
		}
		if twice, err := patch.InsertKey(out, []string{"p"}, "/x/{id}", value, before); err != nil || !bytes.Equal(twice, out) {
			rt.Fatalf("insert twice: %v\n%s", err, twice)
		}
		back, err := patch.RemoveKey(out, []string{"p"}, "/x/{id}")
		if err != nil || string(back) != src {
			rt.Fatalf("remove after insert, indented by %q: %v\ngot:\n%q\nwant:\n%q\nbetween:\n%q", indent, err, back, src, out)
		}
	})
}

// drawMapping draws a document with a mapping p that has the keys k0, k1 and so on.
func drawMapping(rt *rapid.T) (src, indent string) {
	pick := func(label string, options ...string) string { return rapid.SampledFrom(options).Draw(rt, label) }
	indent = pick("indent", "  ", "    ", " ")
	src = pick("head", "", "# API.\n", "o: ☃\n", "---\n") + "p:" + pick("behind", "", " # all") + "\n"
	for i := range rapid.IntRange(1, 3).Draw(rt, "pairs") {
		src += pick("above", "", indent+"# above\n", "\n", "\n# out\n") + indent + fmt.Sprintf(pick("key", "k%d", "'k%d'"), i) + ":" + pick("value",
			" 1\n", " # v\n"+indent+"  a: 1\n", " |-\n"+indent+"  text\n"+indent+"  # text\n", " {a: 1}\n", "\n"+indent+"- x\n",
			" \"a\n"+indent+"  b: 1\" # c\n", "\n", "\n"+indent+"   - n: 1\n"+indent+"     # deep\n")
	}
	src += pick("tail", "", "\n", "# tail\n", "q: 1\n", "\n# of q\nq: {}\n", "---\nx: 1\n", "...\n")
	if rapid.Bool().Draw(rt, "no newline") {
		src = strings.TrimRight(src, "\n")
	}
	if rapid.Bool().Draw(rt, "crlf") {
		src = strings.ReplaceAll(src, "\n", "\r\n")
	}
	if rapid.Bool().Draw(rt, "bom") {
		src = "\ufeff" + src
	}
	return src, indent
}
