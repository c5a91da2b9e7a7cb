package config

import "github.com/spf13/pflag"

// Audit is the configuration of the record of who did what.
type Audit struct {
	// Enabled writes an entry with every change, in its transaction.
	Enabled bool
}

func (a *Audit) bind(fs *pflag.FlagSet) {
	fs.BoolVar(&a.Enabled, "audit", false, "record who did what, in the table audit_entries")
}
