package tsl

import (
	"fmt"
	"unicode/utf8"
)

// Limits of one search. They keep what a client can ask of the database small.
const (
	MaxLength = 8 << 10 // bytes
	MaxDepth  = 32      // parentheses and nots within each other
	MaxTerms  = 250     // comparisons, counting each value of a list
)

// Error says what is wrong with a search, and where.
type Error struct {
	// At counts characters from 1.
	At     int
	Reason string
}

func (e *Error) Error() string { return fmt.Sprintf("at %d: %s", e.At, e.Reason) }

// errorAt returns an Error about the byte at pos of text.
func errorAt(text string, pos int, format string, args ...any) error {
	return &Error{At: utf8.RuneCountInString(text[:pos]) + 1, Reason: fmt.Sprintf(format, args...)}
}
