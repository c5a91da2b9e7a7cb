package environments

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"

	"github.com/prometheus/client_golang/prometheus"

	spec "github.com/trexgen/trexgen/blueprints/service/openapi"
	"github.com/trexgen/trexgen/blueprints/service/pkg/auth"
	"github.com/trexgen/trexgen/blueprints/service/pkg/config"
	"github.com/trexgen/trexgen/blueprints/service/pkg/controllers"
	"github.com/trexgen/trexgen/blueprints/service/pkg/db"
	"github.com/trexgen/trexgen/blueprints/service/pkg/db/migrations"
	"github.com/trexgen/trexgen/blueprints/service/pkg/errorreport"
	"github.com/trexgen/trexgen/blueprints/service/pkg/idempotency"
	"github.com/trexgen/trexgen/blueprints/service/pkg/notifications"
	"github.com/trexgen/trexgen/blueprints/service/pkg/telemetry"
	"github.com/trexgen/trexgen/blueprints/service/pkg/watch"
)

// Env is everything that a running service needs.
type Env struct {
	Config   *config.Config
	Log      *slog.Logger
	Database Database
	Handlers Handlers
	Clients  Clients
	Services Services

	// Controllers calls the kinds' services about events.
	Controllers *controllers.Manager

	// Streams tells clients of changes as they happen.
	Streams *watch.Feed

	// Idempotency remembers what requests with an Idempotency-Key were answered.
	Idempotency *idempotency.Keys

	// Work is what goes on beside requests.
	Work []Work

	// Tracing makes spans if it is on. It is closed after the Env.
	Tracing *telemetry.Tracing

	// Reporter is told of what should not happen. It is never nil.
	Reporter errorreport.Reporter

	// Metrics are what the metrics server shows. Register yours here.
	Metrics *prometheus.Registry

	events events
	leads  *prometheus.GaugeVec // by name of the work
	wake   []func()
	close  []func() error
}

// Database is the way to PostgreSQL.
type Database struct {
	Sessions *db.SessionFactory
	Locks    *db.LockFactory
	Listener *db.Listener
	Notifier *db.Notifier

	// Migrations lists them, and says which are applied.
	Migrations func(context.Context) ([]migrations.State, error)
}

// Handlers is what requests pass, and what they are read against.
type Handlers struct {
	// Authenticator finds out who sends a request, Authorizer says what they
	// may do.
	Authenticator *auth.Authenticator
	Authorizer    auth.Authorizer

	// Decided is told what became of each question to the Authorizer.
	Decided func(auth.Request, auth.Outcome)

	// Spec is the OpenAPI document.
	Spec *spec.Document
}

// Clients are the clients of other services. Add yours as typed fields.
type Clients struct {
	// HTTP is for services without a client of their own: it has a time-out
	// and hands the operation id and the trace on.
	HTTP *http.Client

	// Notifier tells people something. It is never nil.
	Notifier notifications.Notifier
}

// New builds the environment that cfg names and connects to the database. The
// caller closes it.
func New(ctx context.Context, cfg *config.Config, log *slog.Logger, tracing *telemetry.Tracing) (*Env, error) {
	env := &Env{Config: cfg, Log: log, Tracing: tracing, Metrics: prometheus.NewRegistry()}
	steps := []struct {
		what string
		load func(context.Context) error
	}{
		{"environment " + cfg.Env, env.loadEnvironment},
		{"reports of errors", env.loadReporter},
		{"openapi", env.loadSpec},
		{"authentication", env.loadAuth},
		{"authorization", env.loadAuthorizer},
		{"database", env.loadDatabase},
		{"metrics of events", env.loadEventMetrics},
		{"sinks", env.loadSinks},
		{"controllers", env.loadControllers},
		{"services", env.loadServices},
		{"idempotency", env.loadIdempotency},
		{"forwarder", env.loadForwarder},
		{"watch", env.loadWatch},
		{"log of events", env.loadEventLog},
	}
	for _, step := range steps {
		if err := step.load(ctx); err != nil {
			return nil, errors.Join(fmt.Errorf("%s: %w", step.what, err), env.Close())
		}
	}
	return env, nil
}

// Close ends the connections to the database, and what else was opened.
func (e *Env) Close() error {
	var errs []error
	for _, closeOne := range slices.Backward(e.close) {
		errs = append(errs, closeOne())
	}
	return errors.Join(errs...)
}

// loadEnvironment sets what differs from environment to environment.
func (e *Env) loadEnvironment(context.Context) error {
	load, ok := map[string]func(*Env) error{
		config.Development: development,
		config.Testing:     testing,
		config.Production:  production,
	}[e.Config.Env]
	if !ok {
		return errors.New("there is no environment of this name")
	}
	return load(e)
}

func (e *Env) loadAuth(context.Context) (err error) {
	if e.Handlers.Authenticator, err = auth.New(e.Config.Auth, e.Log); err != nil {
		return err
	}
	e.addWork("keys of tokens", e.Handlers.Authenticator.Run)
	return nil
}

func (e *Env) loadSpec(context.Context) (err error) {
	e.Handlers.Spec, err = spec.Load()
	return err
}

func (e *Env) loadDatabase(ctx context.Context) (err error) {
	cfg := e.databaseConfig()
	if e.Database.Sessions, err = db.NewSessionFactory(ctx, cfg, e.Log); err != nil {
		return err
	}
	e.close = append(e.close, e.Database.Sessions.Close)
	e.Database.Migrations = func(ctx context.Context) ([]migrations.State, error) {
		return migrations.Status(ctx, cfg.DirectURL())
	}
	if err := e.loadLocks(); err != nil {
		return err
	}
	e.Database.Listener = db.NewListener(cfg, EventChannel, e.wakeAll, e.Log)
	e.addWork("listener", e.Database.Listener.Run)
	e.Database.Notifier = db.NewNotifier(cfg, EventChannel, e.Log)
	e.addWork("notifier", e.Database.Notifier.Run)
	return nil
}

// EventChannel carries the wake-ups from the replica that wrote an event to all
// of them.
const EventChannel = "bone_vault_events"

func (e *Env) databaseConfig() db.Config {
	from := e.Config.Database
	return db.Config{
		URL:             from.URL.Reveal(),
		ListenURL:       from.ListenURL.Reveal(),
		MaxOpenConns:    from.MaxOpenConns,
		ConnMaxLifetime: from.ConnMaxLifetime,
		ConnectTimeout:  from.ConnectTimeout,
		QueryExecMode:   from.QueryExecMode,
		LockTimeout:     e.Config.Locks.Timeout,
		Tracer:          e.Tracing.SQL(),
	}
}
