package patch_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
	"pgregory.net/rapid"

	"github.com/trexgen/trexgen/internal/patch"
)

const widget = "name: Widget\nfields:\n  - weight:int\n\n  - note:text"

func named(name string) func(*yaml.Node) bool {
	return func(n *yaml.Node) bool {
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == "name" && n.Content[i+1].Value == name {
				return true
			}
		}
		return n.Value == name
	}
}

func TestInsertSequence(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, src, item, want string }{
		{"first", "kinds:\n  - c\nmore: 1\n", widget, "kinds:\n  - name: Widget\n    fields:\n      - weight:int\n\n      - note:text\n  - c\nmore: 1\n"},
		{"between", "kinds:\n- a\n\n- name: c\n  x: 1\n- d\n", "b", "kinds:\n- a\n\n- b\n- name: c\n  x: 1\n- d\n"},
		{"the first that matches", "kinds: [a, c, c]\n", "b", "kinds: [a, b, c, c]\n"},
		{"flow over lines", "kinds: [\n  a, # a\n  # of c\n  c\n]\n", "b", "kinds: [\n  a, b, # a\n  # of c\n  c\n]\n"},
		{
			"comments", "kinds: # all\n  # first\n  - name: a # a\n    # still of a\n\n  # apart\n\n  # of c\n# of c, too\n  - c\n", "b",
			"kinds: # all\n  # first\n  - name: a # a\n    # still of a\n\n  # apart\n\n  - b\n  # of c\n# of c, too\n  - c\n",
		},
		{"text that looks like a comment", "kinds:\n  - |\n    a\n    # no comment\n  - c\n", "b", "kinds:\n  - |\n    a\n    # no comment\n  - b\n  - c\n"},
		{"CRLF", "kinds:\r\n  - a\r\n  - c\r\n", "b: 1\nx: 2", "kinds:\r\n  - a\r\n  - b: 1\r\n    x: 2\r\n  - c\r\n"},
		{"no final newline", "kinds:\n  - c", "b", "kinds:\n  - b\n  - c"},
		{"byte order mark", "\ufeffkinds:\n  - c\n", "b", "\ufeffkinds:\n  - b\n  - c\n"},
		{"not there", "kinds:\n  - a\n", "b", "kinds:\n  - a\n  - b\n"},
		{"empty", "kinds: []\n", "b", "kinds:\n  - b\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := patch.InsertSequence([]byte(tt.src), []string{"kinds"}, named("c"), tt.item)
			if err != nil || string(got) != tt.want {
				t.Fatalf("insert: %v\ngot:\n%s\nwant:\n%s", err, got, tt.want)
			}
			match := named(strings.TrimPrefix(strings.SplitN(tt.item, "\n", 2)[0], "name: "))
			if strings.HasPrefix(tt.item, "b: 1") {
				match = func(n *yaml.Node) bool { return n.Kind == yaml.MappingNode }
			}
			if back, err := patch.RemoveSequenceItem(got, []string{"kinds"}, match); err != nil || string(back) != tt.src {
				t.Errorf("remove: %v\ngot:\n%s\nwant:\n%s", err, back, tt.src)
			}
		})
	}
	got, err := patch.InsertSequence([]byte("kinds: [c]\n"), []string{"kinds"}, named("c"), "a: 1\nb: 2")
	if missing := new(patch.NotFoundError); !errors.As(err, &missing) || missing.Code != "- a: 1\n  b: 2" || got != nil {
		t.Errorf("lines into brackets: got %q, %v, want the lines to write", got, err)
	}
}

