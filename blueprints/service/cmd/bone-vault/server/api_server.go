package server

import (
	"context"

	"github.com/trexgen/trexgen/blueprints/service/cmd/bone-vault/environments"
)

// New builds the service of env and takes its addresses. Run has to follow, as
// it lets go of them.
func New(ctx context.Context, env *environments.Env, build Build) (*Server, error) {
	if err := registerControllers(env); err != nil {
		return nil, err
	}
	measured, err := newMetrics(env.Metrics, env.Database.Sessions.DB(), build)
	if err != nil {
		return nil, err
	}
	limits := newLimits(env.Config.API.RateLimit, measured.refused)
	router, err := newRouter(env, build, limits)
	if err != nil {
		return nil, err
	}
	api, err := wrap(router, around{
		config: env.Config.API, log: env.Log, metrics: measured, limits: limits, tracing: env.Tracing, reporter: env.Reporter,
	})
	if err != nil {
		return nil, err
	}
	return open(ctx, parts{
		config:  env.Config,
		log:     env.Log,
		api:     api,
		metrics: measured.handler(),
		health: newHealth(env.Log,
			check{"database", env.Database.Sessions.Ping},
			check{"migrations", newSchema(env.Database.Migrations).check},
			check{"authentication", func(context.Context) error { return env.Handlers.Authenticator.Ready() }},
		),
		jobs:       env.Work,
		endStreams: env.Streams.Stop,
	})
}
