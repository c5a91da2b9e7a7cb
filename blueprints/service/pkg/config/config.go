package config

import "time"

// EnvPrefix begins the names of all variables of the service.
const EnvPrefix = "BONE_VAULT"

// The environments, named by --env.
const (
	Development = "development"
	Testing     = "testing"
	Production  = "production"
)

// Config is the whole configuration.
type Config struct {
	// Env is the name of the environment.
	Env string

	API API

	// HealthAddr and MetricsAddr are host:port.
	HealthAddr  string
	MetricsAddr string

	// Pprof serves profiles at HealthAddr, to clients on the same machine.
	Pprof bool

	// ShutdownDelay is how long requests are still taken after readiness went
	// false, for load balancers that are slow to notice. ShutdownTimeout is how
	// long requests in flight, and after them handlers of events, may then take.
	ShutdownDelay   time.Duration
	ShutdownTimeout time.Duration

	// Migrate brings the database up to date before serving.
	Migrate bool

	Database Database
	Auth     Auth
	Log      Log
	Events   Events
	Locks    Locks

	Authorization Authorization
	Audit         Audit
	Webhooks      Webhooks
	Notifications Notifications
	Forwarder     Forwarder
	Watch         Watch
	Idempotency   Idempotency
	Reports       Reports
	// OCM is the access review that --authorizer=ocm asks.
	OCM OCM
}

// Database is the configuration of the connections to PostgreSQL.
type Database struct {
	// URL is a libpq URL. ListenURL is used for LISTEN instead when URL leads
	// through a pooler, which would swallow it.
	URL       Secret
	ListenURL Secret

	// MaxOpenConns bounds the pool.
	MaxOpenConns    int
	ConnMaxLifetime time.Duration
	ConnectTimeout  time.Duration

	// QueryExecMode is how pgx runs statements; empty is its default, and
	// cache_describe is what a pooler in transaction mode needs.
	QueryExecMode string
}

// Log is the configuration of the log.
type Log struct {
	// Format is json or text.
	Format string

	// Level is debug, info, warn or error.
	Level string
}

// Events is the configuration of the handling of events.
type Events struct {
	// Workers is the number of objects whose events are handled at a time, and
	// Batch the largest number of events that are claimed at once.
	Workers int
	Batch   int

	// Lease is how long one attempt may take before another replica takes over.
	Lease time.Duration

	// MaxAttempts is after how many failures an event is parked as dead.
	MaxAttempts int

	// Backoff is the time before the second attempt; it doubles with each one up
	// to MaxBackoff.
	Backoff    time.Duration
	MaxBackoff time.Duration

	// SweepInterval is how often due events are looked for without a wake-up.
	SweepInterval time.Duration

	// Retention is how long handled events are kept, PurgeInterval how often
	// older ones are looked for.
	Retention     time.Duration
	PurgeInterval time.Duration
}
