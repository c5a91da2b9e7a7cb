package config

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/pflag"
)

// defaults of an environment, by flag, where they differ from the flag's own.
// What is not listed is right for production.
var defaults = map[string]map[string]string{
	Development: {"auth": AuthNone, "dev-key": defaultDevKey, "log-format": "text", "migrate": "true", "pprof": "true", "rate-limit": "0"},
	Testing: {
		"auth":         AuthNone,
		"rate-limit":   "0",
		"api-addr":     "localhost:0",
		"health-addr":  "localhost:0",
		"metrics-addr": "localhost:0",
	},
	Production: {},
}

// source says where values come from besides the command line.
type source struct {
	lookupEnv func(string) (string, bool)
	readFile  func(string) ([]byte, error)
}

// Load fills in what was not given as a flag, in the order that the package
// describes, and validates the result. The error lists all problems, each with
// the flag and the variable that it is about; none shows a secret.
//
// fs is the set that c was bound to, parsed. lookupEnv and readFile are
// os.LookupEnv and os.ReadFile, but for tests.
func (c *Config) Load(fs *pflag.FlagSet, lookupEnv func(string) (string, bool), readFile func(string) ([]byte, error)) error {
	from := source{lookupEnv, readFile}
	// The environment's name comes first: it decides on defaults.
	problems := []error{from.fill(fs.Lookup("env"), nil)}
	byEnv := defaults[c.Env]
	fs.VisitAll(func(f *pflag.Flag) {
		if f.Name != "env" {
			problems = append(problems, from.fill(f, byEnv))
		}
	})
	c.Auth.complete(c.Env)
	return errors.Join(append(problems, c.validate(fs)...)...)
}

// fill sets f unless it was given as a flag or is none of ours.
func (s source) fill(f *pflag.Flag, byEnv map[string]string) error {
	if f.Changed || f.Annotations[ours] == nil {
		return nil
	}
	value, found, err := s.value(f)
	if err != nil {
		return err
	}
	if !found {
		value, found = byEnv[f.Name]
	}
	if !found {
		return nil
	}
	if err := f.Value.Set(value); err != nil {
		return problem(f.Name, "%w", err)
	}
	return nil
}

func (s source) value(f *pflag.Flag) (value string, found bool, err error) {
	if value, found = s.env(Variable(f.Name)); found {
		return value, true, nil
	}
	if f.Annotations[secret] != nil {
		if name, given := s.env(Variable(f.Name) + "_FILE"); given {
			text, err := s.readFile(name)
			if err != nil {
				return "", false, fmt.Errorf("%s_FILE: %w", Variable(f.Name), err)
			}
			// Editors end a file with a line break; it is not the secret's.
			return strings.TrimRight(string(text), "\r\n"), true, nil
		}
	}
	for _, name := range f.Annotations[also] {
		if value, found = s.env(name); found {
			return value, true, nil
		}
	}
	return "", false, nil
}

// env is lookupEnv, with an empty variable as none.
func (s source) env(name string) (string, bool) {
	value, _ := s.lookupEnv(name)
	return value, value != ""
}

// problem is an error about a flag.
func problem(flag, format string, args ...any) error {
	return fmt.Errorf("--%s (%s): %w", flag, Variable(flag), fmt.Errorf(format, args...))
}
