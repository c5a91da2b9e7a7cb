package patch

import (
	"errors"
	"iter"
	"slices"
)

// InFrontOf returns op with another place for what Add adds: in front of the line of the first of others that is in the
// same list, and of the comments that touch that line; where op alone would go if none of them is. The others are not
// asked for once one is found, so that they may be many. Imports and declarations have places of their own: for these, and
// without others, it returns op.
//
//	{ // open            { // open
//		a,                   a,
//		// of c       ⇒      b,
//		c,                   // of c
//	}                        c,
//	                     }
func InFrontOf(op Op, others iter.Seq[Op]) Op {
	if o, ok := op.(listOp); ok && others != nil {
		return ahead{o, others}
	}
	return op
}

// A listOp is an operation on the list behind an anchor.
type listOp interface {
	Op
	finder
	anchored
}

// ahead is an operation with another place in its list. It is no lister: it has to see what others add there.
type ahead struct {
	listOp
	others iter.Seq[Op]
}

// Add adds the line in front of the others.
func (o ahead) Add(f *File) ([]Edit, error) { return add(o, f) }

// Rename returns the operation with the code rewritten; the others stay as they are.
func (o ahead) Rename(r func(string) string) Op { return InFrontOf(o.listOp.Rename(r), o.others) }

func (o ahead) find(f *File, undo bool) (place, error) {
	p, err := o.listOp.find(f, undo)
	if err != nil || undo || p.found() {
		return p, err
	}
	for op := range o.others {
		other, ok := op.(finder)
		if !ok {
			continue
		}
		there, err := other.find(f, false)
		if errors.As(err, new(*ConflictError)) || err == nil && !there.found() {
			continue
		}
		if err != nil {
			return place{}, err
		}
		if i := p.list.around(there.held.items[there.from]); i >= 0 {
			p.next = &i
			break
		}
	}
	return p, nil
}

// around is the index of the item that s is, or is a part of; -1 if there is none.
func (l list) around(s span) int {
	return slices.IndexFunc(l.items, func(item span) bool { return item.start <= s.start && s.end <= item.end })
}
