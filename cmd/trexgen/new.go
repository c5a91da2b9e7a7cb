package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/trexgen/trexgen/internal/scaffold"
	"github.com/trexgen/trexgen/internal/scaffold/plan"
)

// newOptions is what trexgen new is asked for.
type newOptions struct {
	options
	Name   string
	Module string
	Dir    string
	Kinds  []string
	// Clients are the optional ones that it is made with.
	Clients []string
	Git     bool
}

func (a *app) newCommand() *cobra.Command {
	var o newOptions
	cmd := command("new [NAME]", "Make a new service", cobra.MaximumNArgs(1), func(ctx context.Context, args []string) error {
		if len(args) > 0 {
			o.Name = args[0]
		}
		return a.newService(ctx, o)
	})
	cmd.Long = "Make a new service in the directory NAME: HTTP API, PostgreSQL, migrations, events, tests, ready to run.\n\n" +
		clientHelp() + "\n\n" + fieldHelp()
	cmd.Example = "  trexgen new rh-birds --module github.com/me/rh-birds --kind 'Bird name:string:required,wingspan:float'\n" +
		"  trexgen new my_service --dry-run"
	f := cmd.Flags()
	f.StringVar(&o.Module, "module", "", "`PATH` of its Go module (default NAME)")
	f.StringVar(&o.Dir, "dir", "", "`DIR` to make it in (default NAME)")
	f.StringArrayVar(&o.Kinds, "kind", nil, "a kind to begin with, `SPEC` is 'NAME field:type:modifier,…' (repeatable)")
	f.StringSliceVar(&o.Clients, "client", nil, "an optional client that it is to have, `NAME` is "+clientNames()+" (repeatable)")
	f.BoolVar(&o.Git, "git", false, "run git init in it")
	o.register(f)
	completeClients(cmd)
	return cmd
}

func (a *app) newService(ctx context.Context, o newOptions) error {
	if err := o.validate(); err != nil {
		return err
	}
	asked := o.Name == ""
	if asked {
		if !a.asks(o.options) {
			return &usageError{problem: "new: the NAME of the service is missing", hint: "trexgen new NAME"}
		}
		if err := a.askNew(ctx, &o); err != nil {
			return err
		}
		a.sayf("%s", a.dim("the same without questions: "+o.commandLine()))
	}
	service, kinds, err := a.parseNew(o)
	if err != nil {
		return err
	}
	dir := o.Dir
	if dir == "" {
		dir = o.Name
	}
	j := job{Root: a.path(dir), Fresh: true, Asked: asked}
	j.Title = fmt.Sprintf("service %s in %s", service.Name.Kebab(), dir)
	if o.Git {
		if j.After, err = gitInit(j.Root); err != nil {
			return err
		}
	}
	if o.writes() {
		recovered, err := plan.RecoverTree(ctx, j.Root)
		if err != nil {
			return err
		}
		if recovered {
			a.sayRecovered(o.options)
		}
	}
	// CreateTree looks again; here the answer comes before the work, and in a dry run too.
	if err := plan.Vacant(j.Root); err != nil {
		return err
	}
	blueprint, err := a.Blueprint()
	if err != nil {
		return err
	}
	if j.Plan, err = scaffold.PlanService(blueprint, service, kinds); err != nil {
		return err
	}
	j.Plan.Next = append(enter(dir, j.Root), j.Plan.Next...)
	return a.finish(ctx, o.options, j)
}

// parseNew reads the names and kinds, and returns all that is wrong with them. The kinds come in the order in which their
// tables can be made.
func (a *app) parseNew(o newOptions) (scaffold.Service, []scaffold.Kind, error) {
	service, err := scaffold.NewService(o.Name, o.Module)
	errs := []error{err}
	service.Clients, err = scaffold.ParseClients(o.Clients)
	errs = append(errs, err)
	var kinds []scaffold.Kind
	for _, spec := range o.Kinds {
		kind, err := scaffold.ParseKind(spec)
		errs = append(errs, err)
		kinds = append(kinds, kind)
	}
	if err := errors.Join(errs...); err != nil {
		return service, nil, err
	}
	if kinds, err = scaffold.OrderKinds(kinds); err != nil {
		return service, nil, err
	}
	for i, id := range scaffold.FirstMigrationIDs(len(kinds)) {
		kinds[i].MigrationID = id
	}
	return service, kinds, nil
}

