package devdb_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/trexgen/trexgen/blueprints/service/test/devdb"
)

// start starts a server of its own, whatever DATABASE_URL says.
func start(t *testing.T, o devdb.Options) *devdb.Server {
	t.Helper()
	if testing.Short() {
		t.Skip("needs PostgreSQL, which -short leaves out")
	}
	t.Setenv("DATABASE_URL", "")
	server, err := devdb.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	return server
}

func TestStopLeavesNothing(t *testing.T) {
	t.Setenv("TMPDIR", temporary(t))
	server := start(t, devdb.Options{})
	if homes := homes(t); len(homes) != 1 {
		t.Fatalf("homes while it runs: %q, want one", homes)
	}
	conn := connect(t, server.URL()) // a client that stays does not stop the stop
	if err := server.Stop(); err != nil {
		t.Fatal(err)
	}
	if err := conn.Ping(t.Context()); err == nil {
		t.Error("the server still answers")
	}
	if homes := homes(t); len(homes) != 0 {
		t.Errorf("left behind: %q", homes)
	}
	if err := server.Stop(); err != nil {
		t.Errorf("stopped twice: %v, want nil", err)
	}
}

func TestKilledProcessLeavesNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("needs PostgreSQL, which -short leaves out")
	}
	t.Setenv("TMPDIR", temporary(t))
	t.Setenv("DATABASE_URL", "")
	process := exec.Command(os.Args[0])
	process.Env = append(os.Environ(), helperVariable+"=1")
	process.Stderr = os.Stderr
	output, err := process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := process.StdinPipe(); err != nil { // open as long as this test lives
		t.Fatal(err)
	}
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	url, err := bufio.NewReader(output).ReadString('\n')
	if err != nil {
		t.Fatalf("the process gave no URL: %v", err)
	}
	conn := connect(t, strings.TrimSpace(url))

	if err := process.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = process.Wait() // was killed

	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if _, err := conn.WaitForNotification(ctx); err == nil || ctx.Err() != nil {
		t.Fatalf("the server outlives its process: %v", err)
	}
	for len(homes(t)) > 0 { // a folder gives no sign when it goes
		if ctx.Err() != nil {
			t.Fatalf("left behind: %q", homes(t))
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// helperVariable makes the test binary a process that starts a server, prints
// its URL and waits, for its own end or that of the test.
const helperVariable = "DEVDB_TEST_HELPER"

func help() error {
	server, err := devdb.Start(context.Background(), devdb.Options{})
	if err != nil {
		return err
	}
	if _, err := os.Stdout.WriteString(server.URL() + "\n"); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

func TestKeptDataIsThereAgain(t *testing.T) {
	dir := filepath.Join(temporary(t), "kept")
	first := start(t, devdb.Options{Dir: dir})
	if _, err := connect(t, first.URL()).Exec(t.Context(), "create table kept (answer int); insert into kept values (42)"); err != nil {
		t.Fatal(err)
	}
	if err := first.Stop(); err != nil {
		t.Fatal(err)
	}
	second := start(t, devdb.Options{Dir: dir})
	var answer int
	var durable string
	err := connect(t, second.URL()).QueryRow(t.Context(), "select answer, current_setting('fsync') from kept").Scan(&answer, &durable)
	if err != nil || answer != 42 || durable != "on" {
		t.Errorf("answer %d, fsync %s, error %v; want 42 and on", answer, durable, err)
	}
}

func TestSecondProcessSharesTheKeptServer(t *testing.T) {
	dir := filepath.Join(temporary(t), "kept")
	first := start(t, devdb.Options{Dir: dir})
	second := start(t, devdb.Options{Dir: dir})
	if second.URL() != first.URL() {
		t.Fatalf("second server at %s, want the first", second.URL())
	}
	if err := second.Stop(); err != nil {
		t.Fatal(err)
	}
	if err := connect(t, first.URL()).Ping(t.Context()); err != nil {
		t.Errorf("the guest stopped the server of its host: %v", err)
	}
}

func TestStartFailsWithTheServersLog(t *testing.T) {
	dir := filepath.Join(temporary(t), "kept")
	server := start(t, devdb.Options{Dir: dir})
	if err := server.Stop(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "data", "postgresql.auto.conf"), []byte("work_mem = nonsense\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	_, err := devdb.Start(t.Context(), devdb.Options{Dir: dir})
	if err == nil || !strings.Contains(err.Error(), "nonsense") {
		t.Errorf("start with a broken setting: %v, want the server's own words", err)
	}
}

func TestStartEndsWithItsContext(t *testing.T) {
	t.Setenv("TMPDIR", temporary(t))
	t.Setenv("DATABASE_URL", "")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := devdb.Start(ctx, devdb.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("start: %v, want context.Canceled", err)
	}
	if homes := homes(t); len(homes) != 0 {
		t.Errorf("left behind: %q", homes)
	}
}

func TestStartTakesDatabaseURL(t *testing.T) {
	url := devdb.Empty(t)
	t.Setenv("DATABASE_URL", url)
	server, err := devdb.Start(t.Context(), devdb.Options{})
	if err != nil || server.URL() != url {
		t.Fatalf("server %v, error %v; want that of DATABASE_URL", server, err)
	}
	if err := server.Stop(); err != nil {
		t.Fatal(err)
	}
	if err := connect(t, url).Ping(t.Context()); err != nil {
		t.Errorf("stop has stopped a server that was not started here: %v", err)
	}
}

func TestServerRefusesWithoutPassword(t *testing.T) {
	config, err := pgx.ParseConfig(start(t, devdb.Options{}).URL())
	if err != nil {
		t.Fatal(err)
	}
	config.Password = "guessed"
	if conn, err := pgx.ConnectConfig(t.Context(), config); err == nil {
		_ = conn.Close(t.Context())
		t.Error("any password does")
	}
}

// temporary is a folder that the user who runs the server can reach; those of
// t.TempDir are closed to him when this process is root's.
func temporary(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "test-of-")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// homes are the folders of throw-away servers.
func homes(t *testing.T) []string {
	t.Helper()
	entries, err := os.ReadDir(os.Getenv("TMPDIR"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}
