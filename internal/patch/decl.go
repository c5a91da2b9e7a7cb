package patch

import (
	"bytes"
	"cmp"
	"errors"
	"go/ast"
	"go/token"
	"slices"
	"strings"
)

// Decl is one package-level declaration, or a few, with their comments: types, functions, methods, constants, variables.
// Code is written as in a file; gofmt lays it out. In a file, it is a declaration with the same names and syntax, alone or
// inside of a group.
type Decl struct{ Code string }

// Add appends the declarations that are not there at the end of the file, behind an empty line. Another declaration of
// one of their names is a conflict.
func (o Decl) Add(f *File) ([]Edit, error) {
	units, err := o.find(f)
	if err != nil {
		return nil, err
	}
	units = slices.DeleteFunc(units, func(u declUnit) bool { return u.there })
	switch {
	case len(units) == 0:
		return nil, nil
	case ast.IsGenerated(f.ast):
		return nil, &GeneratedError{f.path, o.lines()}
	}
	var text strings.Builder
	for i, u := range units {
		if i > 0 {
			text.WriteString(strings.Repeat("\n", u.gap))
		}
		text.WriteString(u.text)
	}
	end, eol := len(f.src), f.eol(len(f.src))
	code := "\n" + text.String() + "\n"
	if !strings.HasSuffix(string(f.src), "\n") {
		code = "\n\n" + text.String()
	}
	return []Edit{{end, end, strings.ReplaceAll(code, "\n", eol)}}, nil
}

// Remove deletes the declarations, with the comments that came with them: those that were edited since, or added, stay.
// Another declaration of one of their names is a conflict.
func (o Decl) Remove(f *File) ([]Edit, error) {
	units, err := o.find(f)
	if err != nil {
		return nil, err
	}
	units = slices.DeleteFunc(units, func(u declUnit) bool { return !u.there })
	switch {
	case len(units) == 0:
		return nil, nil
	case ast.IsGenerated(f.ast):
		return nil, &GeneratedError{f.path, o.lines()}
	}
	return f.cutDecls(units), nil
}

// Has tells whether the file has all of the declarations.
func (o Decl) Has(f *File) (bool, error) {
	units, err := o.find(f)
	var conflict *ConflictError
	if errors.As(err, &conflict) {
		return false, nil
	}
	return err == nil && !slices.ContainsFunc(units, func(u declUnit) bool { return !u.there }), err
}

// Rename rewrites Code.
func (o Decl) Rename(r func(string) string) Op { return Decl{r(o.Code)} }

func (o Decl) lines() string { return strings.TrimSpace(o.Code) }

func (o Decl) anchor() string { return "file" }

// words are the names that are declared; what has none can be told by its syntax only.
func (o Decl) words() []string {
	units, err := o.parse()
	if err != nil {
		return nil
	}
	var names []string
	for _, u := range units {
		for _, name := range declNames(u.decl) {
			names = append(names, strings.Split(name, ".")...)
		}
	}
	return names
}

// anchors are the declarations themselves, if they are all there in whatever syntax.
func (o Decl) anchors(f *File) []ast.Node {
	units, err := o.find(f)
	var conflict *ConflictError
	if errors.As(err, &conflict) || err == nil && !slices.ContainsFunc(units, func(u declUnit) bool { return !u.there }) {
		return []ast.Node{f.ast.Name}
	}
	return nil
}

// A declUnit is one declaration of a Decl, and where it is in a file.
type declUnit struct {
	decl     ast.Decl
	text     string   // with the comments above it and behind it
	gap      int      // line breaks in front of text
	around   snippet  // the comments above the declaration, with the empty lines between them, and that behind it
	comments []string // all that are in the text
	there    bool
	at       span
}

// find reads the declarations and looks for them.
func (o Decl) find(f *File) ([]declUnit, error) {
	units, err := o.parse()
	if err != nil {
		return nil, err
	}
	taken := map[span]bool{}
	for i := range units {
		u := &units[i]
		var other ast.Node
		for _, d := range f.ast.Decls {
			node, clash := matchDecl(d, u.decl)
			if node != nil && !taken[f.span(node)] {
				u.there, u.at = true, f.span(node)
				taken[u.at] = true
				break
			}
			if clash != nil && other == nil {
				other = clash
			}
		}
		if !u.there && other != nil {
			s := f.span(other)
			have, _, _ := strings.Cut(string(f.src[s.start:s.end]), "\n")
			return nil, &ConflictError{f.path, f.line(s.start), strings.TrimSpace(have), o.lines()}
		}
	}
	return units, nil
}

