package patch

import (
	"bytes"
	"errors"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// AppendSequence adds items to the sequence at a path of keys (a number selects an item of a sequence on the way). An
// item is written without its dash; further lines are indented relative to the first one. [] and a key without a value
// become a block; a flow sequence with items stays one and takes items of one line. All other bytes stay as they are.
//
//	kinds: [] # none        ⇒ kinds: # none
//	                            - name: Widget
func AppendSequence(src []byte, path []string, items ...string) ([]byte, error) {
	clean := make([]string, len(items))
	for i, item := range items {
		clean[i] = strings.TrimSpace(strings.ReplaceAll(item, "\r\n", "\n"))
	}
	out, err := appendSequence(src, path, clean)
	var missing *NotFoundError
	if errors.As(err, &missing) {
		missing.Code = strings.TrimSuffix(blockItems("", clean, "\n"), "\n")
	}
	return out, err
}

func appendSequence(src []byte, path, items []string) ([]byte, error) {
	if len(items) == 0 {
		return src, nil
	}
	s, err := findSequence(src, path)
	if err != nil {
		return nil, err
	}
	var edits []Edit
	switch {
	case !s.flow() && len(s.node.Content) > 0:
		edits = s.appendBlock(items)
	case !s.inFlow && len(s.node.Content) == 0:
		edits, err = s.openBlock(items)
	default:
		edits, err = s.appendFlow(items)
	}
	if err != nil {
		return nil, err
	}
	return s.apply(edits, len(s.node.Content)+len(items), -1)
}

// RemoveSequenceItem deletes the first item that matches from the sequence at a path, with the comments inside of it but
// not those above it. It undoes AppendSequence: the last one leaves [] behind. Without a match it returns src itself.
func RemoveSequenceItem(src []byte, path []string, match func(*yaml.Node) bool) ([]byte, error) {
	s, err := findSequence(src, path)
	if err != nil {
		return nil, err
	}
	for i, n := range s.node.Content {
		if !match(n) {
			continue
		}
		var edits []Edit
		if s.flow() {
			edits, err = s.removeFlow(i)
		} else {
			edits, err = s.removeBlock(i)
		}
		if err != nil {
			return nil, err
		}
		return s.apply(edits, len(s.node.Content)-1, i)
	}
	return src, nil
}

// A sequence is a list in a YAML document, or the missing value of a key that is to hold one.
type sequence struct {
	src    []byte
	lines  []int // offsets of the lines' starts, and of the end
	path   []string
	root   *yaml.Node
	key    *yaml.Node
	node   *yaml.Node
	bound  int  // number of the first line that belongs to what follows
	inFlow bool // inside of {…} or […]
}

func (s *sequence) flow() bool { return s.node.Style&yaml.FlowStyle != 0 }

func findSequence(src []byte, path []string) (*sequence, error) {
	s := &sequence{src: src, path: path, root: new(yaml.Node), lines: []int{0}}
	if err := yaml.Unmarshal(src, s.root); err != nil {
		return nil, err
	}
	for i, c := range src {
		if c == '\n' && i+1 < len(src) {
			s.lines = append(s.lines, i+1)
		}
	}
	s.lines = append(s.lines, len(src))
	s.bound = len(s.lines)
	if len(s.root.Content) == 0 || len(path) == 0 {
		return nil, s.notFound()
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
	if s.key == nil || s.node.Kind != yaml.SequenceNode && s.node.Tag != "!!null" {
		return nil, s.notFound()
	}
	return s, nil
}

func (s *sequence) notFound() error {
	return &NotFoundError{Anchor: "list " + strings.Join(s.path, ".")}
}

// descend steps into the value of a key, or into an item.
func (s *sequence) descend(step string) bool {
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
func (s *sequence) text(n int) string {
	return strings.TrimRight(string(s.src[s.lines[n-1]:s.lines[n]]), "\r\n")
}

// offset turns a position in characters into one in bytes.
func (s *sequence) offset(n *yaml.Node) int {
	line := s.text(n.Line)
	start := s.lines[n.Line-1]
	if bytes.HasPrefix(s.src, []byte("\ufeff")) && n.Line == 1 {
		line, start = line[3:], start+3
	}
	column := 1
	for i := range line {
		if column == n.Column {
			return start + i
		}
		column++
	}
	return start + len(line)
}

// apply splices the edits and makes sure that they mean what they should: size items, without the one that was dropped
// the same ones, and nothing changed elsewhere.
func (s *sequence) apply(edits []Edit, size, dropped int) ([]byte, error) {
	out, err := Apply(s.src, edits)
	if err != nil {
		return nil, err
	}
	got, err := findSequence(out, s.path)
	if err != nil || len(got.node.Content) != size {
		return nil, s.refuse()
	}
	before, after := s.node.Content, got.node.Content
	if dropped >= 0 {
		before = append(append([]*yaml.Node{}, before[:dropped]...), before[dropped+1:]...)
	}
	for i := range min(len(before), len(after)) {
		if !sameNode(before[i], after[i]) {
			return nil, s.refuse()
		}
	}
	*s.node, *got.node = yaml.Node{}, yaml.Node{}
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
