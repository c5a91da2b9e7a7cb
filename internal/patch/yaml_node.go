package patch

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// A yamlNode is a list or a mapping in a YAML document, or the missing value of a key that is to hold one.
type yamlNode struct {
	src    []byte
	lines  []int // offsets of the lines' starts, and of the end
	path   []string
	kind   yaml.Kind // what it is, or is to be
	root   *yaml.Node
	key    *yaml.Node // nil at the root and in an item of a list
	node   *yaml.Node
	bound  int  // number of the first line that belongs to what follows
	inFlow bool // inside of {…} or […]
}

func (s *yamlNode) flow() bool { return s.node.Style&yaml.FlowStyle != 0 }

func (s *yamlNode) null() bool { return s.node.Tag == "!!null" }

// findNode finds what is at a path. An empty path is the document, and only a mapping can be there.
func findNode(src []byte, path []string, kind yaml.Kind) (*yamlNode, error) {
	s := &yamlNode{src: src, path: path, kind: kind, root: new(yaml.Node), lines: []int{0}}
	if bytes.HasPrefix(src, []byte("\ufeff")) {
		s.lines[0] = len("\ufeff")
	}
	if err := yaml.Unmarshal(src, s.root); err != nil {
		return nil, err
	}
	if text := bytes.ReplaceAll(src, []byte("\r\n"), []byte("\n")); bytes.IndexByte(text, '\r') >= 0 {
		line := 1 + bytes.Count(text[:bytes.IndexByte(text, '\r')], []byte("\n"))
		return nil, fmt.Errorf("line %d: a carriage return without a line feed ends a line for YAML, but hardly for anything else: delete it", line)
	}
	for i, c := range src {
		if c == '\n' && i+1 < len(src) {
			s.lines = append(s.lines, i+1)
		}
	}
	s.lines = append(s.lines, len(src))
	s.bound = len(s.lines)
	if len(s.root.Content) == 0 {
		s.root.Kind, s.root.Content = yaml.DocumentNode, []*yaml.Node{{Kind: yaml.ScalarNode, Tag: "!!null", Line: len(s.lines) - 1, Column: 1}}
	}
	s.node = s.root.Content[0]
	for n := s.node.Line + 1; n < s.bound; n++ {
		if l := s.text(n); strings.HasPrefix(l, "---") || strings.HasPrefix(l, "...") {
			s.bound = n
		}
	}
	for _, step := range path {
		if !s.descend(step) {
			return nil, s.notFound()
		}
	}
	bare := s.key == nil && kind == yaml.SequenceNode // a list of lists has no key to put [] behind
	if bare || s.node.Kind != kind && !s.null() {
		return nil, s.notFound()
	}
	return s, nil
}

// name is what messages call it.
func (s *yamlNode) name() string {
	kind := "list "
	if s.kind == yaml.MappingNode {
		kind = "mapping "
	}
	if len(s.path) == 0 {
		return "mapping in the document"
	}
	return kind + strings.Join(s.path, ".")
}

func (s *yamlNode) notFound() error { return &NotFoundError{Anchor: s.name()} }

// refuse says that it is there, but laid out in a way that only a person can edit.
func (s *yamlNode) refuse() error {
	line := s.node.Line
	if s.key != nil {
		line = s.key.Line
	}
	return &NotFoundError{Anchor: fmt.Sprintf("%s in block form (line %d)", s.name(), line)}
}

// descend steps into the value of a key, or into an item.
func (s *yamlNode) descend(step string) bool {
	content := s.node.Content
	s.inFlow = s.inFlow || s.flow()
	switch s.node.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(content); i += 2 {
			if content[i].Value != step {
				continue
			}
			s.key, s.node = content[i], content[i+1]
			if i+2 < len(content) {
				s.bound = min(s.bound, content[i+2].Line)
			}
			return true
		}
	case yaml.SequenceNode:
		i, err := strconv.Atoi(step)
		if err != nil || i < 0 || i >= len(content) {
			return false
		}
		if i+1 < len(content) && !s.inFlow {
			s.bound = min(s.bound, s.dashLine(content[i+1]))
		}
		s.key, s.node = nil, content[i]
		return true
	}
	return false
}

// text is the line of that number, counted from 1, without its ending.
func (s *yamlNode) text(n int) string {
	return strings.TrimRight(string(s.src[s.lines[n-1]:s.lines[n]]), "\r\n")
}

// offset turns a position in characters into one in bytes.
func (s *yamlNode) offset(n *yaml.Node) int {
	line := s.text(n.Line)
	start := s.lines[n.Line-1]
	column := 1
	for i := range line {
		if column == n.Column {
			return start + i
		}
		column++
	}
	return start + len(line)
}

// apply splices the edits and makes sure that they mean what they should: there are the wanted children, of which nil is
// any, and nothing has changed elsewhere.
func (s *yamlNode) apply(edits []Edit, want []*yaml.Node) ([]byte, error) {
	out, err := Apply(s.src, edits)
	if err != nil {
		return nil, err
	}
	got, err := findNode(out, s.path, s.kind)
	if err != nil || len(got.node.Content) != len(want) {
		return nil, s.refuse()
	}
	for i, n := range got.node.Content {
		if want[i] != nil && !sameNode(want[i], n) {
			return nil, s.refuse()
		}
	}
	*s.node, *got.node = yaml.Node{Line: s.node.Line}, yaml.Node{}
	if !sameNode(s.root, got.root) {
		return nil, s.refuse()
	}
	return out, nil
}

// sameNode compares what two nodes mean.
func sameNode(a, b *yaml.Node) bool {
	if a.Kind != b.Kind || a.Tag != b.Tag || a.Value != b.Value || a.Anchor != b.Anchor || len(a.Content) != len(b.Content) {
		return false
	}
	for i := range a.Content {
		if !sameNode(a.Content[i], b.Content[i]) {
			return false
		}
	}
	return true
}
