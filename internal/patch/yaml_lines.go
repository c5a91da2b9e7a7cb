package patch

import (
	"bytes"
	"strings"

	"go.yaml.in/yaml/v4"
)

// insertLines is the edit that puts whole lines, which end in \n, in front of line n, which may be one past the last one.
func (s *yamlNode) insertLines(n int, text string) Edit {
	at := s.lines[n-1]
	eol := eolBefore(s.src, at)
	text = strings.ReplaceAll(text, "\n", eol)
	if at > s.lines[0] && at == len(s.src) && !bytes.HasSuffix(s.src, []byte("\n")) {
		text = eol + strings.TrimSuffix(text, eol)
	}
	return Edit{at, at, text}
}

// cutLines is the edit that deletes the lines from..to, to not included.
func (s *yamlNode) cutLines(from, to int) Edit {
	start, end := s.lines[from-1], s.lines[to-1]
	if end == len(s.src) && !bytes.HasSuffix(s.src, []byte("\n")) { // the line above becomes the one without an end
		start = len(bytes.TrimSuffix(bytes.TrimSuffix(s.src[:start], []byte("\n")), []byte("\r")))
	}
	return Edit{start, end, ""}
}

// dashLine is the number of the line that holds the dash of an item.
func (s *yamlNode) dashLine(item *yaml.Node) int {
	n := item.Line
	for n > s.node.Line {
		if l := s.text(n); strings.HasPrefix(strings.TrimLeft(l, " "), "-") && indentOf(l) < item.Column-1 {
			break
		}
		n--
	}
	return n
}

func indentOf(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }

// end is the number of the line behind the content that stops before line bound: empty lines and comments at the level
// of the dashes, or further out, belong to what follows.
func (s *yamlNode) end(bound int) int {
	for n := bound - 1; n > s.node.Line; n-- {
		l := s.text(n)
		text := strings.TrimSpace(l)
		if text != "" && (text[0] != '#' || indentOf(l) >= s.node.Column) {
			return n + 1
		}
	}
	return s.node.Line + 1
}

// openBlock turns a missing value, [] or {} into a block of these lines.
func (s *yamlNode) openBlock(text string) ([]Edit, error) {
	colon, err := s.colon()
	if err != nil {
		return nil, err
	}
	line := s.lines[s.key.Line] // behind the key's
	rest := string(s.src[colon+1 : line])
	value := strings.TrimSpace(rest)
	switch {
	case s.flow() && strings.IndexAny(value, "[{") == 0 && strings.ContainsAny(value, "]}"):
		value = value[:strings.IndexAny(value, "]}")+1]
		if strings.Trim(value, "[]{} \t") != "" {
			return nil, s.refuse()
		}
	case s.node.Value != "" && strings.HasPrefix(value, s.node.Value):
		value = s.node.Value
	case value == "" || value[0] == '#':
		value = ""
	default:
		return nil, s.refuse()
	}
	insert := s.insertLines(s.key.Line+1, text)
	if value == "" {
		return []Edit{insert}, nil
	}
	start := colon + 1 + strings.Index(rest, value)
	end := start + len(value)
	if s.src[start-1] == ' ' {
		start--
	}
	return []Edit{{start, end, ""}, insert}, nil
}

// step is how far the document indents blocks of this kind under their keys; two if there is none to learn from.
func (s *yamlNode) step() int { return s.stepOf(s.kind) }

func (s *yamlNode) stepOf(kind yaml.Kind) int {
	step := -1
	var walk func(n *yaml.Node)
	walk = func(n *yaml.Node) {
		for i, c := range n.Content {
			block := c.Kind == kind && c.Style&yaml.FlowStyle == 0 && len(c.Content) > 0
			if step < 0 && block && n.Kind == yaml.MappingNode && i%2 == 1 {
				step = max(c.Column-n.Content[i-1].Column, 0)
			}
			walk(c)
		}
	}
	if walk(s.root); step < 0 {
		return 2
	}
	return step
}

// colon is the offset of the colon behind the key.
func (s *yamlNode) colon() (int, error) {
	at := s.offset(s.key)
	line := string(s.src[at:s.lines[s.key.Line]])
	skip := len(s.key.Value)
	if line[0] == '"' || line[0] == '\'' {
		skip = strings.IndexByte(line[1:], line[0]) + 2
	}
	if i := strings.IndexByte(line[min(skip, len(line)):], ':'); i >= 0 {
		return at + skip + i, nil
	}
	return 0, s.refuse()
}
