package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/audit"
	"github.com/trexgen/trexgen/blueprints/service/pkg/config"
	"github.com/trexgen/trexgen/blueprints/service/pkg/dao/tsl"
	"github.com/trexgen/trexgen/blueprints/service/pkg/db"
)

// mostEntries is the largest number of entries that a list has.
const mostEntries = 10_000

func newAuditCommand(sys system) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "audit",
		Short: "Show who did what",
		Long: `Show who did what.

A service that runs with --audit records each change of an object with who asked
for it. Whoever may read the database may read the record.`,
		Args: cobra.NoArgs,
		RunE: showHelp,
	}
	cmd.AddCommand(newAuditListCommand(sys))
	return cmd
}

func newAuditListCommand(sys system) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List who did what, the latest first",
		Example: fmt.Sprintf("  %[1]s audit list --actor jane --since 24h\n  %[1]s audit list --id 0199a3c4-… --json",
			api.ServiceName),
		Args: cobra.NoArgs,
	}
	cfg := config.BindDatabase(cmd.Flags())
	var of audit.Selection
	var since string
	var asJSON bool
	cmd.Flags().StringVar(&of.Source, "source", "", "only objects of this `kind`, by its plural name")
	cmd.Flags().StringVar(&of.SourceID, "id", "", "only the object with this `id`")
	cmd.Flags().StringVar(&of.Actor, "actor", "", "only what this `subject` did")
	cmd.Flags().StringVar(&since, "since", "", "only what was done since this `time`: 2026-01-31, 2026-01-31T12:00:00Z, or 24h for the last day")
	cmd.Flags().IntVar(&of.Limit, "limit", 100, "largest number of entries")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON array")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		var err error
		if of.Since, err = parseSince(since, time.Now()); err != nil {
			return err
		}
		if err := checkAudit(of); err != nil {
			return err
		}
		return withDatabase(cmd, sys, cfg, func(ctx context.Context, sessions *db.SessionFactory) error {
			limit := of.Limit
			of.Limit++ // one more tells whether there are more
			entries, err := audit.List(ctx, sessions, of)
			if err != nil {
				return err
			}
			shown, print := entries[:min(limit, len(entries))], printAudit
			if asJSON {
				print = printJSON[[]audit.Entry]
			}
			return errors.Join(print(sys.out, shown), sayMore(sys.err, len(entries) > len(shown)))
		})
	}
	return cmd
}

// checkAudit says what is wrong with a selection.
func checkAudit(of audit.Selection) error {
	var problems []error
	if _, ok := tsl.ParseUUID(of.SourceID); of.SourceID != "" && !ok {
		problems = append(problems, fmt.Errorf("--id: %q is no id of an object", of.SourceID))
	}
	if of.Limit < 1 || of.Limit > mostEntries {
		problems = append(problems, fmt.Errorf("--limit: %d is not from 1 to %d", of.Limit, mostEntries))
	}
	return errors.Join(problems...)
}

// parseSince reads a time, a day or a duration before now; empty is the zero time.
func parseSince(text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if ago, err := time.ParseDuration(text); err == nil && ago >= 0 {
		return now.Add(-ago), nil
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if since, err := time.Parse(layout, text); err == nil {
			return since, nil
		}
	}
	return time.Time{}, fmt.Errorf("--since: %q is no time: want 2026-01-31, 2026-01-31T12:00:00Z, or 24h", text)
}

func printAudit(out io.Writer, entries []audit.Entry) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	// A writer that fails says so in Flush.
	_, _ = fmt.Fprintln(table, "TIME\tACTOR\tNAME\tEVENT\tOBJECT\tOPERATION")
	for _, e := range entries {
		name := cmp.Or(e.Claims.Username, e.Claims.Email, e.Claims.Client)
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%s.%s\t%s\t%s\n", inUTC(e.CreatedAt),
			cell(e.Actor), cell(name), cell(e.Source), e.EventType, e.SourceID, cell(e.OperationID))
	}
	return table.Flush()
}
