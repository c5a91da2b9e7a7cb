package patch

import (
	"errors"
	"slices"
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
	return InsertSequence(src, path, func(*yaml.Node) bool { return false }, items...)
}

// InsertSequence is AppendSequence in front of the first item that matches, and of the comments that touch it from above;
// at the end if there is none.
func InsertSequence(src []byte, path []string, match func(*yaml.Node) bool, items ...string) ([]byte, error) {
	clean := make([]string, len(items))
	for i, item := range items {
		clean[i] = strings.TrimSpace(strings.ReplaceAll(item, "\r\n", "\n"))
	}
	out, err := insertSequence(src, path, match, clean)
	var missing *NotFoundError
	if errors.As(err, &missing) {
		missing.Code = strings.TrimSuffix(blockItems("", clean), "\n")
	}
	return out, err
}

func insertSequence(src []byte, path []string, match func(*yaml.Node) bool, items []string) ([]byte, error) {
	if len(items) == 0 {
		return src, nil
	}
	s, err := findNode(src, path, yaml.SequenceNode)
	if err != nil {
		return nil, err
	}
	next := slices.IndexFunc(s.node.Content, match)
	if next < 0 {
		next = len(s.node.Content)
	}
	var edits []Edit
	switch {
	case next < len(s.node.Content) && !s.flow():
		edits, err = s.insertBlock(next, items)
	case !s.flow() && len(s.node.Content) > 0:
		edits = s.appendBlock(items)
	case !s.inFlow && len(s.node.Content) == 0:
		edits, err = s.openList(items)
	default:
		edits, err = s.insertFlow(next, items)
	}
	if err != nil {
		return nil, err
	}
	return s.apply(edits, slices.Insert(slices.Clone(s.node.Content), next, make([]*yaml.Node, len(items))...))
}

// RemoveSequenceItem deletes the first item that matches from the sequence at a path, with the comments inside of it but
// not those above it. It undoes AppendSequence and InsertSequence: the last one leaves [] behind. Without a match it returns src itself.
func RemoveSequenceItem(src []byte, path []string, match func(*yaml.Node) bool) ([]byte, error) {
	s, err := findNode(src, path, yaml.SequenceNode)
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
		return s.apply(edits, slices.Delete(slices.Clone(s.node.Content), i, i+1))
	}
	return src, nil
}
