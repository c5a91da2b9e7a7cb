package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/trexgen/trexgen/internal/scaffold"
)

// listOptions is what trexgen list is asked for.
type listOptions struct{ JSON, Types bool }

func (a *app) listCommand() *cobra.Command {
	var o listOptions
	cmd := command("list", "Show the kinds of the service, their fields, its clients", cobra.NoArgs, func(ctx context.Context, _ []string) error {
		if o.Types {
			return a.listTypes(o)
		}
		return a.listKinds(ctx, o)
	})
	cmd.Long = "Show the kinds of the service in this directory, their paths and their fields, and its optional clients, as\n" +
		"trexgen.yaml records them; or, with --types, the types and modifiers that fields may have."
	cmd.Example = "  trexgen list\n  trexgen list --json\n  trexgen list --types"
	cmd.Flags().BoolVar(&o.JSON, "json", false, "print JSON")
	cmd.Flags().BoolVar(&o.Types, "types", false, "show the types and modifiers of fields instead")
	return cmd
}

// listedService is what list --json prints.
type listedService struct {
	Service string       `json:"service"`
	Module  string       `json:"module"`
	Clients []string     `json:"clients"`
	Kinds   []listedKind `json:"kinds"`
}

type listedKind struct {
	Name   string        `json:"name"`
	Plural string        `json:"plural"`
	Table  string        `json:"table"`
	Path   string        `json:"path"`
	Fields []listedField `json:"fields"`
}

type listedField struct {
	Name      string   `json:"name"` // that in JSON, which is the column too
	Type      string   `json:"type"`
	Column    string   `json:"column_type"`
	Modifiers []string `json:"modifiers"`
}

func (a *app) listKinds(ctx context.Context, o listOptions) error {
	_, project, err := a.openProject(ctx, options{DryRun: true}) // which writes nothing
	if err != nil {
		return err
	}
	listed := listService(project)
	if o.JSON {
		return a.printData(listed)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s (%s)\n", listed.Service, listed.Module)
	if len(listed.Clients) > 0 {
		fmt.Fprintf(&b, "\nclients: %s\n", strings.Join(listed.Clients, ", "))
	}
	if len(listed.Kinds) == 0 {
		fmt.Fprintf(&b, "\nno kinds yet; trexgen add kind NAME adds one\n")
	}
	for _, k := range listed.Kinds {
		fmt.Fprintf(&b, "\n%s, plural %s, %s\n", k.Name, k.Plural, k.Path)
		w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
		for _, f := range k.Fields {
			fmt.Fprintf(w, "  %s\t%s\t%s\n", f.Name, f.Type, strings.Join(f.Modifiers, " "))
		}
		if err := w.Flush(); err != nil {
			return err
		}
	}
	return a.printText(trailingSpace.ReplaceAllString(b.String(), ""))
}

// trailingSpace is what a table leaves behind empty cells.
var trailingSpace = regexp.MustCompile(`(?m) +$`)

func listService(project *scaffold.Project) listedService {
	listed := listedService{
		Service: project.Service.Name.Kebab(), Module: project.Service.Module,
		Clients: append([]string{}, project.Service.Clients...), // [] in JSON if there are none
		Kinds:   []listedKind{},
	}
	for _, k := range project.Kinds {
		kind := listedKind{
			Name:   k.Name.Pascal(),
			Plural: k.Name.Many().Pascal(),
			Table:  k.Name.Many().Snake(),
			Path:   "/api/" + listed.Service + "/v1/" + k.Name.Many().Snake(),
		}
		for _, f := range k.Fields {
			kind.Fields = append(kind.Fields, listedField{Name: f.Column(), Type: f.TypeSpec(), Column: f.ColumnType(), Modifiers: f.Modifiers()})
		}
		listed.Kinds = append(listed.Kinds, kind)
	}
	return listed
}

// listTypes prints the tables of types and modifiers.
func (a *app) listTypes(o listOptions) error {
	if !o.JSON {
		return a.printText(fieldHelp() + "\n")
	}
	type row struct {
		Name  string `json:"name"`
		Usage string `json:"usage"`
		For   string `json:"for,omitempty"`
		Doc   string `json:"doc"`
	}
	var table struct {
		Types     []row `json:"types"`
		Modifiers []row `json:"modifiers"`
	}
	for _, t := range scaffold.FieldTypes() {
		table.Types = append(table.Types, row{Name: t.Key, Usage: t.Usage(), Doc: t.Doc})
	}
	for _, m := range scaffold.Modifiers() {
		table.Modifiers = append(table.Modifiers, row{Name: m.Key, Usage: m.Usage(), For: m.For(), Doc: m.Doc})
	}
	return a.printData(table)
}

func (a *app) printData(v any) error {
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return a.printText(string(data) + "\n")
}

func (a *app) printText(text string) error {
	if _, err := io.WriteString(a.Out, text); err != nil {
		return fmt.Errorf("print the list: %w", err)
	}
	return nil
}
