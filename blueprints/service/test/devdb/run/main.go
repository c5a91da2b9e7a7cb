// Command run runs a program with a PostgreSQL:
//
//	go run ./test/devdb/run [--dir DIR] -- program argument…
//
// The program finds the database in DATABASE_URL. If that is set already it is
// left alone; else a server is started, and stopped when the program has ended.
// With --dir its data stays in DIR for the next run, and a run that starts
// meanwhile shares the server. The exit code is the program's, or 128 plus the
// signal that ended it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"github.com/trexgen/trexgen/blueprints/service/test/devdb"
)

// The exit codes that are not the program's.
const (
	exitFailed      = 1
	exitUsage       = 2
	exitInterrupted = 130
)

func main() {
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	os.Exit(run(os.Args[1:], signals, os.Stdout, os.Stderr))
}

func run(args []string, signals <-chan os.Signal, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("run", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprintln(stderr, "usage: run [--dir DIR] -- program argument…")
		flags.PrintDefaults()
	}
	dir := flags.String("dir", "", "keep the data in this folder; without it the server is a throw-away")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		return 0
	} else if err != nil {
		return exitUsage
	}
	if flags.NArg() == 0 {
		flags.Usage()
		return exitUsage
	}
	server, err := start(devdb.Options{Dir: *dir, Log: stderr}, signals)
	if errors.Is(err, context.Canceled) {
		return exitInterrupted
	}
	if err != nil {
		fmt.Fprintln(stderr, "devdb:", err)
		return exitFailed
	}
	code, err := execute(program(flags.Args(), server.URL(), stdout, stderr), signals)
	if err := errors.Join(err, server.Stop()); err != nil {
		fmt.Fprintln(stderr, "devdb:", err)
		code = max(code, exitFailed)
	}
	return code
}

// start starts the server unless a signal comes first.
func start(o devdb.Options, signals <-chan os.Signal) (*devdb.Server, error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	type result struct {
		server *devdb.Server
		err    error
	}
	started := make(chan result, 1)
	go func() {
		server, err := devdb.Start(ctx, o)
		started <- result{server, err}
	}()
	select {
	case r := <-started:
		return r.server, r.err
	case <-signals:
		cancel()
	}
	r := <-started // it clears up
	if r.err == nil {
		r.err = r.server.Stop()
	}
	return nil, errors.Join(context.Canceled, r.err)
}

func program(args []string, url string, stdout, stderr io.Writer) *exec.Cmd {
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, stdout, stderr
	cmd.Env = append(os.Environ(), "DATABASE_URL="+url)
	return cmd
}

// execute runs the program until it ends, passing signals on.
func execute(cmd *exec.Cmd, signals <-chan os.Signal) (int, error) {
	if err := cmd.Start(); err != nil {
		return exitFailed, err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for {
		select {
		case s := <-signals:
			if s == os.Interrupt && terminalDelivers() {
				continue // a second one would make the program give up its shutdown
			}
			if err := cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
				return exitFailed, errors.Join(err, cmd.Process.Kill(), <-ended)
			}
		case err := <-ended:
			var exit *exec.ExitError
			if err == nil || errors.As(err, &exit) {
				return exitCode(cmd.ProcessState), nil
			}
			return exitFailed, err
		}
	}
}
