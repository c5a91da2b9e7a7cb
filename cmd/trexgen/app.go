package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"golang.org/x/term"

	"github.com/trexgen/trexgen/blueprints"
	"github.com/trexgen/trexgen/internal/scaffold"
	"github.com/trexgen/trexgen/internal/scaffold/plan"
)

// app is what the outside world is to the commands.
type app struct {
	In  io.Reader
	Out io.Writer // data: --json, --diff, help that was asked for
	Err io.Writer // everything that is meant for people
	// Interactive says that somebody is there to answer: terminals on both sides, and nobody said otherwise.
	Interactive bool
	// Plain says that the terminal takes lines only, so that questions are asked one after the other.
	Plain bool
	// Color says that Err shows colours.
	Color bool
	// Dir is where relative paths begin; the process never changes its directory.
	Dir       string
	Now       func() time.Time
	Blueprint func() (*scaffold.Blueprint, error)

	keys <-chan []byte // what is typed, from the first form on
	held *plan.Hold    // the project, while no other run may change it; see hold
}

// system is the real world.
func system() *app {
	terminal := term.IsTerminal(int(os.Stderr.Fd()))
	dumb := os.Getenv("TERM") == "dumb"
	return &app{
		In:          os.Stdin,
		Out:         os.Stdout,
		Err:         os.Stderr,
		Interactive: terminal && term.IsTerminal(int(os.Stdin.Fd())) && !isTrue(os.Getenv("CI")),
		Plain:       dumb || sizeless(int(os.Stderr.Fd())),
		Color:       terminal && !dumb && os.Getenv("NO_COLOR") == "",
		Dir:         ".",
		Now:         time.Now,
		Blueprint:   func() (*scaffold.Blueprint, error) { return scaffold.OpenBlueprint(blueprints.Service()) },
	}
}

// sizeless tells whether a terminal does not know its size, as on serial lines and in some containers: of a form nothing
// would be seen there.
func sizeless(fd int) bool {
	width, height, err := term.GetSize(fd)
	return err != nil || width == 0 || height == 0
}

// isTrue reads an environment variable that says yes by being there: CI=true, CI=1, CI=woodpecker.
func isTrue(value string) bool {
	if value == "" {
		return false
	}
	no, err := strconv.ParseBool(value)
	return err != nil || no
}

// path makes a path that a user typed relative to where the command runs.
func (a *app) path(typed string) string {
	if filepath.IsAbs(typed) {
		return filepath.Clean(typed)
	}
	return filepath.Join(a.Dir, typed)
}

// sayf tells the user something. A screen that takes nothing any more is no reason to stop half way.
func (a *app) sayf(format string, args ...any) {
	_, _ = fmt.Fprintf(a.Err, format+"\n", args...)
}
