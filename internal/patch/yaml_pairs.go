package patch

import (
	"strings"

	"go.yaml.in/yaml/v4"
)

// insertPair returns the edits that add p in front of pair i, or behind the last one.
func (s *yamlNode) insertPair(p pair, i int) ([]Edit, error) {
	empty := len(s.node.Content) == 0
	switch {
	case !s.flow() && !empty && 2*i < len(s.node.Content):
		return s.insertBefore(p, s.node.Content[2*i], i)
	case !s.flow() && !empty:
		return []Edit{s.insertLines(s.end(s.bound), s.renderPair(p, s.column()))}, nil
	case !s.inFlow && empty && s.key != nil:
		return s.openBlock(s.renderPair(p, s.key.Column-1+s.step()))
	case len(s.path) == 0 && s.null():
		return []Edit{s.insertLines(s.bound, s.renderPair(p, 0))}, nil
	case len(s.path) == 0 && empty:
		return s.openDocument(p)
	}
	return s.insertFlowPair(p, i)
}

// column is how far the keys of a block are indented.
func (s *yamlNode) column() int { return s.node.Content[0].Column - 1 }

func (s *yamlNode) renderPair(p pair, indent int) string {
	kind := yaml.MappingNode
	if p.list {
		kind = yaml.SequenceNode
	}
	return p.render(strings.Repeat(" ", indent), strings.Repeat(" ", s.stepOf(kind)))
}

// insertBefore adds p above the key of pair i and the comments that touch it; those that a file starts with stay on top.
func (s *yamlNode) insertBefore(p pair, key *yaml.Node, i int) ([]Edit, error) {
	text, at := s.renderPair(p, s.column()), s.offset(key)
	if prefix := s.prefix(key); strings.TrimSpace(prefix) != "" { // behind the dash of an item
		if strings.Trim(prefix, " -") != "" {
			return nil, s.refuse()
		}
		text = strings.TrimLeft(text, " ") + strings.Repeat(" ", s.column())
		return []Edit{{at, at, strings.ReplaceAll(text, "\n", eolBefore(s.src, at))}}, nil
	}
	top, floor := key.Line, 1
	if i > 0 {
		floor = s.node.Content[2*i-1].Line + 1
	} else if s.key != nil {
		floor = s.key.Line + 1
	}
	for top > floor && strings.HasPrefix(strings.TrimSpace(s.text(top-1)), "#") && indentOf(s.text(top-1)) == s.column() {
		top--
	}
	if top == 1 {
		top = key.Line
	}
	return []Edit{s.insertLines(top, text)}, nil
}

// prefix is what stands in front of a key on its line.
func (s *yamlNode) prefix(key *yaml.Node) string {
	return string(s.src[s.lines[key.Line-1]:s.offset(key)])
}

// openDocument replaces the {} that a document consists of.
func (s *yamlNode) openDocument(p pair) ([]Edit, error) {
	start := s.offset(s.node)
	_, closing := s.flowItems()
	rest := string(s.src[closing+1 : s.lines[s.node.Line]])
	if s.prefix(s.node) != "" || strings.TrimSpace(rest) != "" {
		return nil, s.refuse()
	}
	text := strings.TrimSuffix(s.renderPair(p, 0), "\n")
	return []Edit{{start, closing + 1, strings.ReplaceAll(text, "\n", eolBefore(s.src, start))}}, nil
}

// insertFlowPair adds p between braces. {a: 1} ⇒ {a: 1, key: value}
func (s *yamlNode) insertFlowPair(p pair, i int) ([]Edit, error) {
	if p.below || strings.Contains(p.value, "\n") || !s.flow() {
		return nil, s.refuse()
	}
	key, value := p.key, p.value
	if strings.ContainsAny(key, "[]{},") && strings.Trim(key, `"'`) == key {
		key = "'" + strings.ReplaceAll(key, "'", "''") + "'"
	}
	if value == "" {
		value = "null"
	}
	text := key + ": " + value
	pairs, closing := s.flowItems()
	switch {
	case 2*len(pairs) != len(s.node.Content):
		return nil, s.refuse()
	case len(pairs) == 0:
		return []Edit{{closing, closing, text}}, nil
	case i < len(pairs):
		return []Edit{{pairs[i].start, pairs[i].start, text + ", "}}, nil
	}
	end := pairs[i-1].end
	return []Edit{{end, end, ", " + text}}, nil
}

// removeFlowPair deletes a pair and a comma beside it.
func (s *yamlNode) removeFlowPair(i int) ([]Edit, error) {
	pairs, _ := s.flowItems()
	switch {
	case 2*len(pairs) != len(s.node.Content):
		return nil, s.refuse()
	case i+1 < len(pairs):
		return []Edit{{pairs[i].start, pairs[i+1].start, ""}}, nil
	case i > 0:
		return []Edit{{pairs[i-1].end, pairs[i].end, ""}}, nil
	}
	return []Edit{{pairs[0].start, pairs[0].end, ""}}, nil
}

// removeBlockPair deletes the lines of pair i; the last pair leaves {} behind, unless it is all of the document.
func (s *yamlNode) removeBlockPair(i int) ([]Edit, error) {
	content, bound := s.node.Content, s.bound
	if 2*i+2 < len(content) {
		bound = content[2*i+2].Line
	}
	key := content[2*i]
	end, at := s.end(bound), s.offset(key)
	inLine := strings.TrimSpace(s.prefix(key)) != ""
	switch {
	case len(content) == 2 && s.key != nil && !inLine:
		colon, err := s.colon()
		if err != nil {
			return nil, err
		}
		return []Edit{{colon + 1, colon + 1, " {}"}, s.cutLines(key.Line, end)}, nil
	case len(content) == 2 && len(s.path) > 0:
		last := s.lines[end-2] + len(s.text(end-1))
		return []Edit{{at, last, "{}"}}, nil
	case !inLine:
		return []Edit{s.cutLines(key.Line, end)}, nil
	case end >= s.bound:
		return nil, s.refuse()
	}
	return []Edit{{at, s.lines[end-1] + indentOf(s.text(end)), ""}}, nil
}
