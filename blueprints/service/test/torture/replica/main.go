// Command replica is the service as the tests of package torture run it: its
// environment and its server, and a handler that does what the test says. It
// takes the options of the command serve and two more. It ends with SIGTERM, or
// when its standard input does, so that it does not outlive the test.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/pflag"

	"github.com/trexgen/trexgen/blueprints/service/cmd/bone-vault/environments"
	"github.com/trexgen/trexgen/blueprints/service/cmd/bone-vault/server"
	"github.com/trexgen/trexgen/blueprints/service/pkg/config"
	"github.com/trexgen/trexgen/blueprints/service/pkg/controllers"
	"github.com/trexgen/trexgen/blueprints/service/pkg/logger"
	"github.com/trexgen/trexgen/blueprints/service/test/torture"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // its end is all that matters
		os.Exit(1)
	}()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "replica:", err)
		os.Exit(1)
	}
}

// run serves until ctx ends, which is no error.
func run(ctx context.Context, args []string) (err error) {
	flags := pflag.NewFlagSet("replica", pflag.ContinueOnError)
	cfg := config.Bind(flags)
	witness := flags.String("witness", "", "`URL` of the witness")
	name := flags.String("name", "replica", "what the witness calls this replica")
	if err := flags.Parse(args); err != nil {
		return err
	}
	unset := func(string) (string, bool) { return "", false }
	if err := cfg.Load(flags, unset, os.ReadFile); err != nil {
		return err
	}
	log, err := logger.New(os.Stderr, cfg.Log.Format, cfg.Log.Level)
	if err != nil {
		return err
	}
	env, err := environments.New(ctx, cfg, log, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, env.Close()) }()
	handle := newHandler(env, *witness, fmt.Sprintf("%s (%d)", *name, os.Getpid())).handle
	registration := controllers.Registration{Source: torture.Source, OnUpsert: handle, OnDelete: handle}
	if err := env.Controllers.Register(registration); err != nil {
		return err
	}
	s, err := server.New(ctx, env, server.Build{Version: "torture"})
	if err != nil {
		return err
	}
	return s.Run(ctx)
}
