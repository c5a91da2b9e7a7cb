package config

import (
	"fmt"
	"io"
	"log/slog"
)

const redacted = "[redacted]"

// Secret is a string that does not show itself: not in fmt, not in JSON or
// other text encodings, not in the log. Only Reveal returns it.
//
// The string is behind a pointer because fmt calls no methods below unexported
// fields: there it prints an address instead.
type Secret struct{ value *string }

// NewSecret hides s.
func NewSecret(s string) Secret { return Secret{value: &s} }

// Reveal returns the string; the zero Secret is empty.
func (s Secret) Reveal() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

// String says whether there is a secret, not which.
func (s Secret) String() string {
	if s.Reveal() == "" {
		return ""
	}
	return redacted
}

// Format redacts under every verb.
func (s Secret) Format(f fmt.State, _ rune) {
	// An error of f is fmt's to keep; Formatter cannot return it.
	_, _ = io.WriteString(f, s.String())
}

// LogValue redacts in the log.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText redacts in JSON, YAML and all else that encodes text.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Set and Type make *Secret a flag's value.
func (s *Secret) Set(value string) error {
	s.value = &value
	return nil
}

// Type names the kind of value in the help.
func (s *Secret) Type() string { return "secret" }