const declClause = "package p\n"

// parse splits the code, formatted, into its declarations.
func (o Decl) parse() ([]declUnit, error) {
	text, err := formatDecls([]byte(strings.TrimSpace(strings.ReplaceAll(o.Code, "\r", ""))))
	if err != nil {
		return nil, badCode("declaration", o.Code, syntaxError(err))
	}
	c, err := Parse("", append([]byte(declClause), text...))
	if err != nil || len(c.ast.Decls) == 0 {
		return nil, badCode("declaration", o.Code, errors.New("no declaration"))
	}
	var units []declUnit
	from := len(declClause)
	for _, d := range c.ast.Decls {
		if g, ok := d.(*ast.GenDecl); ok && (g.Tok == token.IMPORT || len(g.Specs) == 0) {
			return nil, badCode("declaration", o.Code, errors.New("imports are operations of their own, and nothing is no declaration"))
		}
		end := c.behindComment(c.span(d).end)
		units = append(units, c.unit(d, from, end))
		from = end
	}
	if !c.blank(from, len(c.src)) { // it would belong to no declaration, so nothing could remove it
		return nil, badCode("declaration", o.Code, errors.New("a comment behind the last declaration"))
	}
	return units, nil
}

// unit is the declaration d of the code c, which has the bytes from start to end.
func (c *File) unit(d ast.Decl, start, end int) declUnit {
	raw := string(c.src[start:end])
	u := declUnit{decl: d, text: strings.TrimLeft(raw, "\n; ")}
	top, at := end-len(u.text), c.span(d)
	u.gap = strings.Count(raw[:len(raw)-len(u.text)], "\n")
	if lead := string(c.src[top:at.start]); lead != "" {
		u.around.lead = strings.Split(strings.TrimSuffix(lead, "\n"), "\n")
	}
	u.around.trail = strings.TrimSpace(string(c.src[at.end:end]))
	for _, s := range c.commentsIn(top, end) {
		u.comments = append(u.comments, c.comment(s))
	}
	return u
}

// comment is the text of a comment, without carriage returns.
func (f *File) comment(s span) string {
	return strings.ReplaceAll(string(f.src[s.start:s.end]), "\r", "")
}

// cutDecls deletes declarations, with the comments that came with them and the empty line above. Other comments in them
// stay, a line each.
func (f *File) cutDecls(units []declUnit) []Edit {
	var edits []Edit
	for _, u := range units {
		whole := f.withComments(u.at, u.around)
		var kept []string
		for _, c := range f.commentsIn(whole.start, whole.end) {
			if !slices.Contains(u.comments, f.comment(c)) {
				kept = append(kept, string(f.src[c.start:c.end]))
			}
		}
		cut, eol := f.cutLines(whole, false, len(kept) == 0), f.eol(whole.start)
		e := Edit{cut.start, cut.end, ""}
		if len(kept) > 0 {
			e.New = strings.Join(kept, eol) + eol
			if !f.ownLines(whole) {
				e.New = eol + e.New
			}
		}
		edits = append(edits, e)
	}
	slices.SortFunc(edits, func(a, b Edit) int { return cmp.Compare(a.Start, b.Start) })
	return f.joinCuts(edits)
}

// joinCuts makes one cut of those that touch. One that reaches the end of a file without a final newline takes the line
// break before it along.
func (f *File) joinCuts(edits []Edit) []Edit {
	var joined []Edit
	for _, e := range edits {
		if n := len(joined); n > 0 && e.Start <= joined[n-1].End {
			joined[n-1].End = max(joined[n-1].End, e.End)
			joined[n-1].New += e.New
			continue
		}
		joined = append(joined, e)
	}
	last := &joined[len(joined)-1]
	if last.End == len(f.src) && !bytes.HasSuffix(f.src, []byte("\n")) && last.New == "" {
		last.Start = len(bytes.TrimSuffix(bytes.TrimSuffix(f.src[:last.Start], []byte("\n")), []byte("\r")))
	}
	return joined
}
