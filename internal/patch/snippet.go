package patch

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"strings"
)

// A snippet is code to insert, apart from the comments around it: a comma has to go between code and trailing comment,
// and comparing leaves both out.
type snippet struct {
	lead  []string // comment lines above the code
	code  string
	trail string // comment behind the code
	raw   []bool // which lines of code start inside of a raw string, where indenting would change its value
}

// parseSnippet splits code at its first and its last token that is no comment.
func parseSnippet(code string) (snippet, error) {
	code = strings.TrimSpace(strings.ReplaceAll(code, "\r", ""))
	var s scanner.Scanner
	file := token.NewFileSet().AddFile("", -1, len(code))
	s.Init(file, []byte(code), nil, scanner.ScanComments)
	start, end := -1, 0
	var raw []span
	for {
		pos, tok, lit := s.Scan()
		if tok == token.EOF {
			break
		}
		if tok == token.ILLEGAL || tok == token.COMMENT || tok == token.SEMICOLON {
			continue
		}
		at := file.Offset(pos)
		if start < 0 {
			start = at
		}
		end = at + len(tok.String())
		if lit != "" {
			end = at + len(lit)
		}
		if tok == token.STRING && lit[0] == '`' {
			raw = append(raw, span{at, end})
		}
	}
	switch {
	case s.ErrorCount > 0:
		return snippet{}, errors.New("not Go")
	case start < 0:
		return snippet{}, errors.New("no code")
	}
	sn := snippet{code: code[start:end], trail: strings.TrimSpace(code[end:])}
	if lead := strings.TrimSpace(code[:start]); lead != "" {
		sn.lead = strings.Split(lead, "\n")
	}
	sn.raw = rawLines(sn.code, start, raw)
	return sn, nil
}

func rawLines(code string, at int, raw []span) []bool {
	var lines []bool
	for line := range strings.Lines(code) {
		inside := false
		for _, r := range raw {
			inside = inside || r.start < at && at < r.end
		}
		lines = append(lines, inside)
		at += len(line)
	}
	return lines
}

// lines renders the snippet as whole lines, sep behind the code.
func (s snippet) lines(indent, sep, eol string) string {
	var b strings.Builder
	for _, l := range s.lead {
		b.WriteString(indent + strings.TrimSpace(l) + eol)
	}
	for i, l := range strings.Split(s.code, "\n") {
		if i > 0 {
			b.WriteString(eol)
		}
		if l != "" && !s.raw[i] {
			b.WriteString(indent)
		}
		b.WriteString(l)
	}
	b.WriteString(sep)
	if s.trail != "" {
		b.WriteString(" " + s.trail)
	}
	return b.String() + eol
}

// all is the text of the snippet.
func (s snippet) all() string { return strings.Join(append(s.lead, s.code, s.trail), "\n") }

// bare tells whether the snippet comes without comments, so that it may stand inside of a line.
func (s snippet) bare() bool { return len(s.lead) == 0 && s.trail == "" }

// The parsers below read code in the context that it is made for, and refuse code that reaches out of it.

func parseStmts(code string) ([]ast.Stmt, error) {
	d, err := parseDecl("func _() {\n" + code + "\n}")
	if err != nil {
		return nil, err
	}
	list := d.(*ast.FuncDecl).Body.List
	for _, s := range list {
		for l, ok := s.(*ast.LabeledStmt); ok; l, ok = s.(*ast.LabeledStmt) {
			s = l.Stmt // the statement behind a label at the end is empty, too
		}
		if _, ok := s.(*ast.EmptyStmt); ok { // gofmt deletes it, and then it could not be found again
			return nil, errors.New("empty statement")
		}
	}
	return list, nil
}

func parseElem(code string) (ast.Expr, error) {
	d, err := parseDecl("var _ = T{\n" + code + ",\n}")
	if err != nil {
		return nil, err
	}
	lit, ok := d.(*ast.GenDecl).Specs[0].(*ast.ValueSpec).Values[0].(*ast.CompositeLit)
	if !ok || len(lit.Elts) != 1 {
		return nil, errors.New("not one element")
	}
	return lit.Elts[0], nil
}

func parseField(code string) (*ast.Field, error) {
	d, err := parseDecl("type _ struct {\n" + code + "\n}")
	if err != nil {
		return nil, err
	}
	t, ok := d.(*ast.GenDecl).Specs[0].(*ast.TypeSpec).Type.(*ast.StructType)
	if !ok || t.Fields.NumFields() != 1 {
		return nil, errors.New("not one field")
	}
	return t.Fields.List[0], nil
}

func parseDecl(code string) (ast.Decl, error) {
	tree, err := parser.ParseFile(token.NewFileSet(), "", "package p\n"+code, parser.SkipObjectResolution)
	if err != nil {
		return nil, syntaxError(err)
	}
	if len(tree.Decls) != 1 {
		return nil, fmt.Errorf("%d declarations instead of one", len(tree.Decls))
	}
	return tree.Decls[0], nil
}

// syntaxError is the first thing that the parser has to say, without the position, which is in our wrapping.
func syntaxError(err error) error {
	var list scanner.ErrorList
	if errors.As(err, &list) {
		return errors.New(list[0].Msg)
	}
	return err
}
