package main

import (
	"context"
	"errors"
	"log/slog"

	"github.com/spf13/cobra"

	"github.com/trexgen/trexgen/blueprints/service/cmd/bone-vault/environments"
	"github.com/trexgen/trexgen/blueprints/service/cmd/bone-vault/server"
	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/config"
	"github.com/trexgen/trexgen/blueprints/service/pkg/logger"
	"github.com/trexgen/trexgen/blueprints/service/pkg/telemetry"
)

func newServeCommand(sys system) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve the API, its health and its metrics",
		Long: `Serve the API, its health and its metrics, until SIGINT or SIGTERM.

Each option is read from the environment too, from the variable that its help
names, and each secret from the file that the variable with _FILE at its end
names. The option wins over the variable, the variable over the file.

Traces are exported as the standard variables of OpenTelemetry say, if they do:
OTEL_EXPORTER_OTLP_ENDPOINT=http://collector:4318 is enough.`,
		Args: cobra.NoArgs,
	}
	cfg := config.Bind(cmd.Flags())
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := cfg.Load(cmd.Flags(), sys.lookupEnv, sys.readFile); err != nil {
			return err
		}
		log, err := logger.New(sys.err, cfg.Log.Format, cfg.Log.Level)
		if err != nil {
			return err
		}
		tracing, err := telemetry.New(cmd.Context(), telemetry.Options{
			Service: api.ServiceName, Version: build().Version, LookupEnv: sys.lookupEnv, Log: log,
		})
		if err != nil {
			return err
		}
		defer tracing.Close()
		cfg.Reports.Release = build().Version
		environments.TuneMemory(sys.lookupEnv)
		return serve(cmd.Context(), cfg, log, tracing)
	}
	return cmd
}

// serve runs the service until ctx ends, which is no error, nor is it one before
// the service has started.
func serve(ctx context.Context, cfg *config.Config, log *slog.Logger, tracing *telemetry.Tracing) (err error) {
	starting := true
	defer func() {
		if starting && err != nil && ctx.Err() != nil {
			log.InfoContext(ctx, "stopped before the service had started", "error", err)
			err = nil
		}
	}()
	if cfg.Migrate {
		if err := migrateUp(ctx, cfg, log); err != nil {
			return err
		}
	}
	env, err := environments.New(ctx, cfg, log, tracing)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, env.Close()) }()
	s, err := server.New(ctx, env, build())
	if err != nil {
		return err
	}
	starting = false
	return s.Run(ctx)
}
