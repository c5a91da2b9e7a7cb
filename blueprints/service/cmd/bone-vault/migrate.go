package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/trexgen/trexgen/blueprints/service/pkg/config"
	"github.com/trexgen/trexgen/blueprints/service/pkg/db"
	"github.com/trexgen/trexgen/blueprints/service/pkg/db/migrations"
	"github.com/trexgen/trexgen/blueprints/service/pkg/logger"
)

func newMigrateCommand(sys system) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "migrate [up|down|status]",
		Short: "Migrate the database",
		Long: `Migrate the database.

  up      apply all migrations that the database lacks (the default)
  down    take back the last one, with its data
  status  list the migrations and when they were applied

Any number of replicas may migrate at a time.`,
		Args:      cobra.MatchAll(cobra.MaximumNArgs(1), cobra.OnlyValidArgs),
		ValidArgs: []cobra.Completion{"up", "down", "status"},
	}
	cfg := config.BindDatabase(cmd.Flags())
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := cfg.Load(cmd.Flags(), sys.lookupEnv, sys.readFile); err != nil {
			return err
		}
		log, err := logger.New(sys.err, cfg.Log.Format, cfg.Log.Level)
		if err != nil {
			return err
		}
		switch action := append(args, "up")[0]; action {
		case "down":
			return migrateDown(cmd.Context(), cfg, log)
		case "status":
			return printStatus(cmd.Context(), cfg, sys.out)
		default:
			return migrateUp(cmd.Context(), cfg, log)
		}
	}
	return cmd
}

// directURL leads to the database itself: migrations cannot go through a pooler.
func directURL(cfg *config.Config) string {
	return db.Config{URL: cfg.Database.URL.Reveal(), ListenURL: cfg.Database.ListenURL.Reveal()}.DirectURL()
}

func migrateUp(ctx context.Context, cfg *config.Config, log *slog.Logger) error {
	if err := migrations.Up(ctx, directURL(cfg)); err != nil {
		return err
	}
	log.InfoContext(ctx, "the database is up to date")
	return nil
}

func migrateDown(ctx context.Context, cfg *config.Config, log *slog.Logger) error {
	if err := migrations.Down(ctx, directURL(cfg)); err != nil {
		return err
	}
	log.InfoContext(ctx, "took back the last migration")
	return nil
}

func printStatus(ctx context.Context, cfg *config.Config, out io.Writer) error {
	states, err := migrations.Status(ctx, directURL(cfg))
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, state := range states {
		applied := "pending"
		if !state.AppliedAt.IsZero() {
			applied = inUTC(state.AppliedAt)
		}
		// A writer that fails says so in Flush.
		_, _ = fmt.Fprintf(table, "%s\t%s\n", state.Name, applied)
	}
	return table.Flush()
}
