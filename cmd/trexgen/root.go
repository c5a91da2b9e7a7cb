package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
)

// run carries out one command line and returns the exit code. It writes nowhere but to what a holds.
func run(ctx context.Context, args []string, a *app) int {
	out := &output{Writer: a.Out}
	a.Out = out
	root := a.root()
	root.SetArgs(args)
	cmd, err := root.ExecuteContextC(ctx)
	var outcome *reached
	switch {
	case errors.As(err, &outcome):
		err = outcome.error
	case out.err != nil:
		err = fmt.Errorf("print the answer: %w", out.err)
	case err != nil:
		// What cobra finds before a command begins is a mistake in the command line.
		err = &usageError{problem: err.Error(), hint: "see " + cmd.CommandPath() + " --help"}
	}
	err = errors.Join(err, a.letGo())
	if err != nil && !errors.Is(err, errFound) {
		a.complain(err)
	}
	return exitCode(err)
}

// output remembers that data could not be printed, which cobra forgets of help and takes for a mistake in the command
// line elsewhere.
type output struct {
	io.Writer
	err error // the first
}

func (o *output) Write(p []byte) (int, error) {
	n, err := o.Writer.Write(p)
	if o.err == nil {
		o.err = err
	}
	return n, err
}

// reached marks the errors of the commands themselves.
type reached struct{ error }

func (a *app) root() *cobra.Command {
	var chdir string
	root := &cobra.Command{
		Use:           "trexgen",
		Short:         "Make Go services and extend them",
		Long:          "trexgen makes Go services that are yours to read and change, and adds kinds to them later without losing your edits.",
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          noSuchCommand,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetIn(a.In)
	root.SetOut(a.Out)
	root.SetErr(a.Err)
	root.PersistentFlags().StringVarP(&chdir, "chdir", "C", "", "run as if started in `DIR`")
	root.PersistentPreRunE = func(*cobra.Command, []string) error { return a.chdir(chdir) }
	root.AddCommand(a.newCommand(), a.addCommand(), a.removeCommand(), a.listCommand(), a.versionCommand())
	root.SetHelpCommand(helpCommand(root))
	root.InitDefaultCompletionCmd()
	if completion, _, err := root.Find([]string{"completion"}); err == nil {
		notAlone(completion)
	}
	return root
}

// chdir makes dir the place where the command runs.
func (a *app) chdir(dir string) error {
	if dir == "" {
		return nil
	}
	dir = a.path(dir)
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return &usageError{problem: fmt.Sprintf("-C %s: there is no such directory", dir)}
	}
	a.Dir = dir
	return nil
}

// command makes a leaf of the tree of commands; do gets the arguments once they are as many as args allows.
func command(use, short string, args cobra.PositionalArgs, do func(ctx context.Context, args []string) error) *cobra.Command {
	return &cobra.Command{
		Use:   use,
		Short: short,
		Args:  args,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := do(cmd.Context(), args); err != nil {
				return &reached{err}
			}
			return nil
		},
	}
}

// group makes a command that only holds others.
func group(use, short string, children ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{Use: use, Short: short}
	cmd.AddCommand(children...)
	return notAlone(cmd)
}

// notAlone makes a mistake of a group without one of its commands, which cobra takes for a question.
func notAlone(cmd *cobra.Command) *cobra.Command {
	cmd.Args = noSuchCommand
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		var names []string
		for _, child := range cmd.Commands() {
			names = append(names, child.Name())
		}
		return fmt.Errorf("%s what? There is: %s", cmd.Name(), strings.Join(names, ", "))
	}
	return cmd
}

// noSuchCommand refuses arguments where a command is expected, which cobra itself does at the root only.
func noSuchCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	problem := fmt.Sprintf("unknown command %q for %q", args[0], cmd.CommandPath())
	cmd.SuggestionsMinimumDistance = 2
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		problem += fmt.Sprintf("; did you mean %s?", strings.Join(near, ", "))
	}
	return errors.New(problem)
}

// helpCommand replaces cobra's own, which ends with success when there is no such topic.
func helpCommand(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use:   "help [command]",
		Short: "Show help for a command",
		RunE: func(_ *cobra.Command, args []string) error {
			cmd, rest, err := root.Find(args)
			if err != nil {
				return err
			}
			if err := noSuchCommand(cmd, rest); err != nil && cmd.HasSubCommands() {
				return err
			}
			cmd.InitDefaultHelpFlag()
			return cmd.Help()
		},
	}
}

func (a *app) versionCommand() *cobra.Command {
	return command("version", "Print the version", cobra.NoArgs, func(context.Context, []string) error {
		_, err := fmt.Fprintf(a.Out, "trexgen %s (%s, %s/%s)\n", release(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
		return err
	})
}

// version is set by the linker in releases (-X main.version=v1.2.3).
var version string

// release is the version of this binary. Where the linker says nothing, the go command knows: a tag, a pseudo-version.
func release() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}
