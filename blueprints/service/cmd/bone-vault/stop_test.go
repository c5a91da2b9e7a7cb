package main

import (
	"context"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/test/devdb"
)

// beService in the environment makes the program of the tests the service.
const beService = "TEST_BE_SERVICE"

// A service that is told to stop is not ready from then on, takes no more
// requests, finishes those that it has, and ends well.
func TestSIGTERM(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no SIGTERM")
	}
	url := devdb.New(t)
	process := exec.CommandContext(t.Context(), os.Args[0], "serve", "--shutdown-timeout=1m")
	process.Env = append(os.Environ(), beService+"=1", "BONE_VAULT_ENV=testing", "BONE_VAULT_DATABASE_URL="+url)
	log, err := process.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	addrs := readAddrs(t, log)
	ready := "http://" + addrs["health"] + "/readyz"
	if status, body := get(t, ready); status != http.StatusOK {
		t.Errorf("ready: got %d %s", status, body)
	}

	// A request is in flight for as long as the table is locked.
	blocker, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = blocker.Close(context.Background()) }()
	if _, err := blocker.Exec(t.Context(), "begin; lock table events in access exclusive mode"); err != nil {
		t.Fatal(err)
	}
	answered := make(chan int, 1)
	go func() {
		answer, err := http.Get("http://" + addrs["api"] + api.V1Path + "/events")
		if err != nil {
			t.Error(err)
			answered <- 0
			return
		}
		_ = answer.Body.Close() // which nobody reads
		answered <- answer.StatusCode
	}()
	waitUntil(t, "the request is there", func() bool {
		_, metrics := get(t, "http://"+addrs["metrics"]+"/metrics")
		return strings.Contains(metrics, "http_requests_in_flight 1\n")
	})
	if err := process.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	waitUntil(t, "not ready", func() bool {
		status, _ := get(t, ready)
		return status == http.StatusServiceUnavailable
	})
	waitUntil(t, "no new request is taken", func() bool {
		answer, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Get("http://" + addrs["api"] + api.BasePath)
		if err == nil {
			_ = answer.Body.Close() // which nobody reads
		}
		return err != nil
	})
	select {
	case status := <-answered:
		t.Errorf("the request in flight was answered with %d before it was done", status)
	default:
	}
	if _, err := blocker.Exec(t.Context(), "rollback"); err != nil {
		t.Fatal(err)
	}
	if status := <-answered; status != http.StatusOK {
		t.Errorf("the request in flight: got %d", status)
	}
	if err := process.Wait(); err != nil {
		t.Errorf("the service ended with %v, want the exit code 0", err)
	}
}

// waitUntil asks again and again, for what gives no signal.
func waitUntil(t *testing.T, what string, is func() bool) {
	t.Helper()
	deadline := time.NewTimer(30 * time.Second)
	defer deadline.Stop()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !is() {
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatalf("not within 30 s: %s", what)
		}
	}
}
