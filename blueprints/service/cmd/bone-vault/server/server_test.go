package server

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/trexgen/trexgen/blueprints/service/cmd/bone-vault/environments"
	"github.com/trexgen/trexgen/blueprints/service/pkg/config"
)

// testParts are parts on free ports, with one job that ends with its context.
func testParts(t *testing.T) (parts, *journal) {
	t.Helper()
	journal, log := newJournal(t)
	const anyPort = "127.0.0.1:0"
	return parts{
		config: &config.Config{
			API: config.API{
				Addr: anyPort, RequestTimeout: 30 * time.Second, ReadHeaderTimeout: 5 * time.Second, IdleTimeout: time.Minute,
			},
			HealthAddr: anyPort, MetricsAddr: anyPort, ShutdownTimeout: 30 * time.Second,
		},
		log:     log,
		api:     http.HandlerFunc(ok),
		metrics: http.HandlerFunc(ok),
		health:  newHealth(log),
		jobs:    []environments.Work{{Name: "waiting", Run: untilDone}},
	}, journal
}

func untilDone(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}

// running is a server that runs until stop, and says then how that went.
type running struct {
	*Server
	stop context.CancelFunc
	done chan error
}

func start(t *testing.T, p parts) running {
	t.Helper()
	s, err := open(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	r := running{s, cancel, make(chan error, 1)}
	go func() { r.done <- s.Run(ctx) }()
	t.Cleanup(cancel)
	return r
}

func get(t *testing.T, addr net.Addr, path string) (int, string) {
	t.Helper()
	answer, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Get("http://" + addr.String() + path)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(answer.Body)
	if err := errors.Join(err, answer.Body.Close()); err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(text)
}

func TestServeAndStop(t *testing.T) {
	t.Parallel()
	p, journal := testParts(t)
	s := start(t, p)
	if _, body := get(t, s.APIAddr(), "/"); body != "ok" {
		t.Errorf("api: got %q", body)
	}
	if status, body := get(t, s.HealthAddr(), "/readyz"); status != http.StatusOK {
		t.Errorf("ready: got %d %q", status, body)
	}
	if _, body := get(t, s.MetricsAddr(), "/metrics"); body != "ok" {
		t.Errorf("metrics: got %q", body)
	}
	s.stop()
	if err := <-s.done; err != nil {
		t.Errorf("stopping when told to is no error: got %v", err)
	}
	for _, addr := range []net.Addr{s.APIAddr(), s.HealthAddr(), s.MetricsAddr()} {
		if !strings.Contains(journal.String(), addr.String()) {
			t.Errorf("the log does not say that %s is served", addr)
		}
		again, err := net.Listen("tcp", addr.String())
		if err != nil {
			t.Errorf("still taken after the stop: %v", err)
			continue
		}
		if err := again.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestRequestsInFlightFinish(t *testing.T) {
	t.Parallel()
	p, _ := testParts(t)
	entered, release := make(chan struct{}), make(chan struct{})
	p.api = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		close(entered)
		<-release
		if err := r.Context().Err(); err != nil {
			t.Errorf("the request in flight was cancelled: %v", err)
		}
		_, _ = io.WriteString(w, "finished")
	})
	jobEnded := make(chan struct{})
	p.jobs = []environments.Work{{Name: "beside", Run: func(ctx context.Context) error {
		<-ctx.Done()
		close(jobEnded)
		return nil
	}}}
	s := start(t, p)
	body := make(chan string)
	go func() {
		_, text := get(t, s.APIAddr(), "/")
		body <- text
	}()
	<-entered
	s.stop()

	// The API's address is let go of first: then the stop is under way.
	waitUntil(t, "the API takes no more connections", func() bool {
		conn, err := net.Dial("tcp", s.APIAddr().String())
		if err == nil {
			_ = conn.Close()
		}
		return err != nil
	})
	if status, _ := get(t, s.HealthAddr(), "/readyz"); status != http.StatusServiceUnavailable {
		t.Errorf("readiness while stopping: got %d", status)
	}
	if status, _ := get(t, s.HealthAddr(), "/healthz"); status != http.StatusOK {
		t.Errorf("liveness while stopping: got %d", status)
	}
	select {
	case <-jobEnded:
		t.Error("the work beside requests ended before the request in flight")
	case err := <-s.done:
		t.Errorf("the server stopped before the request in flight: %v", err)
	default:
	}

	close(release)
	if got := <-body; got != "finished" {
		t.Errorf("the request in flight: got %q", got)
	}
	if err := <-s.done; err != nil {
		t.Error(err)
	}
	<-jobEnded
}

// waitUntil asks again and again, for what gives no signal.
func waitUntil(t *testing.T, what string, is func() bool) {
	t.Helper()
	deadline := time.NewTimer(10 * time.Second)
	defer deadline.Stop()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !is() {
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatalf("not within 10 s: %s", what)
		}
	}
}

