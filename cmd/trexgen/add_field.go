package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/trexgen/trexgen/internal/scaffold"
)

// fieldOptions is what trexgen add field is asked for.
type fieldOptions struct {
	options
	Kind    string
	Fields  []string
	Partial bool
}

func (a *app) addFieldCommand() *cobra.Command {
	var o fieldOptions
	cmd := command("field [KIND] [FIELD]…", "Add fields to a kind", cobra.ArbitraryArgs, func(ctx context.Context, args []string) error {
		if len(args) > 0 {
			o.Kind, o.Fields = args[0], args[1:]
		}
		return a.addField(ctx, o)
	})
	cmd.Long = `Add fields to a kind of the service in this directory: to its model, presenter, OpenAPI file, samples and tests, with a
migration that replicas of the release before survive. What was edited since stays as it is; where a file was changed so
much that there is no place for the field, nothing is written, and the lines to add by hand are shown; --partial writes
all else.

A required field needs a value for the rows that are there. It is the default, if the field has one. Otherwise the
migration is the first of two steps: the column gets a stopgap as its default, which a later release drops.

` + fieldHelp()
	cmd.Example = "  trexgen add field Bird 'ringed:bool:required:default=false' 'notes:text'\n" +
		"  trexgen add field Bird 'nest:ref(Nest)' --diff"
	cmd.Flags().BoolVar(&o.Partial, "partial", false, "write what has a place, and show the lines to add by hand for what has none")
	o.register(cmd.Flags())
	return cmd
}

func (a *app) addField(ctx context.Context, o fieldOptions) error {
	if err := o.validate(); err != nil {
		return err
	}
	asked := o.Kind == "" || len(o.Fields) == 0
	if asked && !a.asks(o.options) {
		return o.incomplete()
	}
	root, project, err := a.openProject(ctx, o.options)
	if err != nil {
		return err
	}
	if asked {
		if err := a.askFields(ctx, project, &o); err != nil {
			return err
		}
		a.sayf("%s", a.dim("the same without questions: "+o.commandLine()))
	}
	fields, err := scaffold.ParseFields(o.Fields...)
	if err != nil {
		return err
	}
	id, err := project.NextMigrationID(a.Now())
	if err != nil {
		return err
	}
	blueprint, err := a.Blueprint()
	if err != nil {
		return err
	}
	p, err := scaffold.PlanFields(blueprint, project, o.Kind, fields, scaffold.FieldOptions{MigrationID: id, Partial: o.Partial})
	if err != nil {
		return err
	}
	kind, err := project.Kind(o.Kind)
	if err != nil {
		return err
	}
	return a.finish(ctx, o.options, job{
		Title: fmt.Sprintf("%s of kind %s in %s", fieldList(fields), kind.Name, project.Service.Name.Kebab()),
		Plan:  p,
		Root:  root,
		Asked: asked,
	})
}

// commandLine is what asks for the same without questions.
func (o fieldOptions) commandLine() string {
	line := append([]string{"trexgen", "add", "field", o.Kind}, o.Fields...)
	if o.Partial {
		line = append(line, "--partial")
	}
	return shellLine(line)
}

// incomplete names what is missing where nobody can be asked for it.
func (o fieldOptions) incomplete() error {
	kind, missing := o.Kind, "the fields are missing"
	if kind == "" {
		kind, missing = "KIND", "the KIND and its new fields are missing"
	}
	return &usageError{
		problem: "add field: " + missing,
		hint:    "trexgen add field " + shellWord(kind) + " 'name:type:modifier'",
	}
}

func (a *app) askFields(ctx context.Context, project *scaffold.Project, o *fieldOptions) error {
	if o.Kind == "" {
		if err := a.askKindName(ctx, project, &o.Kind); err != nil {
			return err
		}
	}
	if len(o.Fields) > 0 {
		return nil
	}
	fields := ""
	err := a.ask(ctx, question{
		Title:  "New fields",
		Hint:   fieldHint,
		Answer: &fields,
		Check:  func(s string) error { _, err := scaffold.ParseFields(s); return err },
	})
	o.Fields = []string{strings.TrimSpace(fields)}
	return err
}

// fieldList names fields: "field a", "fields a and b", "fields a, b and c".
func fieldList(fields []scaffold.Field) string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.Column()
	}
	if len(names) == 1 {
		return "field " + names[0]
	}
	last := len(names) - 1
	return "fields " + strings.Join(names[:last], ", ") + " and " + names[last]
}
