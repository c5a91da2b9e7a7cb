package scaffold

import (
	"cmp"
	"iter"
	"slices"

	"github.com/trexgen/trexgen/internal/patch"
)

// A roster is the kinds of a project by name, as the files that list all kinds
// have them. A new kind goes in front of the next one: branches that each add a
// kind then meet in a list only if their kinds are neighbours. What else is in a
// list, and what order its owner has given it, stays.
type roster struct {
	kinds []Kind
	wired func(Kind) wiredKind
}

// roster returns the kinds of a service in order.
func (b *Blueprint) roster(service Service, kinds []Kind) roster {
	return roster{
		kinds: slices.SortedStableFunc(slices.Values(kinds), byName),
		wired: func(k Kind) wiredKind { return wiredKind{k, b.kindRenamer(service, k).Replace} },
	}
}

// byName compares kinds by their plurals, which the lists show, whatever the case.
func byName(a, b Kind) int { return cmp.Compare(a.Name.Many().Flat(), b.Name.Many().Flat()) }

// behind returns the index of the first kind that comes after k.
func (r roster) behind(k Kind) int {
	i, _ := slices.BinarySearchFunc(r.kinds, k, byName)
	return i
}

// place returns the operation that puts the line of k in front of the next kind
// that has one.
func (r roster) place(o goOp, k wiredKind) patch.Op {
	next := r.kinds[r.behind(k.Kind):]
	if len(next) == 0 {
		return o.op.Rename(k.named)
	}
	return patch.InFrontOf(o.op.Rename(k.named), r.lines(o, next))
}

// lines yields the operations for kinds. Making one takes a while, and mostly the
// first is all that is asked for.
func (r roster) lines(o goOp, kinds []Kind) iter.Seq[patch.Op] {
	return func(yield func(patch.Op) bool) {
		for _, k := range kinds {
			if !yield(o.op.Rename(r.wired(k).named)) {
				return
			}
		}
	}
}
