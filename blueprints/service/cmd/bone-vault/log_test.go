package main

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/logger/logtest"
	"github.com/trexgen/trexgen/blueprints/service/test"
	"github.com/trexgen/trexgen/blueprints/service/test/devdb"
)

// Whatever secret the service is given, by its configuration or by a client, is
// not in its log, not even at the level debug; who sent a request is.
func TestTheLogShowsNoSecrets(t *testing.T) {
	t.Parallel()
	database := devdb.New(t)
	parsed, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	password, _ := parsed.User.Password()
	issuer := test.NewIssuer(t)
	token := issuer.Token("jane", "admin")
	const planted = "hunter2"

	log := &logtest.Buffer{}
	lines, writer := io.Pipe()
	sys := system{io.Discard, io.MultiWriter(log, writer), func(name string) (string, bool) {
		value, ok := map[string]string{
			"BONE_VAULT_ENV": "testing", "DATABASE_URL": database, "BONE_VAULT_LOG_LEVEL": "debug",
			"SENTRY_DSN":                             "http://" + planted + "@127.0.0.1:1/1",
			"BONE_VAULT_NOTIFICATIONS":               "webhook",
			"BONE_VAULT_NOTIFICATIONS_URL":           "http://user:" + planted + "@127.0.0.1:1/?key=" + planted,
			"BONE_VAULT_NOTIFICATIONS_ALLOW_PRIVATE": "true",
		}[name]
		return value, ok
	}, os.ReadFile}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	exit := make(chan int, 1)
	go func() {
		defer func() { _ = writer.Close() }() // which never fails
		exit <- run(ctx, append([]string{"serve"}, issuer.Flags()...), sys)
	}()
	base := "http://" + readAddrs(t, lines)["api"]

	good, bad := "Bearer "+token, "Bearer "+planted
	halfSigned := "Bearer " + token[:strings.LastIndex(token, ".")+1] + planted
	asked := 0
	for _, path := range []string{
		api.BasePath, api.V1Path + "/events", api.V1Path + "/events/" + api.NewID(), "/nowhere", api.V1Path + "/events?watch=true&x=" + planted,
	} {
		for _, query := range []string{
			"access_token=" + planted, "search=" + url.QueryEscape("source = '"+planted+"'"), "search=" + planted, "search=" + url.QueryEscape("'"+planted),
			"orderBy=" + planted, "fields=" + planted, "page=" + planted, "after=" + planted, planted + "=1",
		} {
			for _, sender := range []string{good, bad, halfSigned, "Basic " + planted, ""} {
				for _, method := range []string{http.MethodGet, http.MethodPost} {
					separator := "?"
					if strings.Contains(path, "?") {
						separator = "&"
					}
					r, err := http.NewRequestWithContext(t.Context(), method, base+path+separator+query, strings.NewReader(`{"password":"`+planted+`"`))
					if err != nil {
						t.Fatal(err)
					}
					r.Header.Set("Content-Type", "application/json")
					r.Header.Set("Authorization", sender)
					r.Header.Set("Cookie", "session="+planted)
					r.Header.Set("X-Api-Key", planted)
					r.Header.Set("Idempotency-Key", planted)
					r.Header.Set("Referer", "https://x/?token="+planted)
					answer, err := http.DefaultClient.Do(r)
					if err != nil {
						t.Fatal(err)
					}
					asked++
					_ = answer.Body.Close() // which nobody reads
				}
			}
		}
	}
	cancel()
	if code := <-exit; code != 0 {
		t.Errorf("exit code: got %d", code)
	}
	text := log.String()
	if got := strings.Count(text, `"msg":"request"`); got != asked {
		t.Errorf("got %d lines about %d requests", got, asked)
	}
	if !strings.Contains(text, `"subject":"jane"`) {
		t.Error("the log does not say who sent a request")
	}
	for what, secret := range map[string]string{
		"what was planted": planted, "the password of the database": password, "a token": token, "the signature of a token": token[strings.LastIndex(token, ".")+1:],
	} {
		for line := range strings.Lines(text) {
			if strings.Contains(line, secret) {
				t.Errorf("the log shows %s: %s", what, line)
				break
			}
		}
	}
}
