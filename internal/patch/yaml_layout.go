package patch

import (
	"bytes"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v4"
)

// blockItems renders items as lines behind a dash each.
func blockItems(indent string, items []string, eol string) string {
	var b strings.Builder
	for _, item := range items {
		for i, l := range strings.Split(item, "\n") {
			switch {
			case i == 0:
				b.WriteString(indent + "- " + l)
			case l != "":
				b.WriteString(indent + "  " + l)
			}
			b.WriteString(eol)
		}
	}
	return b.String()
}

// insertLines is the edit that puts whole lines in front of line n, which may be one past the last one.
func (s *sequence) insertLines(n int, indent string, items []string) Edit {
	at := s.lines[n-1]
	eol := eolBefore(s.src, at)
	text := blockItems(indent, items, eol)
	if at == len(s.src) && !bytes.HasSuffix(s.src, []byte("\n")) {
		text = eol + strings.TrimSuffix(text, eol)
	}
	return Edit{at, at, text}
}

// cutLines is the edit that deletes the lines from..to, to not included.
func (s *sequence) cutLines(from, to int) Edit {
	start, end := s.lines[from-1], s.lines[to-1]
	if end == len(s.src) && !bytes.HasSuffix(s.src, []byte("\n")) { // the line above becomes the one without an end
		start = len(bytes.TrimSuffix(bytes.TrimSuffix(s.src[:start], []byte("\n")), []byte("\r")))
	}
	return Edit{start, end, ""}
}

// dashLine is the number of the line that holds the dash of an item.
func (s *sequence) dashLine(item *yaml.Node) int {
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
func (s *sequence) end(bound int) int {
	for n := bound - 1; n > s.node.Line; n-- {
		l := s.text(n)
		text := strings.TrimSpace(l)
		if text != "" && (text[0] != '#' || indentOf(l) >= s.node.Column) {
			return n + 1
		}
	}
	return s.node.Line + 1
}

func (s *sequence) appendBlock(items []string) []Edit {
	return []Edit{s.insertLines(s.end(s.bound), strings.Repeat(" ", s.node.Column-1), items)}
}

// removeBlock deletes the lines of an item; the last one leaves [] behind its key.
func (s *sequence) removeBlock(i int) ([]Edit, error) {
	bound := s.bound
	if i+1 < len(s.node.Content) {
		bound = s.dashLine(s.node.Content[i+1])
	}
	first := s.dashLine(s.node.Content[i])
	cut := s.cutLines(first, s.end(bound))
	if dash := strings.Index(s.text(first), "-"); dash != s.node.Column-1 {
		return nil, s.refuse()
	}
	if len(s.node.Content) > 1 {
		return []Edit{cut}, nil
	}
	colon, err := s.colon()
	if err != nil {
		return nil, err
	}
	return []Edit{{colon + 1, colon + 1, " []"}, cut}, nil
}

// openBlock turns a missing value or [] into a block.
func (s *sequence) openBlock(items []string) ([]Edit, error) {
	colon, err := s.colon()
	if err != nil {
		return nil, err
	}
	line := s.lines[s.key.Line] // behind the key's
	rest := string(s.src[colon+1 : line])
	value := strings.TrimSpace(rest)
	switch {
	case strings.HasPrefix(value, "[") && strings.Contains(value, "]"):
		value = value[:strings.Index(value, "]")+1]
		if strings.Trim(value, "[] \t") != "" {
			return nil, s.refuse()
		}
	case s.node.Value != "" && strings.HasPrefix(value, s.node.Value):
		value = s.node.Value
	case value == "" || value[0] == '#':
		value = ""
	default:
		return nil, s.refuse()
	}
	insert := s.insertLines(s.key.Line+1, strings.Repeat(" ", s.key.Column-1+s.step()), items)
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

// step is how far the document indents lists under their keys; two if there is no other list to learn from.
func (s *sequence) step() int {
	step := -1
	var walk func(n *yaml.Node)
	walk = func(n *yaml.Node) {
		for i, c := range n.Content {
			block := c.Kind == yaml.SequenceNode && c.Style&yaml.FlowStyle == 0 && len(c.Content) > 0
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
func (s *sequence) colon() (int, error) {
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

// refuse says that the list is there, but laid out in a way that only a person can edit.
func (s *sequence) refuse() error {
	return &NotFoundError{Anchor: fmt.Sprintf("list %s in block form (line %d)", strings.Join(s.path, "."), s.key.Line)}
}

// appendFlow adds items between brackets. [a] ⇒ [a, item]
func (s *sequence) appendFlow(items []string) ([]Edit, error) {
	text := strings.Join(items, ", ")
	if strings.Contains(text, "\n") || !s.flow() {
		return nil, s.refuse()
	}
	there, closing := s.flowItems()
	if len(there) == 0 {
		return []Edit{{closing, closing, text}}, nil
	}
	end := there[len(there)-1].end
	return []Edit{{end, end, ", " + text}}, nil
}

// removeFlow deletes an item and the comma beside it.
func (s *sequence) removeFlow(i int) ([]Edit, error) {
	items, _ := s.flowItems()
	switch {
	case len(items) != len(s.node.Content):
		return nil, s.refuse()
	case i > 0:
		return []Edit{{items[i-1].end, items[i].end, ""}}, nil
	case len(items) > 1:
		return []Edit{{items[0].start, items[1].start, ""}}, nil
	}
	return []Edit{{items[0].start, items[0].end, ""}}, nil
}

// flowItems measures the items of a flow sequence, and finds its closing bracket.
func (s *sequence) flowItems() (items []span, closing int) {
	at := s.offset(s.node)
	at += bytes.IndexByte(s.src[at:], '[') + 1
	depth, item := 0, span{-1, 0}
	for ; at < len(s.src); at++ {
		c, prev := s.src[at], s.src[at-1]
		fresh := strings.IndexByte(" \t\n[{,:", prev) >= 0
		switch {
		case c == ' ' || c == '\t' || c == '\r' || c == '\n':
			continue
		case c == '#' && fresh && prev != ':':
			at += max(bytes.IndexByte(s.src[at:], '\n')-1, 0)
			continue
		case depth == 0 && (c == ',' || c == ']'):
			if item.start >= 0 {
				items, item = append(items, item), span{-1, 0}
			}
			if c == ']' {
				return items, at
			}
			continue
		}
		if item.start < 0 {
			item.start = at
		}
		switch {
		case c == '[' || c == '{':
			depth++
		case c == ']' || c == '}':
			depth--
		case (c == '"' || c == '\'') && fresh:
			at = quoteEnd(s.src, at)
		}
		item.end = at + 1
	}
	return nil, at
}

// quoteEnd is the offset of the quote that ends the scalar starting at off.
func quoteEnd(src []byte, off int) int {
	for at := off + 1; at < len(src); at++ {
		switch {
		case src[at] == '\\' && src[off] == '"':
			at++
		case src[at] == src[off] && at+1 < len(src) && src[at+1] == src[off] && src[off] == '\'':
			at++
		case src[at] == src[off]:
			return at
		}
	}
	return len(src) - 1
}
