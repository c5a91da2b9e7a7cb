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

// appendFlow adds items between brackets. [a] ⇒ [a, item]
func (s *yamlNode) appendFlow(items []string) ([]Edit, error) {
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
