package errorreport

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/getsentry/sentry-go"
)

// fakeSentry takes envelopes.
func fakeSentry(t *testing.T) (dsn string, received chan string) {
	t.Helper()
	received = make(chan string, 10)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := io.Reader(r.Body)
		if r.Header.Get("Content-Encoding") == "gzip" {
			unzip, err := gzip.NewReader(r.Body)
			if err != nil {
				t.Error(err)
				return
			}
			body = unzip
		}
		text, err := io.ReadAll(body)
		if err != nil {
			t.Error(err)
		}
		received <- r.URL.Path + "\n" + r.Header.Get("X-Sentry-Auth") + "\n" + string(text)
		_, _ = io.WriteString(w, "{}")
	}))
	t.Cleanup(server.Close)
	return strings.Replace(server.URL, "://", "://publickey@", 1) + "/7", received
}

// event is the part of an envelope that is about an error.
func event(t *testing.T, envelope string) (e sentry.Event) {
	t.Helper()
	for line := range strings.Lines(envelope) {
		if strings.Contains(line, `"exception"`) {
			if err := json.Unmarshal([]byte(line), &e); err != nil {
				t.Fatal(err)
			}
			return e
		}
	}
	t.Fatalf("no event in\n%s", envelope)
	return e
}

func panics(t *testing.T, ctx context.Context) {
	t.Helper()
	defer func() { Send(ctx, Panic, fmt.Errorf("panic: %v", recover())) }()
	var thing any = "a"
	_ = thing.(int)
}

func TestSentryIsToldOfAPanic(t *testing.T) {
	t.Parallel()
	dsn, received := fakeSentry(t)
	s, err := NewSentry(SentryOptions{DSN: dsn, Environment: "production", Release: "v1.2.3"})
	if err != nil {
		t.Fatal(err)
	}
	panics(t, With(t.Context(), s, func() string { return "GET /things/{id}" }))
	s.Close() // which sends what is left
	envelope := <-received
	if !strings.HasPrefix(envelope, "/api/7/envelope/\n") || !strings.Contains(envelope, "sentry_key=publickey") {
		t.Errorf("got the request %.200q", envelope)
	}
	got := event(t, envelope)
	if got.Level != sentry.LevelFatal || got.Transaction != "GET /things/{id}" || got.Release != "v1.2.3" || got.Environment != "production" || got.Tags["kind"] != "panic" {
		t.Errorf("got %+v", got)
	}
	if len(got.Exception) != 1 || !strings.Contains(got.Exception[0].Value, "interface conversion") {
		t.Fatalf("got %+v", got.Exception)
	}
	frames := got.Exception[0].Stacktrace.Frames
	if last := frames[len(frames)-1]; last.Function != "panics" || !last.InApp {
		t.Errorf("the stack ends in %+v, want where it panicked", last)
	}
}

func TestSentryLearnsNothingOfPeople(t *testing.T) {
	t.Parallel()
	dsn, received := fakeSentry(t)
	s, err := NewSentry(SentryOptions{DSN: dsn})
	if err != nil {
		t.Fatal(err)
	}
	// Whatever others make of the client.
	s.client.CaptureEvent(&sentry.Event{
		Request:     &sentry.Request{URL: "https://hunter2", QueryString: "hunter2", Cookies: "hunter2", Headers: map[string]string{"Authorization": "hunter2"}},
		User:        sentry.User{ID: "hunter2", Email: "hunter2@example.com", IPAddress: "10.6.6.6"},
		Breadcrumbs: []*sentry.Breadcrumb{{Message: "hunter2"}},
		Message:     "Bearer hunter2",
		Exception:   []sentry.Exception{{Type: "x", Value: "postgres://jane:hunter2@db/x"}},
	}, nil, nil)
	s.Report(t.Context(), Report{Kind: Failure, Err: fmt.Errorf("ask: %w", errors.New("https://x/?q=hunter2")), OperationID: "op-1", Unsaid: 3})
	s.Close()
	close(received)
	var all string
	for envelope := range received {
		all += envelope
	}
	for _, secret := range []string{"hunter2", "10.6.6.6", "jane"} {
		if strings.Contains(all, secret) {
			t.Errorf("%s was sent:\n%s", secret, all)
		}
	}
	for _, want := range []string{`"operation_id":"op-1"`, `"unsaid":"3"`, `*errors.errorString`} {
		if !strings.Contains(all, want) {
			t.Errorf("%s was not sent:\n%s", want, all)
		}
	}
}

// A Sentry that takes the connection and says nothing is the worst of them.
func TestSentryThatHangsDoesNotHoldUpTheEnd(t *testing.T) {
	t.Parallel()
	asked, release := make(chan struct{}), make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		close(asked)
		<-release
	}))
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(release) }) // before the server waits for the request
	s, err := NewSentry(SentryOptions{DSN: strings.Replace(server.URL, "://", "://key@", 1) + "/1"})
	if err != nil {
		t.Fatal(err)
	}
	s.Report(t.Context(), Report{Kind: Failure, Err: errors.New("x")})
	s.Close()
	<-asked
}

func TestErrorsDoNotShowTheDSN(t *testing.T) {
	t.Parallel()
	for _, dsn := range []string{"", "https://hunter2.example.com/1", "hunter2", "https://hunter2@x/%zz"} {
		_, err := NewSentry(SentryOptions{DSN: dsn})
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: got %v", dsn, err)
		}
	}
}
