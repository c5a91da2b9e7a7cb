package config_test

import (
	"strings"
	"testing"

	"github.com/trexgen/trexgen/blueprints/service/pkg/config"
)

func TestForwarderIsValidated(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		env  []string
		want string // empty if it is good
	}{
		"none":                   {nil, ""},
		"one server":             {[]string{"NATS_URL", "nats://user:hidden@host:4222"}, ""},
		"several servers":        {[]string{"NATS_URL", "tls://a:4222, tls://b"}, ""},
		"credentials":            {[]string{"NATS_URL", "nats://host", "NATS_CREDS", "/run/nats.creds"}, ""},
		"subject of words":       {[]string{"NATS_URL", "nats://host", "NATS_SUBJECT", "acme.events"}, ""},
		"no scheme":              {[]string{"NATS_URL", "hidden:4222"}, "--nats-url"},
		"another scheme":         {[]string{"NATS_URL", "https://hidden"}, "--nats-url"},
		"no host":                {[]string{"NATS_URL", "nats://:4222"}, "--nats-url"},
		"a password with a %":    {[]string{"NATS_URL", "nats://user:hidden%@host"}, "--nats-url"},
		"one of several":         {[]string{"NATS_URL", "nats://a,,nats://b"}, "--nats-url"},
		"credentials for nobody": {[]string{"NATS_CREDS", "/run/nats.creds"}, "--nats-creds"},
		"stream":                 {[]string{"NATS_URL", "nats://host", "NATS_STREAM", "a.b"}, "--nats-stream"},
		"wildcard":               {[]string{"NATS_URL", "nats://host", "NATS_SUBJECT", "events.>"}, "--nats-subject"},
		"empty word":             {[]string{"NATS_URL", "nats://host", "NATS_SUBJECT", "events."}, "--nats-subject"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var env []string
			for i := 0; i < len(tt.env); i += 2 {
				env = append(env, config.EnvPrefix+"_"+tt.env[i], tt.env[i+1])
			}
			c, err := world{env: with(dev, env...)}.load(t, config.Bind)
			switch {
			case tt.want == "" && err != nil:
				t.Error(err)
			case tt.want == "":
				if wants := len(tt.env) > 0; c.Forwarder.Enabled() != wants {
					t.Errorf("enabled %t, want %t", !wants, wants)
				}
			case err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "hidden"):
				t.Errorf("error %v, want one about %s without the URL", err, tt.want)
			}
		})
	}
}
