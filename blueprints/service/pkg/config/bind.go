package config

import (
	"strings"
	"time"

	"github.com/spf13/pflag"
)

// Annotations of a flag: they mark the flags that are ours, among those that
// the command line library adds, and say where else a value comes from.
const (
	ours   = "config"
	secret = "config.secret"
	also   = "config.also"
)

// Bind defines all flags on fs and returns the configuration that they fill.
// It is complete after Load.
func Bind(fs *pflag.FlagSet) *Config {
	c := BindDatabase(fs)
	c.API.bind(fs)
	c.Auth.bind(fs)
	c.Authorization.bind(fs)
	c.OCM.bind(fs)
	c.Events.bind(fs)
	c.Audit.bind(fs)
	c.Webhooks.bind(fs)
	c.Notifications.bind(fs)
	c.Forwarder.bind(fs)
	c.Watch.bind(fs)
	c.Idempotency.bind(fs)
	c.Reports.bind(fs)

	fs.StringVar(&c.HealthAddr, "health-addr", "localhost:8083", "`address` of /healthz and /readyz")
	fs.BoolVar(&c.Pprof, "pprof", false, "serve profiles at /debug/pprof/ of --health-addr, to this machine alone (default true in development)")
	fs.StringVar(&c.MetricsAddr, "metrics-addr", "localhost:8080", "`address` of /metrics")
	fs.DurationVar(&c.ShutdownDelay, "shutdown-delay", 0, "go on serving so long after readiness went false")
	fs.DurationVar(&c.ShutdownTimeout, "shutdown-timeout", 10*time.Second, "time for requests in flight, and then for handlers of events, to finish when stopping")
	fs.BoolVar(&c.Migrate, "migrate", false, "migrate the database before serving (default true in development)")
	annotate(fs, "webhooks", "notifications-url", "notifications-secret", "nats-url", "sentry-dsn")
	fs.Lookup("sentry-dsn").Annotations[also] = []string{"SENTRY_DSN"}
	return c
}

// BindDatabase is Bind for commands that need only the database and the log.
func BindDatabase(fs *pflag.FlagSet) *Config {
	c := &Config{}
	c.bindEnv(fs)
	c.Log.bind(fs)
	c.Database.bind(fs)
	c.Locks.bind(fs)
	annotate(fs, "database-url", "database-listen-url")
	fs.Lookup("database-url").Annotations[also] = []string{"DATABASE_URL"}
	return c
}

// BindToken is Bind for the command that makes tokens.
func BindToken(fs *pflag.FlagSet) *Config {
	c := &Config{}
	c.bindEnv(fs)
	c.Auth.bindTokens(fs)
	annotate(fs)
	return c
}

func (c *Config) bindEnv(fs *pflag.FlagSet) {
	fs.StringVar(&c.Env, "env", Development, "development, testing or production")
}

func (d *Database) bind(fs *pflag.FlagSet) {
	fs.Var(&d.URL, "database-url", "libpq `URL` of the database")
	fs.Var(&d.ListenURL, "database-listen-url", "libpq `URL` of the server itself, for LISTEN, leaders and migrations, when --database-url leads through a pooler")
	fs.IntVar(&d.MaxOpenConns, "database-max-conns", 20, "largest number of open connections")
	fs.DurationVar(&d.ConnMaxLifetime, "database-conn-lifetime", 30*time.Minute, "age at which a connection is replaced; 0 is never")
	fs.DurationVar(&d.ConnectTimeout, "database-connect-timeout", 5*time.Second, "time to open a connection")
	fs.StringVar(&d.QueryExecMode, "database-exec-mode", "", "pgx's `mode` of running statements; a pooler needs cache_describe")
}

func (l *Log) bind(fs *pflag.FlagSet) {
	fs.StringVar(&l.Format, "log-format", "json", "json or text (default text in development, else json)")
	fs.StringVar(&l.Level, "log-level", "info", "debug, info, warn or error")
}

func (e *Events) bind(fs *pflag.FlagSet) {
	fs.IntVar(&e.Workers, "events-workers", 8, "objects whose events are handled at a time")
	fs.IntVar(&e.Batch, "events-batch", 256, "largest number of events that are claimed at once")
	fs.DurationVar(&e.Lease, "events-lease", time.Minute, "time for one attempt to handle an event")
	fs.IntVar(&e.MaxAttempts, "events-max-attempts", 12, "failures after which an event is parked as dead")
	fs.DurationVar(&e.Backoff, "events-backoff", time.Second, "time before the second attempt; it doubles with each one")
	fs.DurationVar(&e.MaxBackoff, "events-max-backoff", 5*time.Minute, "longest time between two attempts")
	fs.DurationVar(&e.SweepInterval, "events-sweep-interval", time.Second, "how often due events are looked for without a wake-up")
	fs.DurationVar(&e.Retention, "events-retention", 7*24*time.Hour, "how long handled events are kept")
	fs.DurationVar(&e.PurgeInterval, "events-purge-interval", time.Minute, "how often older ones are looked for")
}

// annotate marks the flags of fs as ours and names their variable in the help.
func annotate(fs *pflag.FlagSet, secrets ...string) {
	fs.VisitAll(func(f *pflag.Flag) {
		if f.Annotations[ours] != nil {
			return
		}
		f.Annotations = map[string][]string{ours: {}}
		f.Usage += " [$" + Variable(f.Name) + "]"
	})
	for name := range defaults[Development] {
		if f := fs.Lookup(name); f != nil {
			// The usage says it: it is not the same everywhere. What pflag takes for a
			// zero value it does not show.
			f.DefValue = map[string]string{"int": "0"}[f.Value.Type()]
		}
	}
	for _, name := range secrets {
		fs.Lookup(name).Annotations[secret] = []string{}
	}
}

// Variable is the name of the environment variable of a flag:
// api-addr ⇒ BONE_VAULT_API_ADDR.
func Variable(flag string) string {
	return EnvPrefix + "_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}
