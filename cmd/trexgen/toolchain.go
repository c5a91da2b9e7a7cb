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
	levelTypes              // the compiler, on tests too, before anything is written
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

// commands are what the go command is asked at each level that comes before the writing.
var commands = []struct {
	from level
	args []string
}{
	// Not go vet, which cannot be in a directory that is there in an overlay only.
	{levelTypes, []string{"list", "-export", "-test", "-f", "{{/* nothing to print */}}"}},
	{levelBuild, []string{"build"}},
}

// tryOut lets the go command look at the result before it is written.
func (a *app) tryOut(ctx context.Context, l level, j job) error {
	if l < levelTypes || j.Plan.Empty() {
		return nil
	}
	try := tryChange
	if j.Fresh {
		try = tryNew
	}
	return refused(try(ctx, l, j))
}

// tryNew tries a new service out in a temporary directory.
func tryNew(ctx context.Context, l level, j job) (err error) {
	temp, err := os.MkdirTemp("", "trexgen-verify-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(temp)) }()
	dir := filepath.Join(temp, "service")
	if err := plan.CreateTree(ctx, dir, j.Plan); err != nil {
		return err
	}
	for _, c := range commands {
		if c.from > l {
			break
		}
		if err := goCommand(ctx, dir, slices.Concat(c.args, []string{"./..."})...); err != nil {
			return err
		}
	}
	return nil
}

// tryChange tries the change of a service out where it is, through an overlay. What was wrong before does not count, but
// that the go command cannot look at any source does.
func tryChange(ctx context.Context, l level, j job) (err error) {
	overlay, remove, err := plan.Overlay(j.Root, j.Plan)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, remove()) }()
	for _, c := range commands {
		if c.from > l {
			break
		}
		planned := goCommand(ctx, j.Root, slices.Concat(c.args, []string{"-overlay=" + overlay, "./..."})...)
		if planned == nil {
			continue
		}
		if complaint := (*goError)(nil); errors.As(planned, &complaint) && !inSource.MatchString(complaint.Output) {
			return planned // go.mod is broken, or the module is none of the workspace's
		}
		present := goCommand(ctx, j.Root, slices.Concat(c.args, []string{"./..."})...)
		if err := onlyNew(planned, present); err != nil {
			return err
		}
	}
	return nil
}

// refused says that the go command found something in what would have been written.
func refused(err error) error {
	if !has[*goError](err) {
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
	if errors.Is(err, exec.ErrNotFound) {
		return &usageError{problem: "--verify runs the go command, which is not to be found", hint: "put it into PATH, or leave --verify out"}
	}
	if errors.As(err, new(*exec.ExitError)) {
		output := inOverlay.ReplaceAllString(strings.TrimSpace(out.String()), "")
		return &goError{Args: strings.Join(args, " "), Output: output}
	}
	return err
}

// inSource is a position in a Go file.
var inSource = regexp.MustCompile(`\.go:\d+`)

// inOverlay is the way to a file of an overlay, relative or absolute; what follows is its path in the project.
var inOverlay = regexp.MustCompile(`[^\s]*trexgen-overlay-\d+[/\\]tree[/\\]`)

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
