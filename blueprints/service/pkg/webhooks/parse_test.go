package webhooks_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/webhooks"
)

// keyOf is a secret made of a byte.
func keyOf(b byte) string {
	return "whsec_" + base64.StdEncoding.EncodeToString([]byte(strings.Repeat(string(rune(b)), 32)))
}

func TestEndpointsFromYAMLAndJSON(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"YAML": `
- name: billing
  url: https://user:pass@billing.example.com:8443/hooks?token=t
  secret: [` + keyOf('a') + `, ` + keyOf('b') + `]
  events: [Owls.*, "*.Delete"]
  timeout: 3s
  headers: {Authorization: Bearer x, X-Tenant: "1"}
- &all
  name: audit
  url: http://10.0.0.1/
  secret: ` + keyOf('c') + `
  allow_private: true
`,
		"JSON": `[
			{"name": "billing", "url": "https://user:pass@billing.example.com:8443/hooks?token=t", "secret": ["` + keyOf('a') + `", "` + keyOf('b') + `"],
			 "events": ["Owls.*", "*.Delete"], "timeout": "3s", "headers": {"Authorization": "Bearer x", "X-Tenant": "1"}},
			{"name": "audit", "url": "http://10.0.0.1/", "secret": "` + keyOf('c') + `", "allow_private": true}]`,
	} {
		endpoints, err := webhooks.ParseEndpoints(text, false)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		type facts struct {
			Name                   string
			Timeout                time.Duration
			Private                bool
			Create, Delete, Others bool
		}
		var got []facts
		for _, e := range endpoints {
			got = append(got, facts{e.Name, e.Timeout, e.AllowPrivate,
				e.Events.Match("Owls", api.CreateEvent), e.Events.Match("Elks", api.DeleteEvent), e.Events.Match("Elks", api.UpdateEvent)})
		}
		want := []facts{{"billing", 3 * time.Second, false, true, true, false}, {"audit", webhooks.DefaultTimeout, true, true, true, true}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: -want +got\n%s", name, diff)
		}
	}
}

func TestNoEndpoints(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "\n", "# none yet\n", "[]"} {
		if endpoints, err := webhooks.ParseEndpoints(text, false); err != nil || len(endpoints) > 0 {
			t.Errorf("%q: got %v, %v", text, endpoints, err)
		}
	}
}

func TestAllEndpointsMayBePrivate(t *testing.T) {
	t.Parallel()
	endpoints, err := webhooks.ParseEndpoints("[{name: a, url: http://127.0.0.1/, secret: "+keyOf('a')+"}]", true)
	if err != nil || len(endpoints) != 1 || !endpoints[0].AllowPrivate {
		t.Errorf("got %v, %v", endpoints, err)
	}
}

// hushed is what no error may show, whatever key it was put under.
const hushed = "s3cr3t"

