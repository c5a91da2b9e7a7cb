// Command bone-vault is the service: it serves the API, migrates the database,
// shows and repairs what became of events, and makes tokens for development.
// `bone-vault help` says how.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// The first signal stops in good order, the second one at once.
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], system{os.Stdout, os.Stderr, os.LookupEnv, os.ReadFile}))
}

// system is what the commands know of the world around the process.
type system struct {
	out, err  io.Writer
	lookupEnv func(string) (string, bool)
	readFile  func(string) ([]byte, error)
}

// showHelp is what a command does that only holds others. Without it an unknown
// one among them would be no error.
func showHelp(cmd *cobra.Command, _ []string) error { return cmd.Help() }

// run runs the command of args until it is done or ctx ends, and returns the
// exit code.
func run(ctx context.Context, args []string, sys system) int {
	root := &cobra.Command{
		Use:           api.ServiceName,
		Short:         "The service " + api.ServiceName,
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.AddCommand(newServeCommand(sys), newMigrateCommand(sys), newAuditCommand(sys), newEventsCommand(sys), newTokenCommand(sys), newVersionCommand())
	root.SetArgs(args)
	root.SetOut(sys.out)
	root.SetErr(sys.err)
	if err := root.ExecuteContext(ctx); err != nil {
		// Nobody is left to tell when this fails.
		_, _ = fmt.Fprintf(sys.err, "%s: %v\n", api.ServiceName, err)
		return 1
	}
	return 0
}