func TestAppendSequence(t *testing.T) {
	t.Parallel()
	const block = "- name: Widget\n    fields:\n      - weight:int\n\n      - note:text\n"
	tests := []struct{ name, src, path, item, want string }{
		{"empty", "service: x # é\nkinds: []\n", "kinds", widget, "service: x # é\nkinds:\n  " + block},
		{"empty with a comment", "kinds: []   # none\n\nmore: 1\n", "kinds", widget, "kinds:   # none\n  " + block + "\nmore: 1\n"},
		{"no value", "kinds:\nmore: 1\n", "kinds", "a", "kinds:\n  - a\nmore: 1\n"},
		{"null", "kinds: null\nmore: 1\n", "kinds", "a", "kinds:\n  - a\nmore: 1\n"},
		{"block", "kinds:\n  - a\nmore: 1\n", "kinds", widget, "kinds:\n  - a\n  " + block + "more: 1\n"},
		{"block at the level of its key", "kinds:\n- a\n# of more\nmore: 1\n", "kinds", "b", "kinds:\n- a\n- b\n# of more\nmore: 1\n"},
		{"learns the indentation", "other:\n    - x\nkinds: []\n", "kinds", "a", "other:\n    - x\nkinds:\n    - a\n"},
		{
			"comments", "kinds: # all\n  # first\n  - name: A # a\n    # still of A\n\n  # nothing more\n\n# of more\nmore: 1\n", "kinds", "b",
			"kinds: # all\n  # first\n  - name: A # a\n    # still of A\n  - b\n\n  # nothing more\n\n# of more\nmore: 1\n",
		},
		{"text that looks like more", "kinds:\n  - |\n    a\n    # no comment\n\n  - \"b\n    c: d\"\n", "kinds", "e", "kinds:\n  - |\n    a\n    # no comment\n\n  - \"b\n    c: d\"\n  - e\n"},
		{"nested", "a:\n  b:\n    - x\n  c: 1\n", "a.b", "y", "a:\n  b:\n    - x\n    - y\n  c: 1\n"},
		{"in an item", "kinds:\n  - name: A\n    fields: []\n  - name: B\n    fields:\n      - x\n", "kinds.0.fields", "y", "kinds:\n  - name: A\n    fields:\n      - y\n  - name: B\n    fields:\n      - x\n"},
		{"flow", "kinds: [a, 'b, c' ] # two\n", "kinds", "d", "kinds: [a, 'b, c', d ] # two\n"},
		{"flow over lines", "kinds: [\n  a, # it's [a]\n  {x: [1, \"]\"]}\n]\n", "kinds", "d", "kinds: [\n  a, # it's [a]\n  {x: [1, \"]\"]}, d\n]\n"},
		{"empty flow in a flow", "x: {kinds: [], y: 1}\n", "x.kinds", "d", "x: {kinds: [d], y: 1}\n"},
		{"CRLF", "kinds:\r\n  - a\r\nmore: 1\r\n", "kinds", "b: 1\nc: 2", "kinds:\r\n  - a\r\n  - b: 1\r\n    c: 2\r\nmore: 1\r\n"},
		{"no final newline", "kinds:\n  - a", "kinds", "b", "kinds:\n  - a\n  - b"},
		{"no final newline, empty", "kinds: []", "kinds", "b", "kinds:\n  - b"},
		{"byte order mark", "\ufeffkinds: []\n", "kinds", "b", "\ufeffkinds:\n  - b\n"},
		{"quoted key", "'a: b': []\n", "a: b", "c", "'a: b':\n  - c\n"},
		{"several documents", "---\nkinds:\n  - a\n---\nkinds: []\n", "kinds", "b", "---\nkinds:\n  - a\n  - b\n---\nkinds: []\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			path := strings.Split(tt.path, ".")
			got, err := patch.AppendSequence([]byte(tt.src), path, tt.item)
			if err != nil || string(got) != tt.want {
				t.Fatalf("append: %v\ngot:\n%s\nwant:\n%s", err, got, tt.want)
			}
			oneByOne, err := patch.AppendSequence(got, path, "z")
			if err != nil {
				t.Fatal(err)
			}
			if atOnce, err := patch.AppendSequence([]byte(tt.src), path, tt.item, "z"); err != nil || !bytes.Equal(atOnce, oneByOne) {
				t.Errorf("two at once: %v\ngot:\n%s\nwant:\n%s", err, atOnce, oneByOne)
			}
			match := named(strings.TrimPrefix(strings.SplitN(tt.item, "\n", 2)[0], "name: "))
			if strings.HasPrefix(tt.item, "b: 1") {
				match = func(n *yaml.Node) bool { return n.Kind == yaml.MappingNode }
			}
			back, err := patch.RemoveSequenceItem(got, path, match)
			src := strings.Replace(tt.src, "null", "[]", 1)
			if tt.name == "no value" {
				src = strings.Replace(src, "kinds:", "kinds: []", 1)
			}
			if err != nil || string(back) != src {
				t.Errorf("remove after append: %v\ngot:\n%s\nwant:\n%s", err, back, src)
			}
		})
	}
}

