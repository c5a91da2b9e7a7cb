package patch

import (
	"bytes"
	"strings"

	"go.yaml.in/yaml/v4"
)

// flowItems measures the items of a list or the pairs of a mapping in flow style, and finds its closing bracket.
func (s *yamlNode) flowItems() (items []span, closing int) {
	at := s.offset(s.node)
	opening, closes := byte('['), byte(']')
	if s.node.Kind == yaml.MappingNode {
		opening, closes = '{', '}'
	}
	at += bytes.IndexByte(s.src[at:], opening) + 1
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
		case depth == 0 && (c == ',' || c == closes):
			if item.start >= 0 {
				items, item = append(items, item), span{-1, 0}
			}
			if c == closes {
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