func TestRequestsThatTakeTooLongAreCutOff(t *testing.T) {
	t.Parallel()
	p, _ := testParts(t)
	p.config.ShutdownTimeout = 10 * time.Millisecond
	entered := make(chan struct{})
	p.api = http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(entered)
		<-r.Context().Done()
	})
	s := start(t, p)
	cut := make(chan error)
	go func() {
		answer, err := http.Get("http://" + s.APIAddr().String())
		if err == nil {
			_ = answer.Body.Close()
		}
		cut <- err
	}()
	<-entered
	s.stop()
	if err := <-s.done; !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "requests in flight") {
		t.Errorf("got %v, want an error about requests in flight", err)
	}
	if err := <-cut; err == nil {
		t.Error("the request got an answer")
	}
}

func TestShutdownDelayGoesOnServing(t *testing.T) {
	t.Parallel()
	p, _ := testParts(t)
	p.config.ShutdownDelay = time.Hour
	fail := make(chan struct{})
	p.jobs = []environments.Work{{Name: "failing", Run: func(ctx context.Context) error {
		select {
		case <-fail:
			return errors.New("broken")
		case <-ctx.Done():
			return nil
		}
	}}}
	s := start(t, p)
	s.stop()
	waitUntil(t, "not ready", func() bool {
		status, _ := get(t, s.HealthAddr(), "/readyz")
		return status == http.StatusServiceUnavailable
	})
	if _, body := get(t, s.APIAddr(), "/"); body != "ok" {
		t.Errorf("a request during the delay: got %q", body)
	}
	close(fail) // a failure ends the delay
	if err := <-s.done; err == nil || !strings.Contains(err.Error(), "failing: broken") {
		t.Errorf("got %v, want the failure", err)
	}
}

func TestAFailureStopsTheServer(t *testing.T) {
	t.Parallel()
	p, _ := testParts(t)
	cause := errors.New("broken")
	p.jobs = append(p.jobs, environments.Work{Name: "failing", Run: func(context.Context) error { return cause }})
	if err := <-start(t, p).done; !errors.Is(err, cause) || !strings.Contains(err.Error(), "failing: broken") {
		t.Errorf("got %v, want %v, and by which job", err, cause)
	}
}

func TestWorkThatDoesNotStopIsAnError(t *testing.T) {
	t.Parallel()
	never := make(chan struct{})
	defer close(never)
	err := within(time.Millisecond, "work", func() error { <-never; return nil })
	if err == nil || !strings.Contains(err.Error(), "work did not stop within 1ms") {
		t.Errorf("got %v", err)
	}
	cause := errors.New("broken")
	if err := within(time.Hour, "work", func() error { return cause }); !errors.Is(err, cause) {
		t.Errorf("got %v, want %v", err, cause)
	}
}

func TestABusyPortIsAnErrorAtStart(t *testing.T) {
	t.Parallel()
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := busy.Close(); err != nil {
			t.Error(err)
		}
	}()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}

	p, _ := testParts(t)
	p.config.API.Addr, p.config.MetricsAddr = free.Addr().String(), busy.Addr().String()
	if _, err := open(t.Context(), p); err == nil || !strings.Contains(err.Error(), "metrics server") || !strings.Contains(err.Error(), busy.Addr().String()) {
		t.Errorf("got %v, want an error that names the server and the address", err)
	}
	// The address that was free has been let go of.
	p.config.MetricsAddr = "127.0.0.1:0"
	s := start(t, p)
	s.stop()
	if err := <-s.done; err != nil {
		t.Error(err)
	}
}
