package scaffold

import (
	"errors"
	"fmt"
	"strings"
)

// An InvalidError says that what was asked for cannot work: a name, a field, a
// module path. Each problem says what is wrong and what to give instead.
type InvalidError struct{ Problems []string }

func (e *InvalidError) Error() string { return strings.Join(e.Problems, "\n") }

// A BlockedError says that what was asked for is fine but cannot be done in this
// project as it stands: a file is in the way, a kind exists already. Nothing was
// changed. Each problem says what is in the way and the next step.
type BlockedError struct{ Problems []string }

func (e *BlockedError) Error() string { return strings.Join(e.Problems, "\n") }

// problems collects what is wrong with an input, so that all of it can be said
// at once.
type problems []string

func (p *problems) addf(format string, args ...any) {
	*p = append(*p, fmt.Sprintf(format, args...))
}

// merge takes over the problems of an InvalidError and returns every other
// error as it is.
func (p *problems) merge(err error) error {
	var invalid *InvalidError
	if !errors.As(err, &invalid) {
		return err
	}
	*p = append(*p, invalid.Problems...)
	return nil
}

// invalid returns the problems as an error, or nil if there are none.
func (p problems) invalid() error {
	if len(p) == 0 {
		return nil
	}
	return &InvalidError{Problems: p}
}

// blocked returns the problems as an error, or nil if there are none.
func (p problems) blocked() error {
	if len(p) == 0 {
		return nil
	}
	return &BlockedError{Problems: p}
}
