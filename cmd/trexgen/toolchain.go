package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/trexgen/trexgen/internal/scaffold/plan"
)

// level is how far --verify goes. Each level includes those before it.
type level int

const (
	levelParse level = iota // in memory: syntax and formatting
	levelTypes              // go vet, tests included, before anything is written
	levelBuild              // go build, before anything is written
	levelTest               // go test, on what was written
)

var levels = []string{"parse", "types", "build", "test"}

// String, Set and Type make a level a flag.
func (l *level) String() string { return levels[*l] }

func (l *level) Type() string { return "level" }

func (l *level) Set(s string) error {
	i := slices.Index(levels, s)
	if i < 0 {
		return fmt.Errorf("there are %s", strings.Join(levels, ", "))
	}
	*l = level(i)
	return nil
}

// tryOut lets the go command look at the result before it is written. A new service is tried out in a temporary
// directory, an existing one where it is, through an overlay; there, what was wrong before does not count.
func (a *app) tryOut(ctx context.Context, l level, j job) (err error) {
	if l < levelTypes || j.Plan.Empty() {
		return nil
	}
	commands := [][]string{{"vet"}}
	if l >= levelBuild {
		commands = append(commands, []string{"build"})
	}
	if j.Fresh {
		temp, err := os.MkdirTemp("", "trexgen-verify-")
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(temp)) }()
		dir := filepath.Join(temp, "service")
		if err := plan.CreateTree(ctx, dir, j.Plan); err != nil {
			return err
		}
		for _, args := range commands {
			if err := goCommand(ctx, dir, append(args, "./...")...); err != nil {
				return refused(err)
			}
		}
		return nil
	}
	overlay, remove, err := plan.Overlay(j.Root, j.Plan)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, remove()) }()
	for _, args := range commands {
		planned := goCommand(ctx, j.Root, append(args, "-overlay="+overlay, "./...")...)
		if planned == nil {
			continue
		}
		if err := onlyNew(planned, goCommand(ctx, j.Root, append(args, "./...")...)); err != nil {
			return refused(err)
		}
	}
	return nil
}

// refused says that the go command found something in what would have been written.
func refused(err error) error {
	if errors.Is(err, context.Canceled) || !has[*goError](err) {
		return err
	}
	return &blockedError{err, "nothing was written; leave --verify out to write it nevertheless"}
}

// goError is what the go command says when it finds something.
type goError struct{ Args, Output string }

func (e *goError) Error() string { return "go " + e.Args + ":\n" + e.Output }

// goCommand runs the go command in dir and returns what it complains about as a *goError.
func goCommand(ctx context.Context, dir string, args ...string) error {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = dir
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if errors.As(err, new(*exec.ExitError)) {
		return &goError{Args: strings.Join(args, " "), Output: strings.TrimSpace(out.String())}
	}
	return err
}

// onlyNew takes from what the go command says about the planned files what it says about the present ones too, and
// returns nil when nothing is left. Lines move when others are inserted, so positions do not count.
func onlyNew(planned, present error) error {
	var after, before *goError
	if !errors.As(planned, &after) || !errors.As(present, &before) {
		return planned
	}
	known := map[string]int{}
	for line := range strings.Lines(before.Output) {
		known[withoutPosition(line)]++
	}
	var left []string
	for line := range strings.Lines(after.Output) {
		line = strings.TrimRight(line, "\n")
		if key := withoutPosition(line); known[key] > 0 {
			known[key]--
		} else {
			left = append(left, line)
		}
	}
	// Headings ("# package") alone are no complaint.
	if !slices.ContainsFunc(left, func(line string) bool { return !strings.HasPrefix(line, "#") }) {
		return nil
	}
	return &goError{Args: after.Args, Output: strings.Join(left, "\n")}
}

var position = regexp.MustCompile(`:\d+(:\d+)?:`)

func withoutPosition(line string) string {
	return position.ReplaceAllString(strings.TrimSpace(line), ":")
}
