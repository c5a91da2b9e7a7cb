package config

import (
	"net"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"
)

// execModes are what pgx calls its ways to run a statement.
var execModes = []string{"cache_statement", "cache_describe", "describe_exec", "exec", "simple_protocol"}

// checker gathers problems. It keeps quiet about flags that a command does not
// have, so that migrating needs no keys of tokens.
type checker struct {
	flags    *pflag.FlagSet
	problems []error
}

func (c *checker) check(ok bool, flag, format string, args ...any) {
	if !ok && c.flags.Lookup(flag) != nil {
		c.problems = append(c.problems, problem(flag, format, args...))
	}
}

// errors takes err, or each of the errors that are joined in it.
func (c *checker) errors(flag string, err error) {
	all := []error{err}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		all = joined.Unwrap()
	}
	for _, err := range all {
		c.check(err == nil, flag, "%w", err)
	}
}

func (c *checker) oneOf(flag, value string, values ...string) {
	c.check(slices.Contains(values, value), flag, "%q is none of %s", value, strings.Join(values, ", "))
}

func (c *checker) address(flag, value string) {
	_, port, err := net.SplitHostPort(value)
	c.check(err == nil && port != "", flag, "%q is no host:port", value)
}

func (c *checker) positive(flag string, value time.Duration) {
	c.check(value > 0, flag, "%s is not above 0", value)
}

func (c *checker) atLeast(flag string, least, value int64) {
	c.check(value >= least, flag, "%d is less than %d", value, least)
}

func (c *Config) validate(fs *pflag.FlagSet) []error {
	to := &checker{flags: fs}
	to.oneOf("env", c.Env, Development, Testing, Production)
	to.oneOf("log-format", c.Log.Format, "json", "text")
	to.oneOf("log-level", strings.ToLower(c.Log.Level), "debug", "info", "warn", "error")
	to.address("api-addr", c.API.Addr)
	to.address("health-addr", c.HealthAddr)
	to.address("metrics-addr", c.MetricsAddr)
	to.positive("shutdown-timeout", c.ShutdownTimeout)
	to.check(c.ShutdownDelay >= 0, "shutdown-delay", "%s is below 0", c.ShutdownDelay)
	c.API.validate(to)
	c.Database.validate(to)
	c.validateAuth(to)
	c.validateOCM(to)
	c.Events.validate(to)
	c.Locks.validate(to)
	c.Webhooks.validate(to)
	c.Notifications.validate(to)
	c.Forwarder.validate(to)
	c.Watch.validate(to)
	c.Idempotency.validate(to)
	c.Reports.validate(to)
	return to.problems
}

func (d *Database) validate(to *checker) {
	to.check(d.URL.Reveal() != "", "database-url", "a database is needed; %s_FILE and DATABASE_URL are read too", Variable("database-url"))
	to.atLeast("database-max-conns", 1, int64(d.MaxOpenConns))
	to.check(d.ConnMaxLifetime >= 0, "database-conn-lifetime", "%s is below 0", d.ConnMaxLifetime)
	to.positive("database-connect-timeout", d.ConnectTimeout)
	if d.QueryExecMode != "" {
		to.oneOf("database-exec-mode", d.QueryExecMode, execModes...)
	}
}

func (e *Events) validate(to *checker) {
	to.atLeast("events-workers", 1, int64(e.Workers))
	to.atLeast("events-batch", 1, int64(e.Batch))
	to.atLeast("events-max-attempts", 1, int64(e.MaxAttempts))
	to.positive("events-lease", e.Lease)
	to.positive("events-backoff", e.Backoff)
	to.check(e.MaxBackoff >= e.Backoff, "events-max-backoff", "%s is less than --events-backoff", e.MaxBackoff)
	to.positive("events-sweep-interval", e.SweepInterval)
	to.positive("events-retention", e.Retention)
	to.positive("events-purge-interval", e.PurgeInterval)
}
