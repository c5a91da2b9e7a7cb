package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/trexgen/trexgen/blueprints/service/pkg/dao"
	"github.com/trexgen/trexgen/blueprints/service/pkg/db"
	"github.com/trexgen/trexgen/blueprints/service/pkg/eventmetrics"
)

// mostWork is the largest number of lines that a list has.
const mostWork = 10_000

func (e *eventsCommand) list() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List events that are not handled",
		Long: `List events that are not handled, the dead ones first, then the others in the
order in which they are due. There is a line for each consumer that has to
handle the event.`,
		Args: cobra.NoArgs,
	}
	selected, limit, asJSON := &selection{}, 0, false
	selected.bind(cmd.Flags())
	cmd.Flags().BoolVar(&selected.allDead, "dead", false, "only those that are dead")
	cmd.Flags().IntVar(&limit, "limit", 100, "largest number of lines")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print a JSON array")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if limit < 1 || limit > mostWork {
			return fmt.Errorf("--limit: %d is not from 1 to %d", limit, mostWork)
		}
		return withDatabase(cmd, e.sys, e.cfg, func(ctx context.Context, sessions *db.SessionFactory) error {
			// One more tells whether there are more.
			work, err := dao.NewEventDao(sessions).Work(ctx, selected.of(nil), limit+1)
			if err != nil {
				return err
			}
			shown := work[:min(limit, len(work))]
			print := printWork
			if asJSON {
				print = printWorkAsJSON
			}
			return errors.Join(print(e.sys.out, shown), sayMore(e.sys.err, len(work) > len(shown)))
		})
	}
	return cmd
}

func printWork(out io.Writer, work []dao.EventWork) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	// A writer that fails says so in Flush.
	_, _ = fmt.Fprintln(table, "ID\tCONSUMER\tEVENT\tOBJECT\tWRITTEN\tATTEMPTS\tSTATE\tLAST ERROR")
	for _, w := range work {
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s.%s\t%s\t%s\t%d\t%s\t%s\n", w.EventID, cell(consumerOf(w)), cell(w.Source), w.EventType,
			w.SourceID, inUTC(w.CreatedAt), w.Attempts, stateOf(w), cell(shorten(w.LastError)))
	}
	return table.Flush()
}

// stateOf says in a few words what comes next.
func stateOf(w dao.EventWork) string {
	switch {
	case w.DeadAt != nil:
		return "dead since " + inUTC(*w.DeadAt)
	case w.Leased:
		return "at work until " + inUTC(w.RunAt)
	case w.Attempts > 0:
		return "next attempt " + inUTC(w.RunAt)
	}
	return "waiting"
}

// eventWork is a dao.EventWork in JSON, with the names of the API.
type eventWork struct {
	ID            string     `json:"id"`
	Consumer      string     `json:"consumer"`
	Source        string     `json:"source"`
	SourceID      string     `json:"source_id"`
	EventType     string     `json:"event_type"`
	CreatedAt     time.Time  `json:"created_at"`
	Attempts      int32      `json:"attempts"`
	NextAttemptAt *time.Time `json:"next_attempt_at,omitempty"`
	LeasedUntil   *time.Time `json:"leased_until,omitempty"`
	DeadAt        *time.Time `json:"dead_at,omitempty"`
	LastError     *string    `json:"last_error,omitempty"`
}

func printWorkAsJSON(out io.Writer, work []dao.EventWork) error {
	list := make([]eventWork, len(work))
	for i, w := range work {
		list[i] = eventWork{
			ID: w.EventID, Consumer: consumerOf(w), Source: w.Source, SourceID: w.SourceID, EventType: string(w.EventType),
			CreatedAt: w.CreatedAt, Attempts: w.Attempts, DeadAt: w.DeadAt, LastError: w.LastError,
		}
		switch {
		case w.DeadAt != nil:
		case w.Leased:
			list[i].LeasedUntil = &w.RunAt
		default:
			list[i].NextAttemptAt = &w.RunAt
		}
	}
	return printJSON(out, list)
}

func consumerOf(w dao.EventWork) string { return cmp.Or(w.Consumer, eventmetrics.Handlers) }

// shorten makes the text of an error fit a line.
func shorten(text *string) string {
	const longest = 80
	if text == nil {
		return ""
	}
	line := []rune(strings.Join(strings.Fields(*text), " "))
	if len(line) > longest {
		return string(line[:longest-1]) + "…"
	}
	return string(line)
}
