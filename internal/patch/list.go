package patch

import (
	"bytes"
	"slices"
	"strings"
)

// A list is what stands between two braces: fields, elements or statements.
type list struct {
	open   int // just behind the opening brace
	close  int // at the closing brace
	tail   int // at what must stay last: the final return, else the closing brace
	items  []span
	sep    byte // between items on one line: ',' or ';'
	braces bool // open and close are at braces, so that the emptied list may collapse to {}
}

// insert returns the edit that adds s behind the last item.
func (f *File) insert(l list, s snippet) Edit {
	prev := l.open
	if n := len(l.items); n > 0 {
		prev = l.items[n-1].end
	}
	switch {
	case prev == l.open && l.tail == l.close && f.blank(l.open, l.close) && f.sameLine(l.open, l.close):
		return f.insertOpening(l, s)
	case f.nextLine(prev) > l.tail:
		return f.insertInline(l, s)
	}
	if at := f.lineBehind(l, prev); at <= l.tail {
		return Edit{at, at, f.render(l, s)}
	}
	return f.insertInline(l, s) // the brace closes on a comment's line
}

// insertAhead returns the edit that adds s in front of an item and the comments that touch it. {a, c} ⇒ {a, s, c}
func (f *File) insertAhead(l list, item int, s snippet) Edit {
	from, separate := l.open, true
	if item > 0 {
		prev := l.items[item-1].end
		end, loose := f.separator(l, prev)
		from = max(end, loose+1)
		separate = from > prev // and not by a line break, which a comment may hold
	}
	at := f.withHead(l.items[item].start, from)
	if start := f.lineStart(at); start >= f.nextLine(from) && f.blank(start, at) {
		return Edit{start, start, f.renderAt(f.indent(at), l, s)}
	}
	if comments := f.commentsIn(from, at); separate && len(comments) > 0 {
		at = comments[0].start
	}
	if !s.bare() {
		return Edit{at, at, f.eol(at) + f.render(l, s) + f.indent(l.open)}
	}
	return Edit{at, at, strings.ReplaceAll(s.code, "\n", f.eol(at)) + string(l.sep) + " "}
}

// insertOpening turns {} into braces with one item on a line between them.
func (f *File) insertOpening(l list, s snippet) Edit {
	return Edit{l.open, l.close, f.eol(l.open) + f.render(l, s) + f.indent(l.open)}
}

// insertInline adds s to a line that holds the end of the list too. {a} ⇒ {a, s}; { return } ⇒ { s; return }
func (f *File) insertInline(l list, s snippet) Edit {
	sep, n := string(l.sep), len(l.items)
	code := strings.ReplaceAll(s.code, "\n", f.eol(l.tail))
	switch {
	case !s.bare():
		text := f.eol(l.tail) + f.render(l, s) + f.indent(l.open)
		if n == 0 || l.sep != ',' {
			return Edit{l.tail, l.tail, text}
		}
		switch end, loose := f.separator(l, l.items[n-1].end); {
		case loose >= 0:
			return Edit{loose + 1, loose + 1, text}
		case end > l.items[n-1].end:
			return Edit{end, end, text}
		default:
			return Edit{end, end, "," + text}
		}
	case n > 0:
		return Edit{l.items[n-1].end, l.items[n-1].end, sep + " " + code}
	case l.tail < l.close:
		return Edit{l.tail, l.tail, code + sep + " "}
	}
	return Edit{l.tail, l.tail, code + " "}
}

// lineBehind finds the start of the line that a new item goes to: behind the last item; in a list without items behind
// its comments; before a final return also behind a comment with a blank line on either side, which heads the additions.
func (f *File) lineBehind(l list, prev int) int {
	comments := f.commentsIn(f.nextLine(prev), l.tail)
	if l.tail == l.close {
		if len(l.items) > 0 || len(comments) == 0 {
			return f.nextLine(prev)
		}
		if start := f.lineStart(l.close); f.blank(start, l.close) {
			return start
		}
		return f.nextLine(comments[len(comments)-1].end)
	}
	at := f.nextLine(prev)
	for _, c := range comments {
		_, _, apart := f.emptyLines(prev, c.start)
		_, _, heads := f.emptyLines(c.end, l.tail)
		if heads && (apart || prev == l.open) {
			at = f.nextLine(c.end)
		}
	}
	return at
}

// render lays s out as lines of l, indented as its neighbours are.
func (f *File) render(l list, s snippet) string { return f.renderAt(f.itemIndent(l), l, s) }

func (f *File) renderAt(indent string, l list, s snippet) string {
	sep := ""
	if l.sep == ',' {
		sep = ","
	}
	return s.lines(indent, sep, f.eol(l.open))
}

