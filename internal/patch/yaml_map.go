package patch

import (
	"errors"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// InsertKey adds key: value to the mapping at a path of keys, the document's own if the path is empty (a number selects an
// item of a sequence on the way): in front of the key before and the comments that touch it, behind the last pair if there
// is no such key. The value is written as at the start of a line; a block goes to the lines below the key, indented as the
// document indents. {} and a key without a value become a block; a flow mapping with pairs stays one and takes values of
// one line. All other bytes stay as they are.
//
// If the key is there with that value, the result is src itself; another value is a [*ConflictError].
//
//	paths: {} # none        ⇒ paths: # none
//	                            /birds:
//	                              get: {}
func InsertKey(src []byte, path []string, key, value, before string) ([]byte, error) {
	p, err := newPair(key, value)
	if err != nil {
		return nil, err
	}
	out, err := p.insert(src, path, before)
	var missing *NotFoundError
	if errors.As(err, &missing) {
		missing.Code = p.lines()
	}
	return out, err
}

// RemoveKey deletes a key and its value from the mapping at a path, with the comments inside of it but not those above it.
// It undoes InsertKey: the last one leaves {} behind, or an empty document. Without the key it returns src itself.
func RemoveKey(src []byte, path []string, key string) ([]byte, error) {
	s, err := findNode(src, path, yaml.MappingNode)
	if err != nil {
		return nil, err
	}
	i := s.index(key)
	if i < 0 {
		return src, nil
	}
	var edits []Edit
	if s.flow() {
		edits, err = s.removeFlowPair(i)
	} else {
		edits, err = s.removeBlockPair(i)
	}
	if err != nil {
		return nil, err
	}
	return s.apply(edits, slices.Delete(slices.Clone(s.node.Content), 2*i, 2*i+2))
}

// index is which pair of the mapping has a key, -1 if none.
func (s *yamlNode) index(key string) int {
	for i := 0; i+1 < len(s.node.Content); i += 2 {
		if s.node.Content[i].Value == key {
			return i / 2
		}
	}
	return -1
}

// A pair is a key with its value, as they are to be written.
type pair struct {
	name  string
	key   string // name as YAML
	value string
	node  *yaml.Node // what value means; nil if it is null
	last  *yaml.Node // what it means at the end of a file without a final newline: text may lose its own
	list  bool
	below bool // the value starts on the line below the key
}

func newPair(name, value string) (pair, error) {
	key, err := yaml.Marshal(name)
	if err != nil || strings.Count(string(key), "\n") != 1 {
		return pair{}, badCode("key", name, errors.New("not one line of YAML"))
	}
	p := pair{name: name, key: strings.TrimSuffix(string(key), "\n")}
	if strings.HasPrefix(p.key, `"`) && !strings.Contains(p.key, `\`) { // single quotes do where nothing is escaped
		p.key = "'" + strings.ReplaceAll(name, "'", "''") + "'"
	}
	p.value = strings.TrimRight(strings.Trim(strings.ReplaceAll(value, "\r\n", "\n"), "\n"), " \n")
	var root, last yaml.Node
	if err := errors.Join(yaml.Unmarshal([]byte(p.value+"\n"), &root), yaml.Unmarshal([]byte(p.value), &last)); err != nil {
		return pair{}, badCode("value", value, err)
	}
	if len(root.Content) == 0 || root.Content[0].Tag == "!!null" {
		return p, nil
	}
	p.node, p.last = root.Content[0], last.Content[0]
	flow := p.node.Style&yaml.FlowStyle != 0
	p.list = p.node.Kind == yaml.SequenceNode && !flow
	p.below = p.list || p.node.Kind == yaml.MappingNode && !flow || p.node.Line > 1
	return p, nil
}

// lines is the pair as a person would write it.
func (p pair) lines() string { return strings.TrimSuffix(p.render("", "  "), "\n") }

// render lays the pair out as lines; step is how much deeper a block stands than its key.
func (p pair) render(indent, step string) string {
	var b strings.Builder
	b.WriteString(indent + p.key + ":")
	first, rest, more := strings.Cut(p.value, "\n")
	if p.below {
		rest, more = p.value, true
	} else {
		if first != "" {
			b.WriteString(" " + first)
		}
		if step = "  "; continued(rest) {
			step = ""
		}
	}
	b.WriteString("\n")
	if !more {
		return b.String()
	}
	for l := range strings.SplitSeq(rest, "\n") {
		if l != "" {
			b.WriteString(indent + step + l)
		}
		b.WriteString("\n")
	}
	return b.String()
}

// continued tells whether the further lines of a scalar are indented already.
func continued(lines string) bool {
	for l := range strings.SplitSeq(lines, "\n") {
		if l != "" && l[0] != ' ' {
			return false
		}
	}
	return true
}

func (p pair) insert(src []byte, path []string, before string) ([]byte, error) {
	s, err := findNode(src, path, yaml.MappingNode)
	if err != nil {
		return nil, err
	}
	if i := s.index(p.name); i >= 0 {
		have, is := s.node.Content[2*i], s.node.Content[2*i+1]
		if p.means(is) {
			return src, nil
		}
		return nil, &ConflictError{"", have.Line, strings.TrimSpace(s.text(have.Line)), p.lines()}
	}
	at := len(s.node.Content) / 2
	if i := s.index(before); i >= 0 {
		at = i
	}
	edits, err := s.insertPair(p, at)
	if err != nil {
		return nil, err
	}
	key := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: p.name}
	value := p.node
	if last := edits[len(edits)-1]; last.End == len(src) && !strings.HasSuffix(last.New, "\n") {
		value = p.last
	}
	return s.apply(edits, slices.Insert(slices.Clone(s.node.Content), 2*at, key, value))
}

func (p pair) means(value *yaml.Node) bool {
	if p.node == nil {
		return value.Tag == "!!null"
	}
	return sameNode(value, p.node) || sameNode(value, p.last)
}
