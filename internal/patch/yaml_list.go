package patch

import "strings"

// blockItems renders items as lines behind a dash each.
func blockItems(indent string, items []string) string {
	var b strings.Builder
	for _, item := range items {
		for i, l := range strings.Split(item, "\n") {
			switch {
			case i == 0:
				b.WriteString(indent + "- " + l)
			case l != "":
				b.WriteString(indent + "  " + l)
			}
			b.WriteString("\n")
		}
	}
	return b.String()
}

func (s *yamlNode) appendBlock(items []string) []Edit {
	return []Edit{s.insertLines(s.end(s.bound), blockItems(strings.Repeat(" ", s.node.Column-1), items))}
}

// insertBlock adds items in front of another one and the comments that touch it.
func (s *yamlNode) insertBlock(next int, items []string) ([]Edit, error) {
	line := s.dashLine(s.node.Content[next])
	if strings.Index(s.text(line), "-") != s.node.Column-1 {
		return nil, s.refuse()
	}
	for line > 1 && s.heads(s.text(line-1)) {
		line--
	}
	return []Edit{s.insertLines(line, blockItems(strings.Repeat(" ", s.node.Column-1), items))}, nil
}

// heads tells whether a line is a comment that is not part of the item above it.
func (s *yamlNode) heads(line string) bool {
	return strings.HasPrefix(strings.TrimSpace(line), "#") && indentOf(line) < s.node.Column
}

// removeBlock deletes the lines of an item; the last one leaves [] behind its key.
func (s *yamlNode) removeBlock(i int) ([]Edit, error) {
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

func (s *yamlNode) openList(items []string) ([]Edit, error) {
	return s.openBlock(blockItems(strings.Repeat(" ", s.key.Column-1+s.step()), items))
}

// insertFlow adds items between brackets. [a, b] ⇒ [a, item, b]
func (s *yamlNode) insertFlow(next int, items []string) ([]Edit, error) {
	text := strings.Join(items, ", ")
	if strings.Contains(text, "\n") || !s.flow() {
		return nil, s.refuse()
	}
	there, closing := s.flowItems()
	switch {
	case len(there) != len(s.node.Content):
		return nil, s.refuse()
	case len(there) == 0:
		return []Edit{{closing, closing, text}}, nil
	case next == 0:
		return []Edit{{there[0].start, there[0].start, text + ", "}}, nil
	}
	end := there[next-1].end
	return []Edit{{end, end, ", " + text}}, nil
}

// removeFlow deletes an item and the comma beside it.
func (s *yamlNode) removeFlow(i int) ([]Edit, error) {
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
