package patch

import (
	"cmp"
	"fmt"
	"slices"
)

// An Edit replaces the bytes src[Start:End] by New; an insertion has Start == End.
type Edit struct {
	Start, End int
	New        string
}

// Apply returns src with the edits spliced in, in any order; src is not changed. Insertions at one offset keep their
// order and precede a replacement that starts there. An edit that overlaps another one or lies outside of src is an error.
func Apply(src []byte, edits []Edit) ([]byte, error) {
	sorted := slices.Clone(edits)
	slices.SortStableFunc(sorted, func(a, b Edit) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.End, b.End))
	})
	size := len(src)
	for _, e := range sorted {
		size += len(e.New)
	}
	out := make([]byte, 0, size)
	at := 0
	for _, e := range sorted {
		switch {
		case e.Start < 0 || e.End < e.Start || e.End > len(src):
			return nil, fmt.Errorf("edit of bytes %d to %d lies outside of the %d bytes there are", e.Start, e.End, len(src))
		case e.Start < at:
			return nil, fmt.Errorf("edit of bytes %d to %d overlaps the one before it, which ends at %d", e.Start, e.End, at)
		}
		out = append(out, src[at:e.Start]...)
		out = append(out, e.New...)
		at = e.End
	}
	return append(out, src[at:]...), nil
}
