package patch

import "fmt"

// A Region is a hole to fill: the bytes from Start to End, whole lines where the braces around it are on lines of their
// own. It reaches from what is kept before it to what is kept behind it, so comments and empty lines between are part of
// it; a comment that touches what is kept behind it is not. Fill it through an Edit.
type Region struct{ Start, End int }

// StructBody is the region of a struct's fields, behind the embedded ones that it starts with.
func StructBody(f *File, typ string) (Region, error) {
	t, err := f.structType(typ, nil, false)
	if err != nil {
		return Region{}, err
	}
	embedded := 0
	for embedded < len(t.Fields.List) && len(t.Fields.List[embedded].Names) == 0 {
		embedded++
	}
	return f.region(f.fieldList(t), embedded, 0)
}

// LiteralBody is the region of the elements of a composite literal, behind the first keep of them. The literal is the
// only one of the type typ, written as in the source, in the function fn ("F" or "T.M"); those inside of another one that
// fits do not count. An empty fn stands for the whole file.
func LiteralBody(f *File, fn, typ string, keep int) (Region, error) {
	lit, err := f.literalIn(fn, typ, nil, false)
	if err != nil {
		return Region{}, err
	}
	return f.region(f.elemList(lit), keep, 0)
}

// FuncBody is the region of the statements of a function, without the first and the last few of them.
func FuncBody(f *File, fn string, first, last int) (Region, error) {
	decl, err := f.funcDecl(fn, nil, false)
	if err != nil {
		return Region{}, err
	}
	return f.region(f.wholeBody(decl.Body), first, last)
}

// region is the inside of l without its first and last items.
func (f *File) region(l list, first, last int) (Region, error) {
	n := len(l.items)
	if first < 0 || last < 0 || first+last > n {
		return Region{}, fmt.Errorf("%s:%d: cannot keep %d and %d of %d", f.path, f.line(l.open), first, last, n)
	}
	from, to := l.open, l.close
	if first > 0 {
		from, _ = f.separator(l, l.items[first-1].end)
	}
	if last > 0 {
		to = f.withHead(l.items[n-last].start, from)
	}
	start, end := f.nextLine(from), f.lineStart(to)
	if start > end || !f.blank(end, to) {
		return Region{from, to}, nil
	}
	return Region{start, end}, nil
}

// withHead is the start of the comments that touch the item at off from above.
func (f *File) withHead(off, from int) int {
	comments := f.commentsIn(f.nextLine(from), off)
	for i := len(comments) - 1; i >= 0; i-- {
		c := comments[i]
		if _, _, apart := f.emptyLines(c.end, off); apart || !f.blank(f.lineStart(c.start), c.start) {
			break
		}
		off = c.start
	}
	return off
}
