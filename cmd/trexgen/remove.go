package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/trexgen/trexgen/internal/scaffold"
)

// removeOptions is what trexgen remove kind is asked for.
type removeOptions struct {
	options
	Name          string
	Force         bool
	NeverMigrated bool
}

func (a *app) removeCommand() *cobra.Command {
	return group("remove", "Remove from a service", a.removeKindCommand())
}

func (a *app) removeKindCommand() *cobra.Command {
	var o removeOptions
	cmd := command("kind [NAME]", "Remove a kind from the service", oneName("remove kind"), func(ctx context.Context, args []string) error {
		if len(args) > 0 {
			o.Name = args[0]
		}
		return a.removeKind(ctx, o)
	})
	cmd.Long = `Remove a kind from the service in this directory: its files, its lines in the files that list all kinds, its table.

Files that were edited since trexgen made them stop it, and so does code elsewhere that mentions the kind; --force
removes the kind all the same. The table is dropped by a new migration; those that are there stay as they are. If git
does not know the kind's migrations yet, or with --never-migrated, they are deleted instead, and nothing is left of
the kind.`
	cmd.Example = "  trexgen remove kind Bird --dry-run\n  trexgen remove kind Bird --yes"
	f := cmd.Flags()
	f.BoolVar(&o.Force, "force", false, "delete edited files too, and do not mind code that mentions the kind")
	f.BoolVar(&o.NeverMigrated, "never-migrated", false, "the kind's migrations ran nowhere that matters: delete them, add none that drops the table")
	o.register(f)
	return cmd
}

// oneName takes at most one argument.
func oneName(what string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) > 1 {
			return fmt.Errorf("%s takes one NAME, not also %q", what, strings.Join(args[1:], " "))
		}
		return nil
	}
}

func (a *app) removeKind(ctx context.Context, o removeOptions) error {
	if err := o.validate(); err != nil {
		return err
	}
	if o.Name == "" && !a.asks(o.options) {
		return &usageError{problem: "remove kind: the NAME of the kind is missing", hint: "trexgen remove kind NAME; trexgen list names the kinds"}
	}
	root, project, err := a.openProject(ctx, o.options)
	if err != nil {
		return err
	}
	if o.Name == "" {
		if err := a.askKindName(ctx, project, &o.Name); err != nil {
			return err
		}
	}
	kind, err := project.Kind(o.Name)
	if err != nil {
		return err
	}
	removal := scaffold.Removal{Force: o.Force, NeverMigrated: o.NeverMigrated || unknownToGit(root, project.Migrations(kind))}
	if removal.MigrationID, err = project.NextMigrationID(a.Now()); err != nil {
		return err
	}
	blueprint, err := a.Blueprint()
	if err != nil {
		return err
	}
	p, err := scaffold.PlanRemoval(blueprint, project, o.Name, removal)
	if err != nil {
		return err
	}
	end := "its table is dropped by a new migration"
	if removal.NeverMigrated {
		end = "its migrations are deleted, since they never ran"
		if !o.NeverMigrated {
			end = "its migrations are deleted, since git does not know them"
		}
	}
	return a.finish(ctx, o.options, job{
		Title: fmt.Sprintf("remove kind %s from %s; %s", kind.Name, project.Service.Name.Kebab(), end),
		Plan:  p,
		Root:  root,
		Asked: a.asks(o.options), // what is deleted is shown before it is
	})
}

// askKindName asks for one of the project's kinds. Where there are none, no answer would do.
func (a *app) askKindName(ctx context.Context, project *scaffold.Project, name *string) error {
	if len(project.Kinds) == 0 {
		return &usageError{problem: "the project has no kinds yet", hint: "trexgen add kind NAME"}
	}
	var names []string
	for _, k := range project.Kinds {
		names = append(names, k.Name.Pascal())
	}
	err := a.ask(ctx, question{
		Title:  "Name of the kind",
		Hint:   func() string { return strings.Join(names, ", ") },
		Answer: name,
		Check:  func(s string) error { _, err := project.Kind(s); return err },
	})
	*name = strings.TrimSpace(*name)
	return err
}
