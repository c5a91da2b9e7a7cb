package config

import (
	"net/url"

	"github.com/spf13/pflag"
)

// Reports is the configuration of what is told of errors besides the log.
type Reports struct {
	// SentryDSN says which project of which Sentry is told; none tells nobody.
	SentryDSN Secret

	// Release is the version of the program, which sets it.
	Release string
}

func (r *Reports) bind(fs *pflag.FlagSet) {
	fs.Var(&r.SentryDSN, "sentry-dsn", "`DSN` of the project of Sentry that is told of unexpected errors; none tells nobody")
}

func (r *Reports) validate(to *checker) {
	text := r.SentryDSN.Reveal()
	if text == "" {
		return
	}
	// Neither error nor text is shown: it is a secret.
	dsn, err := url.Parse(text)
	ok := err == nil && (dsn.Scheme == "https" || dsn.Scheme == "http") && dsn.Host != "" && dsn.User.Username() != "" && len(dsn.Path) > 1
	to.check(ok, "sentry-dsn", "is no DSN such as https://key@sentry.example.com/1")
}
