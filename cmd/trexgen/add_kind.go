package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/trexgen/trexgen/internal/scaffold"
)

// kindOptions is what trexgen add kind is asked for.
type kindOptions struct {
	options
	Name   string
	Fields []string // nil if nobody said whether there are any
	Plural string
}

func (a *app) addKindCommand() *cobra.Command {
	var o kindOptions
	cmd := command("kind [NAME]", "Add a kind to the service", oneKind, func(ctx context.Context, args []string) error {
		if len(args) > 0 {
			o.Name = args[0]
		}
		return a.addKind(ctx, o)
	})
	cmd.Long = "Add a kind to the service in this directory: model, migration, DAO, service, handler, routes, OpenAPI and tests.\n\n" + fieldHelp()
	cmd.Example = "  trexgen add kind Bird --fields 'name:string:required,wingspan:float,ringed_at:time'\n" +
		"  trexgen add kind Datum --plural Data --dry-run"
	f := cmd.Flags()
	f.StringArrayVar(&o.Fields, "fields", nil, "its fields, `LIST` is 'name:type:modifier,…' (repeatable)")
	f.StringVar(&o.Plural, "plural", "", "its `PLURAL`, where the usual one is wrong")
	o.register(f)
	return cmd
}

func oneKind(_ *cobra.Command, args []string) error {
	if len(args) > 1 {
		return fmt.Errorf("add kind takes one NAME, not also %q; fields are given as --fields '%s'", args[1], strings.Join(args[1:], ","))
	}
	return nil
}

func (a *app) addKind(ctx context.Context, o kindOptions) error {
	if err := o.validate(); err != nil {
		return err
	}
	if !a.asks(o.options) {
		if err := o.complete(); err != nil {
			return err
		}
	}
	root, project, err := a.openProject(ctx, o.options)
	if err != nil {
		return err
	}
	asked := o.Name == "" || o.Fields == nil
	if asked {
		if err := a.askKind(ctx, &o); err != nil {
			return err
		}
		a.sayf("%s", a.dim("the same without questions: "+o.commandLine()))
	}
	kind, err := scaffold.NewKind(o.Name, o.Plural, o.Fields...)
	if err != nil {
		return err
	}
	if kind.MigrationID, err = project.NextMigrationID(a.Now()); err != nil {
		return err
	}
	blueprint, err := a.Blueprint()
	if err != nil {
		return err
	}
	p, err := scaffold.PlanKind(blueprint, project, kind)
	if err != nil {
		return err
	}
	return a.finish(ctx, o.options, job{
		Title: fmt.Sprintf("kind %s (plural %s) in %s", kind.Name, kind.Name.Many(), project.Service.Name.Kebab()),
		Plan:  p,
		Root:  root,
		Asked: asked,
	})
}

// complete names what is missing where nobody can be asked for it.
func (o kindOptions) complete() error {
	name, missing := o.Name, "the NAME of the kind"
	switch {
	case name == "":
		name = "NAME"
	case o.Fields == nil:
		missing = "--fields"
	default:
		return nil
	}
	return &usageError{
		problem: "add kind: " + missing + " is missing",
		hint:    "trexgen add kind " + shellWord(name) + " --fields 'name:type:required,…'",
	}
}

func (a *app) askKind(ctx context.Context, o *kindOptions) error {
	var questions []question
	if o.Name == "" {
		questions = append(questions, question{
			Title:  "Name of the kind",
			Hint:   func() string { return "Bird, order-item, HTTPServer" },
			Answer: &o.Name,
			Check:  func(s string) error { _, err := scaffold.ParseKindName(s, o.Plural); return err },
		})
	}
	if o.Plural == "" {
		questions = append(questions, question{
			Title: "Plural",
			Hint: func() string {
				name, err := scaffold.ParseKindName(strings.TrimSpace(o.Name), "")
				if err != nil {
					return "where the usual one is wrong"
				}
				return "empty for " + name.Many().Pascal()
			},
			Answer: &o.Plural,
			Check:  func(s string) error { _, err := scaffold.ParseKindName(strings.TrimSpace(o.Name), s); return err },
		})
	}
	fields := ""
	if o.Fields == nil {
		questions = append(questions, question{
			Title:  "Fields",
			Hint:   func() string { return fieldHint() },
			Answer: &fields,
			Check:  func(s string) error { _, err := scaffold.ParseFields(s); return err },
		})
	}
	if err := a.ask(ctx, questions...); err != nil {
		return err
	}
	o.Name, o.Plural = strings.TrimSpace(o.Name), strings.TrimSpace(o.Plural)
	if o.Fields == nil {
		o.Fields = []string{strings.TrimSpace(fields)}
	}
	return nil
}

// commandLine is what asks for the same without questions.
func (o kindOptions) commandLine() string {
	line := []string{"trexgen", "add", "kind", o.Name}
	line = appendFlag(line, "--plural", o.Plural)
	line = append(line, "--fields", strings.Join(o.Fields, ","))
	return shellLine(line)
}
