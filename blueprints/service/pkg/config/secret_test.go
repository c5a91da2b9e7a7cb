package config_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/trexgen/trexgen/blueprints/service/pkg/config"
)

func TestSecretDoesNotShow(t *testing.T) {
	t.Parallel()
	const hidden = "hunter2"
	s := config.NewSecret(hidden)
	nested := config.Database{URL: s}
	type wrapper struct{ inner config.Database }
	values := []any{s, &s, nested, &nested, wrapper{nested}, &wrapper{nested}, []config.Secret{s}, map[string]*config.Secret{"k": &s}}

	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
		for i, value := range values {
			if got := fmt.Sprintf(verb, value); shows(got, hidden) {
				t.Errorf("value %d under %s: got %s", i, verb, got)
			}
		}
	}
	for i, value := range values {
		text, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		if shows(string(text), hidden) {
			t.Errorf("value %d in JSON: got %s", i, text)
		}
		var log bytes.Buffer
		slog.New(slog.NewJSONHandler(&log, nil)).Info("m", "v", value)
		slog.New(slog.NewTextHandler(&log, nil)).Info("m", "v", value)
		if shows(log.String(), hidden) {
			t.Errorf("value %d in the log: got %s", i, log.String())
		}
	}
	if s.Reveal() != hidden {
		t.Errorf("revealed: got %q, want %q", s.Reveal(), hidden)
	}
}

// shows finds the secret plain and in hexadecimal.
func shows(text, hidden string) bool {
	return strings.Contains(text, hidden) || strings.Contains(strings.ToLower(text), fmt.Sprintf("%x", hidden))
}

func TestSecretSaysWhetherItIsSet(t *testing.T) {
	t.Parallel()
	var none config.Secret
	if none.Reveal() != "" || none.String() != "" {
		t.Errorf("zero secret: got %q shown as %q", none.Reveal(), none.String())
	}
	if got := config.NewSecret("x").String(); got != "[redacted]" {
		t.Errorf("got %q", got)
	}
}