func TestRemoveSequenceItem(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, src, item, want string }{
		{"first", "kinds:\n  # of a\n  - a\n  # of b\n  - b # b\n", "a", "kinds:\n  # of a\n  # of b\n  - b # b\n"},
		{"middle", "kinds:\n  - a\n  - name: b\n    x: 1\n\n  - c\n", "b", "kinds:\n  - a\n\n  - c\n"},
		{"last", "kinds:\n  - a\n\n  - b\n# end\n", "b", "kinds:\n  - a\n\n# end\n"},
		{"only", "kinds: # all\n  # one\n  - a\nmore: 1\n", "a", "kinds: [] # all\n  # one\nmore: 1\n"},
		{"dash on its own line", "kinds:\n  -\n    name: a\n  -\n    - b\n", "a", "kinds:\n  -\n    - b\n"},
		{"first of a flow", "kinds: [a, b]\n", "a", "kinds: [b]\n"},
		{"last of a flow", "kinds: [a , b ]\n", "b", "kinds: [a ]\n"},
		{"only of a flow", "kinds: [ a ]\n", "a", "kinds: [  ]\n"},
		{"absent", "kinds: [a]\n", "b", "kinds: [a]\n"},
		{"no newline", "kinds:\n  - a\n  - b", "b", "kinds:\n  - a"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := patch.RemoveSequenceItem([]byte(tt.src), []string{"kinds"}, named(tt.item))
			if err != nil || string(got) != tt.want {
				t.Errorf("got %v\n%s\nwant\n%s", err, got, tt.want)
			}
		})
	}
}

func TestSequenceErrors(t *testing.T) {
	t.Parallel()
	for _, src := range []string{
		"", "# nothing\n", "other: []\n", "kinds: {}\n", "kinds: text\n", "kinds: &k []\n", "kinds:\n  []\n", "kinds: [\n]\n",
		"a: &k []\nkinds: *k\n", "{kinds: []}\n", "- kinds\n",
	} {
		got, err := patch.AppendSequence([]byte(src), []string{"kinds"}, "name: A\nx: 1")
		var missing *patch.NotFoundError
		if !errors.As(err, &missing) || missing.Code != "- name: A\n  x: 1" {
			t.Errorf("append to %q: got %q, %v, want an error with the lines to add", src, got, err)
		}
	}
	if _, err := patch.AppendSequence([]byte("kinds: [\n"), []string{"kinds"}, "a"); err == nil {
		t.Error("a document that does not parse is no error")
	}
	if got, err := patch.AppendSequence([]byte("kinds: []\n"), []string{"kinds"}, "a: [1"); err == nil {
		t.Errorf("a broken item gives %q, want an error", got)
	}
	if got, err := patch.AppendSequence([]byte("kinds:\n  - a\n"), []string{"kinds"}, "b\n- c"); err == nil && !bytes.Contains(got, []byte("b\n    - c")) {
		t.Errorf("two items in one give %q, want an error or one item", got)
	}
}

func TestSequenceProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		pick := func(label string, options ...string) string { return rapid.SampledFrom(options).Draw(rt, label) }
		indent := pick("indent", "", "  ", "    ")
		src := pick("head", "", "# Kinds.\n", "service: ☃\n", "---\n") + "kinds:" + pick("behind", "", " # all")
		items := rapid.SliceOfN(rapid.SampledFrom([]string{
			"- a\n", "- name: x # y\n" + indent + "  z: 1\n", "- |-\n" + indent + "  text\n" + indent + "  # text\n", "- [1, 2]\n", "-\n" + indent + "  - n\n",
		}), 1, 4).Draw(rt, "items")
		src += "\n"
		for _, item := range items {
			src += pick("above", "", indent+"# above\n", "\n") + indent + item
		}
		src += pick("tail", "", "\n", "# tail\n", "more: 1\n", "\n# of more\nmore: []\n", "---\nx: 1\n")
		if rapid.Bool().Draw(rt, "no newline") {
			src = strings.TrimRight(src, "\n")
		}
		if rapid.Bool().Draw(rt, "crlf") {
			src = strings.ReplaceAll(src, "\n", "\r\n")
		}
		out, err := patch.AppendSequence([]byte(src), []string{"kinds"}, widget)
		if err != nil {
			rt.Fatalf("append: %v\n%s", err, src)
		}
		if pre, post := shared([]byte(src), out); pre+post < len(src) {
			rt.Fatalf("append changed %q\n%q\n%q", src[pre:len(src)-post], src, out)
		}
		back, err := patch.RemoveSequenceItem(out, []string{"kinds"}, named("Widget"))
		if err != nil || string(back) != src {
			rt.Fatalf("remove after append: %v\ngot:\n%q\nwant:\n%q\nbetween:\n%q", err, back, src, out)
		}
	})
}
