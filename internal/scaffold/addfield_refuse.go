package scaffold

import (
	"errors"
	"strings"

	"github.com/trexgen/trexgen/internal/patch"
)

// byHand collects the lines that have no place in the files as they are now.
type byHand problems

func (b *byHand) addf(format string, args ...any) { (*problems)(b).addf(format, args...) }

// steps tells the lines as what is to be done, indented below the first.
func (b byHand) steps() []string {
	steps := make([]string, len(b))
	for i, problem := range b {
		steps[i] = "by hand: " + strings.ReplaceAll(problem, "\n", "\n    ")
	}
	return steps
}

// blocked returns what is in the way, as an error; nil if there is nothing, or
// nothing but lines that may be left to the owner of the files.
func (a *addition) blocked(partial bool) error {
	switch {
	case len(a.problems) > 0:
		a.problems = append(a.problems, a.byHand...)
	case len(a.byHand) > 0 && !partial:
		a.problems = append(problems(a.byHand), "all else has its place: give --partial to have it written, and add the lines above by hand")
	}
	return a.problems.blocked()
}

// refuse notes why an operation cannot be done in a file, with its lines and what
// these need to be imported.
func (a *addition) refuse(file string, op patch.Op, err error) {
	if !isPlaceless(err) {
		a.problems.addf("%s", withPath(file, err))
		return
	}
	var imports []string
	for _, needed := range importsOf(op) {
		imports = append(imports, codeOf(needed))
	}
	message := withPath(file, err)
	if len(imports) > 0 {
		message += "\nand import:" + indented(strings.Join(imports, "\n"))
	}
	a.byHand.addf("%s", message)
}

// isPlaceless tells errors of lines that are right, but have no place: their
// owner knows one.
func isPlaceless(err error) bool {
	var ambiguous *patch.AmbiguousError
	var generated *patch.GeneratedError
	return isNotFound(err) || errors.As(err, &ambiguous) || errors.As(err, &generated)
}

// codeOf returns the lines that an operation adds.
func codeOf(op patch.Op) string {
	switch op := op.(type) {
	case patch.Field:
		return strings.TrimSpace(op.Name + " " + op.Type)
	case patch.LitElem:
		return op.Expr + ","
	case patch.Stmt:
		return op.Code
	case patch.Decl:
		return op.Code
	case patch.Import:
		return `"` + op.Path + `"`
	}
	panic("an operation that adds no lines of fields")
}

// indented sets lines apart from the sentence before them, as package patch does.
func indented(lines string) string { return "\n\t" + strings.ReplaceAll(lines, "\n", "\n\t") }