func (f *File) itemIndent(l list) string {
	for _, near := range slices.Backward(l.items) {
		if f.lineStart(near.start) > l.open {
			return f.indent(near.start)
		}
	}
	for _, c := range f.commentsIn(l.open, l.close) {
		if f.blank(f.lineStart(c.start), c.start) && f.lineStart(c.start) > l.open {
			return f.indent(c.start)
		}
	}
	if l.tail < l.close && f.lineStart(l.tail) > l.open {
		return f.indent(l.tail)
	}
	return f.indent(l.open) + "\t"
}

// remove returns the edits that delete the items from..to (to not included), which s describes.
func (f *File) remove(l list, from, to int, s snippet) []Edit {
	cut := span{l.items[from].start, l.items[to-1].end}
	end, loose := f.separator(l, cut.end)
	whole := f.withComments(span{cut.start, end}, s)
	inside := f.blank(l.open, whole.start) && f.blank(whole.end, l.close)
	kept := f.foreign(whole, s)
	switch {
	case len(kept) > 0:
		return []Edit{f.leave(kept, whole)}
	case loose >= 0: // a comment stands between the item and its separator
		return []Edit{{cut.start, cut.end + f.spaces(cut.end), ""}, {loose, loose + 1, ""}}
	case l.braces && inside:
		return []Edit{{l.open, l.close, ""}}
	case f.ownLines(whole):
		return []Edit{{f.lineStart(whole.start), f.nextLine(whole.end), ""}}
	}
	return []Edit{f.removeInline(l, from, to, whole)}
}

// foreign returns the comments inside of s that did not come with the snippet.
func (f *File) foreign(at span, s snippet) []string {
	var kept []string
	for _, c := range f.commentsIn(at.start, at.end) {
		if text := f.comment(c); !strings.Contains(s.all(), text) {
			kept = append(kept, text)
		}
	}
	return kept
}

// leave deletes s but for comments: a line each where s has its lines for itself.
func (f *File) leave(comments []string, s span) Edit {
	eol := f.eol(s.start)
	text := strings.ReplaceAll(strings.Join(comments, "\n"), "\n", eol)
	if f.ownLines(s) {
		indent := f.indent(s.start)
		return Edit{f.lineStart(s.start), f.nextLine(s.end), indent + strings.Join(strings.Split(text, eol), eol+indent) + eol}
	}
	if last := comments[len(comments)-1]; strings.HasPrefix(last, "//") {
		text += eol
	}
	return Edit{s.start, s.end, text}
}

// removeInline deletes items from a line that holds something else too.
func (f *File) removeInline(l list, from, to int, whole span) Edit {
	next := l.tail
	if to < len(l.items) {
		next = l.items[to].start
	}
	follows := to < len(l.items) || l.tail < l.close
	if follows && f.sameLine(whole.end, next) && len(f.commentsIn(whole.start, next)) == 0 {
		return Edit{whole.start, next, ""}
	}
	if from > 0 {
		prev := l.items[from-1].end
		if f.sameLine(prev, whole.start) && len(f.commentsIn(prev, whole.start)) == 0 {
			return Edit{prev, l.items[to-1].end, ""}
		}
	}
	gap := f.spaces(whole.end)
	if f.blank(whole.end, f.nextLine(whole.end)) { // nothing but a comment before: leave no white space behind it
		before := bytes.TrimRight(f.src[:whole.start], " \t")
		return Edit{len(before), whole.end + gap, ""}
	}
	return Edit{whole.start, whole.end + gap, ""}
}

// separator returns where the item that ends at off and its separator end. If a comment comes between the two, loose is
// the offset of the separator, else -1.
func (f *File) separator(l list, off int) (end, loose int) {
	for at := off; at < l.close; at++ {
		switch c := f.src[at]; {
		case c == l.sep && len(f.commentsIn(off, at)) > 0:
			return off, at
		case c == l.sep:
			return at + 1, -1
		case c == '\n' && l.sep == ';':
			return off, -1
		case c == '/':
			if len(f.commentsIn(at, at+1)) == 0 {
				return off, -1
			}
			at = f.commentsIn(at, at+1)[0].end - 1
		case c != ' ' && c != '\t' && c != '\r' && c != '\n':
			return off, -1
		}
	}
	return off, -1
}

// withComments widens s by the comments that came with the snippet, if they still stand there.
func (f *File) withComments(at span, s snippet) span {
	rest := f.src[at.end:f.nextLine(at.end)]
	if s.trail != "" && strings.TrimSpace(string(rest)) == s.trail {
		at.end += len(bytes.TrimRight(rest, " \t\r\n"))
	}
	start := f.lineStart(at.start)
	for _, want := range slices.Backward(s.lead) {
		if start == 0 {
			return at
		}
		above := f.lineStart(start - 1)
		if string(bytes.TrimSpace(f.src[above:start])) != strings.TrimSpace(want) {
			return at
		}
		start = above
	}
	if len(s.lead) > 0 && f.blank(f.lineStart(at.start), at.start) {
		at.start = start + len(f.indent(start))
	}
	return at
}
