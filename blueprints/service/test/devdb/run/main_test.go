//go:build unix

package main

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/trexgen/trexgen/blueprints/service/test/devdb"
)

func TestMain(m *testing.M) { devdb.Main(m) }

func TestRunEndsWithTheProgramsCode(t *testing.T) {
	t.Setenv("DATABASE_URL", devdb.Empty(t))
	tests := []struct {
		name string
		args []string
		want int
	}{
		{"success", []string{"--", "sh", "-c", "exit 0"}, 0},
		{"failure", []string{"--", "sh", "-c", "exit 7"}, 7},
		{"flags of the program are its own", []string{"sh", "-c", "exit 3"}, 3},
		{"killed", []string{"--", "sh", "-c", "kill -KILL $$"}, 128 + 9},
		{"no such program", []string{"--", "/no/such/program"}, exitFailed},
		{"no program", []string{"--"}, exitUsage},
		{"unknown flag", []string{"--durable", "--", "true"}, exitUsage},
		{"help", []string{"--help"}, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var stderr bytes.Buffer
			if got := run(test.args, nil, io.Discard, &stderr); got != test.want {
				t.Errorf("run %q = %d, want %d; it said: %s", test.args, got, test.want, &stderr)
			}
		})
	}
}

func TestRunKeepsDatabaseURL(t *testing.T) {
	url := devdb.Empty(t)
	t.Setenv("DATABASE_URL", url)
	var stdout, stderr bytes.Buffer
	code := run([]string{"--", "sh", "-c", `echo "$DATABASE_URL"`}, nil, &stdout, &stderr)
	if got := strings.TrimSpace(stdout.String()); code != 0 || got != url {
		t.Errorf("the program got %q and ended with %d, want %q and 0; run said: %s", got, code, url, &stderr)
	}
}

func TestRunNamesWhatIsWrongWithDatabaseURL(t *testing.T) {
	t.Setenv("DATABASE_URL", "postgres://user:hidden@127.0.0.1:1/name")
	var stderr bytes.Buffer
	code := run([]string{"--", "true"}, nil, io.Discard, &stderr)
	if said := stderr.String(); code != exitFailed || !strings.Contains(said, "DATABASE_URL") || strings.Contains(said, "hidden") {
		t.Errorf("run = %d and said %q, want %d, DATABASE_URL named and no password", code, said, exitFailed)
	}
}

func TestRunPassesSIGTERMOn(t *testing.T) {
	t.Setenv("DATABASE_URL", devdb.Empty(t))
	signals := make(chan os.Signal, 1)
	output, stdout := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		script := `trap 'exit 5' TERM; echo ready; while :; do sleep 0.01; done`
		ended <- run([]string{"--", "sh", "-c", script}, signals, stdout, io.Discard)
	}()
	if line, err := bufio.NewReader(output).ReadString('\n'); err != nil || line != "ready\n" {
		t.Fatalf("the program said %q, %v", line, err)
	}
	signals <- syscall.SIGTERM
	if code := <-ended; code != 5 {
		t.Errorf("run = %d, want the 5 that the program answers to SIGTERM", code)
	}
}
