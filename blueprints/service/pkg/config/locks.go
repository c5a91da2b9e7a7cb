package config

import (
	"time"

	"github.com/spf13/pflag"
)

// Locks is the configuration of the locks that all replicas share.
type Locks struct {
	// Timeout bounds the wait for a lock, and for a row that another request is
	// writing; 0 waits as long as the request may.
	Timeout time.Duration
}

func (l *Locks) bind(fs *pflag.FlagSet) {
	fs.DurationVar(&l.Timeout, "lock-timeout", 10*time.Second, "time to wait for a lock or a locked row; 0 waits as long as the request may")
}

func (l *Locks) validate(to *checker) {
	to.check(l.Timeout >= 0, "lock-timeout", "%s is below 0", l.Timeout)
}
