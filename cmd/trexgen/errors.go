package main

import (
	"context"
	"errors"
	"strings"

	"github.com/trexgen/trexgen/internal/patch"
	"github.com/trexgen/trexgen/internal/scaffold"
	"github.com/trexgen/trexgen/internal/scaffold/plan"
)

// The exit codes, which scripts rely on.
const (
	exitDone      = 0   // done, or nothing to do
	exitFailed    = 1   // the disk, a child process, a fault of ours
	exitUsage     = 2   // wrong flags or arguments, names that cannot work
	exitBlocked   = 3   // this project cannot take it as it stands; nothing was written
	exitFound     = 4   // --check found something to do
	exitCancelled = 130 // Ctrl-C, or no to the last question
)

// usageError is a mistake in the command line, with what to type instead.
type usageError struct{ problem, hint string }

func (e *usageError) Error() string { return e.problem }

// blockedError is what stands in the way of the change, with what to do about it.
type blockedError struct {
	error
	hint string
}

func (e *blockedError) Unwrap() error { return e.error }

var (
	errFound     = errors.New("there is something to do")
	errCancelled = errors.New("cancelled, nothing was written")
)

// exitCodes says what an error means to a script. The first row that fits counts; what fits none has failed.
var exitCodes = []struct {
	code int
	is   func(error) bool
}{
	{exitCancelled, func(err error) bool { return errors.Is(err, errCancelled) || errors.Is(err, context.Canceled) }},
	{exitFound, func(err error) bool { return errors.Is(err, errFound) }},
	{exitUsage, has[*usageError]},
	{exitUsage, has[*scaffold.InvalidError]},
	{exitBlocked, has[*blockedError]},
	{exitBlocked, has[*scaffold.BlockedError]},
	{exitBlocked, has[*patch.NotFoundError]},
	{exitBlocked, has[*patch.AmbiguousError]},
	{exitBlocked, has[*patch.ConflictError]},
	{exitBlocked, has[*patch.GeneratedError]},
	{exitBlocked, has[*plan.StaleError]},
	{exitBlocked, has[*plan.ExistsError]},
	{exitBlocked, has[*plan.ReadOnlyError]},
	{exitBlocked, has[*plan.EditedError]},
	{exitBlocked, func(err error) bool {
		return errors.Is(err, plan.ErrNotEmpty) || errors.Is(err, plan.ErrLocked) || errors.Is(err, plan.ErrOutside)
	}},
}

func has[E error](err error) bool {
	var e E
	return errors.As(err, &e)
}

func exitCode(err error) int {
	if err == nil {
		return exitDone
	}
	for _, row := range exitCodes {
		if row.is(err) {
			return row.code
		}
	}
	return exitFailed
}

// complain tells the user what is wrong, every problem on its own, and what to do next.
func (a *app) complain(err error) {
	cancelled := errors.Is(err, errCancelled) || errors.Is(err, context.Canceled)
	if cancelled && !errors.Is(err, plan.ErrUnfinished) {
		err = errCancelled
	}
	for _, problem := range problems(err) {
		a.sayf("%s %s", a.bold("trexgen:"), strings.ReplaceAll(problem, "\n", "\n    "))
	}
	for _, hint := range hints(err) {
		a.sayf("  %s %s", a.dim("→"), hint)
	}
}

// problems takes an error apart into what errors.Join and the lists of scaffold put together.
func problems(err error) []string {
	var list []string
	switch e := err.(type) { // one level at a time
	case *scaffold.InvalidError:
		return e.Problems
	case *scaffold.BlockedError:
		return e.Problems
	case interface{ Unwrap() []error }:
		for _, one := range e.Unwrap() {
			list = append(list, problems(one)...)
		}
		if errors.Join(e.Unwrap()...).Error() == err.Error() { // and no words of its own
			return list
		}
	}
	return []string{err.Error()}
}

func hints(err error) []string {
	var usage *usageError
	var blocked *blockedError
	switch {
	case errors.As(err, &usage) && usage.hint != "":
		return strings.Split(usage.hint, "\n")
	case errors.As(err, &blocked) && blocked.hint != "":
		return strings.Split(blocked.hint, "\n")
	case errors.Is(err, plan.ErrNotEmpty):
		return []string{"choose another directory with --dir DIR"}
	case errors.Is(err, plan.ErrLocked):
		return []string{"run the command again when the other has ended"}
	}
	return nil
}
