package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/config"
	"github.com/trexgen/trexgen/blueprints/service/pkg/db"
	"github.com/trexgen/trexgen/blueprints/service/pkg/db/migrations"
)

// withDatabase runs call, for cmd, with connections to the database that cfg
// names once it is loaded.
func withDatabase(cmd *cobra.Command, sys system, cfg *config.Config, call func(context.Context, *db.SessionFactory) error) (err error) {
	if err := cfg.Load(cmd.Flags(), sys.lookupEnv, sys.readFile); err != nil {
		return err
	}
	from := cfg.Database
	sessions, err := db.NewSessionFactory(cmd.Context(), db.Config{
		URL: from.URL.Reveal(), ListenURL: from.ListenURL.Reveal(), MaxOpenConns: 2,
		ConnectTimeout: from.ConnectTimeout, QueryExecMode: from.QueryExecMode,
	}, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, sessions.Close()) }()
	err = call(cmd.Context(), sessions)
	if err != nil && lacksMigrations(cmd.Context(), cfg) {
		err = fmt.Errorf("the database lacks migrations, run `%s migrate` first: %w", api.ServiceName, err)
	}
	return err
}

// lacksMigrations tells whether the database does, as far as can be found out.
func lacksMigrations(ctx context.Context, cfg *config.Config) bool {
	states, err := migrations.Status(ctx, directURL(cfg))
	return err == nil && slices.ContainsFunc(states, func(s migrations.State) bool { return s.AppliedAt.IsZero() })
}
