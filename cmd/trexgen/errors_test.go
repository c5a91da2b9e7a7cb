package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/trexgen/trexgen/internal/patch"
	"github.com/trexgen/trexgen/internal/scaffold"
	"github.com/trexgen/trexgen/internal/scaffold/plan"
)

func TestExitCodes(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		err  error
		want int
	}{
		{nil, exitDone},
		{fs.ErrPermission, exitFailed},
		{&usageError{problem: "x"}, exitUsage},
		{&scaffold.InvalidError{Problems: []string{"x"}}, exitUsage},
		{&scaffold.BlockedError{Problems: []string{"x"}}, exitBlocked},
		{fmt.Errorf("a.go: %w", &patch.NotFoundError{}), exitBlocked},
		{errors.Join(&plan.StaleError{}, &plan.ExistsError{}), exitBlocked},
		{fmt.Errorf("x: %w", plan.ErrNotEmpty), exitBlocked},
		{plan.ErrLocked, exitBlocked},
		{errors.Join(&plan.ReadOnlyError{}, &plan.EditedError{}), exitBlocked},
		{errFound, exitFound},
		{errCancelled, exitCancelled},
		{errors.Join(context.Canceled, fs.ErrPermission), exitCancelled},
	} {
		if got := exitCode(test.err); got != test.want {
			t.Errorf("exitCode(%v): got %d, want %d", test.err, got, test.want)
		}
	}
}

func TestComplainNamesEveryProblem(t *testing.T) {
	t.Parallel()
	var screen bytes.Buffer
	a := &app{Err: &screen}
	a.complain(errors.Join(
		&scaffold.InvalidError{Problems: []string{"one", "two"}},
		fmt.Errorf("three: %w", errors.Join(errors.New("first\nline"), errors.New("second"))),
		&usageError{problem: "four", hint: "do this\nor that"},
	))
	a.complain(fmt.Errorf("x: %w", plan.ErrLocked))
	want := `trexgen: one
trexgen: two
trexgen: three: first
    line
    second
trexgen: four
  → do this
  → or that
trexgen: x: another trexgen is at work here
  → run the command again when the other has ended
`
	if diff := cmp.Diff(want, screen.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestCancelledCommandSaysOnlyThat(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var screen bytes.Buffer
	a := system()
	a.Err, a.Interactive, a.Dir = &screen, false, t.TempDir()
	if code := run(ctx, []string{"new", "birds", "--quiet"}, a); code != exitCancelled {
		t.Errorf("exit code: got %d, want %d", code, exitCancelled)
	}
	if got, want := screen.String(), "trexgen: cancelled, nothing was written\n"; strings.ReplaceAll(got, "\x1b[1m", "") != want && got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