func (a *app) askNew(ctx context.Context, o *newOptions) error {
	kind, clients := "", ""
	questions := []question{{
		Title:  "Name of the service",
		Hint:   func() string { return "rh-birds, my_service, Inventory" },
		Answer: &o.Name,
		Check:  func(s string) error { _, err := scaffold.NewService(s, ""); return err },
	}}
	if o.Module == "" {
		questions = append(questions, question{
			Title: "Go module",
			Hint: func() string {
				service, err := scaffold.NewService(strings.TrimSpace(o.Name), "")
				if err != nil {
					return "github.com/me/birds"
				}
				return "empty for " + service.Module
			},
			Answer: &o.Module,
			Check: func(s string) error {
				if s == "" {
					return nil
				}
				_, err := scaffold.NewService("orders", s)
				return err
			},
		})
	}
	if len(o.Kinds) == 0 {
		questions = append(questions, question{
			Title:  "First kind",
			Hint:   func() string { return "Bird name:string:required:max=80,wingspan:float:min=0; empty for none" },
			Answer: &kind,
			Check: func(s string) error {
				if s == "" {
					return nil
				}
				_, err := scaffold.ParseKind(s)
				return err
			},
		})
	}
	if len(o.Clients) == 0 {
		questions = append(questions, clientQuestion(&clients))
	}
	if err := a.ask(ctx, questions...); err != nil {
		return err
	}
	o.Clients = append(o.Clients, splitClients(clients)...)
	o.Name, o.Module = strings.TrimSpace(o.Name), strings.TrimSpace(o.Module)
	if kind = strings.TrimSpace(kind); kind != "" {
		o.Kinds = append(o.Kinds, kind)
	}
	return nil
}

// commandLine is what asks for the same without questions.
func (o newOptions) commandLine() string {
	line := []string{"trexgen", "new", o.Name}
	line = appendFlag(line, "--module", o.Module)
	line = appendFlag(line, "--dir", o.Dir)
	for _, kind := range o.Kinds {
		line = appendFlag(line, "--kind", kind)
	}
	for _, client := range o.Clients {
		line = appendFlag(line, "--client", client)
	}
	if o.Git {
		line = append(line, "--git")
	}
	return shellLine(line)
}

// gitInit returns what makes root a git repository, or an error when there is no git to do it.
func gitInit(root string) (func(context.Context) error, error) {
	git, err := exec.LookPath("git")
	if err != nil {
		return nil, &usageError{problem: "--git: there is no git on the PATH", hint: "leave --git out, or install git"}
	}
	return func(ctx context.Context) error {
		cmd := exec.CommandContext(ctx, git, "init", "--quiet")
		cmd.Dir = root
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("git init: %w\n%s", err, strings.TrimSpace(string(out)))
		}
		return nil
	}, nil
}

// enter are the commands that lead into a new service: cd, and in a workspace also go work use, without which the go
// command would not look at it.
func enter(typed, root string) []string {
	var steps []string
	switch {
	case strings.HasPrefix(typed, "-"): // an option to cd
		steps = []string{shellLine([]string{"cd", "./" + typed})}
	case typed != ".":
		steps = []string{shellLine([]string{"cd", typed})}
	}
	if abs, err := filepath.Abs(root); err == nil {
		if _, ok := findUp(filepath.Dir(abs), "go.work"); ok && os.Getenv("GOWORK") != "off" {
			steps = append(steps, "go work use .")
		}
	}
	return steps
}