func TestEndpointsThatAreRefused(t *testing.T) {
	t.Parallel()
	good := func(key, value string) string {
		keys := map[string]string{"name": "orders", "url": "https://example.com", "secret": keyOf('a')}
		keys[key] = value
		text := "- "
		for _, key := range []string{"name", "url", "secret", "events", "timeout", "headers", "allow_private"} {
			if keys[key] != "" {
				text += key + ": " + keys[key] + "\n  "
			}
		}
		return text
	}
	for name, tt := range map[string]struct {
		text string
		want []string
	}{
		"no YAML":                  {"- name: [" + hushed, []string{"no valid YAML"}},
		"an unknown anchor":        {"- secret: *" + hushed, []string{"no valid YAML"}},
		"no list":                  {"name: " + hushed, []string{"no list"}},
		"a text":                   {hushed, []string{"no list"}},
		"a list of texts":          {"- " + hushed, []string{"endpoint 1 (line 1)", "no mapping"}},
		"nothing of it":            {"- {}", []string{"endpoint 1", "name is missing", "url is missing", "secret is neither"}},
		"unknown key":              {good("headers", "{}\n  urll: "+hushed), []string{"endpoint orders", "urll is unknown"}},
		"a secret for a key":       {good("headers", "{}\n  "+hushed+": x"), []string{"endpoint orders", "the key in line 5 is unknown"}},
		"a key twice":              {good("headers", "{}\n  url: https://"+hushed), []string{"endpoint orders", "url is there twice"}},
		"merged keys":              {"- &a {name: a, url: 'https://a', secret: " + keyOf('a') + "}\n- {<<: *a, name: b}", []string{"endpoint b", "is unknown"}},
		"a name twice":             {good("x", "") + "\n" + good("x", ""), []string{"endpoint orders (line 5)", "name is that of another"}},
		"name for shells":          {good("name", `"a b"`), []string{"endpoint 1", "name is no name"}},
		"name too long":            {good("name", strings.Repeat("a", 64)), []string{"name is no name"}},
		"name that is none":        {good("name", "["+hushed+"]"), []string{"name is no name"}},
		"url of another scheme":    {good("url", "ftp://"+hushed), []string{"endpoint orders", "url is no https URL"}},
		"url without a host":       {good("url", "https:///"+hushed), []string{"url is no https URL"}},
		"url that is none":         {good("url", `"https://%zz`+hushed+`"`), []string{"url is no https URL"}},
		"url with a fragment":      {good("url", "https://a/#"+hushed), []string{"url has a fragment"}},
		"url in the open":          {good("url", "http://a/"+hushed), []string{"url is plain http"}},
		"private address":          {good("url", "https://10.0.0.1/"+hushed), []string{"url is at an address that is not public"}},
		"loopback address":         {good("url", "https://[::1]/"+hushed), []string{"url is at an address that is not public"}},
		"mapped address":           {good("url", "'https://[::ffff:127.0.0.1]/'"), []string{"url is at an address that is not public"}},
		"metadata, though allowed": {good("url", "http://169.254.169.254/"+hushed+"\n  allow_private: true"), []string{"url is at an address that no endpoint may have"}},
		"secret that is no base64": {good("secret", "whsec_"+hushed+"!"), []string{"endpoint orders", "secret is not"}},
		"secret that is short":     {good("secret", "whsec_c2hvcnQ="), []string{"secret is not"}},
		"second secret":            {good("secret", "["+keyOf('a')+", "+hushed+"]"), []string{"secret 2 is not"}},
		"no secret in a list":      {good("secret", "[]"), []string{"secret is neither"}},
		"secret that is a mapping": {good("secret", "{a: "+hushed+"}"), []string{"secret is neither"}},
		"pattern that is none":     {good("events", "["+hushed+"]"), []string{"endpoint orders", "events has a pattern"}},
		"no patterns":              {good("events", "[]"), []string{"events is no list"}},
		"patterns as a text":       {good("events", hushed), []string{"events is no list"}},
		"timeout without a unit":   {good("timeout", "10"), []string{"endpoint orders", "timeout is no time"}},
		"timeout too long":         {good("timeout", "1h"), []string{"timeout is no time"}},
		"timeout below zero":       {good("timeout", "-1s"), []string{"timeout is no time"}},
		"headers that are a list":  {good("headers", "["+hushed+"]"), []string{"endpoint orders", "headers is no mapping"}},
		"header of ours":           {good("headers", "{webhook-id: "+hushed+"}"), []string{"headers sets Webhook-Id"}},
		"header with a line break": {good("headers", `{X-A: "a\r\nX-B: `+hushed+`"}`), []string{"headers has a control character in the value of X-A"}},
		"header without a name":    {good("headers", "{'"+hushed+" x': a}"), []string{"headers has a name that is none"}},
		"allow_private as a text":  {good("allow_private", `"true"`), []string{"endpoint orders", "allow_private is neither"}},
		"several at once":          {good("url", hushed) + "\n" + good("timeout", hushed), []string{"(line 1): url", "(line 5): timeout", "(line 5): name"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := webhooks.ParseEndpoints(tt.text, false)
			if err == nil {
				t.Fatalf("got no error for\n%s", tt.text)
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the error does not contain %q:\n%v\nof\n%s", want, err, tt.text)
				}
			}
			for _, hidden := range []string{hushed, strings.TrimPrefix(keyOf('a'), "whsec_")} {
				if strings.Contains(err.Error(), hidden) {
					t.Errorf("the error shows a value: %v", err)
				}
			}
		})
	}
}

func TestEndpointDoesNotShowItsSecrets(t *testing.T) {
	t.Parallel()
	endpoints, err := webhooks.ParseEndpoints(`[{name: orders, url: "https://u:`+hushed+`@a/?`+hushed+`", secret: `+keyOf('a')+`, headers: {Authorization: `+hushed+`}}]`, false)
	if err != nil {
		t.Fatal(err)
	}
	type wrapper struct{ inner webhooks.Endpoint }
	sink := webhooks.NewSink(endpoints[0], webhooks.Options{})
	for i, value := range []any{endpoints[0], &endpoints[0], endpoints, wrapper{endpoints[0]}, &wrapper{endpoints[0]}, sink, *endpointsOf(sink)} {
		texts := []string{}
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			texts = append(texts, fmt.Sprintf(verb, value))
		}
		var log strings.Builder
		slog.New(slog.NewJSONHandler(&log, nil)).Info("m", "v", value)
		slog.New(slog.NewTextHandler(&log, nil)).Info("m", "v", value)
		encoded, _ := json.Marshal(value) // that it cannot be encoded shows nothing either
		texts = append(texts, log.String(), string(encoded))
		for _, text := range texts {
			for _, hidden := range []string{hushed, fmt.Sprintf("%x", hushed), "aaaaaaaa", "97 97 97", "61616161", "YWFhYWFh"} {
				if strings.Contains(text, hidden) {
					t.Errorf("value %d shows %s: %s", i, hidden, text)
				}
			}
		}
	}
}

func endpointsOf(sink *webhooks.Sink) *struct{ Sink *webhooks.Sink } {
	return &struct{ Sink *webhooks.Sink }{sink}
}
