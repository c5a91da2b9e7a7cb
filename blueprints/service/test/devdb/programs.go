package devdb

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// places are where packages put the programs, as patterns.
var places = []string{
	"/usr/lib/postgresql/*/bin", // Debian, Ubuntu
	"/usr/pgsql-*/bin",          // the project's own packages for Red Hat
	"/usr/lib64/pgsql/bin",      // openSUSE
	"/usr/libexec/postgresql*",  // Alpine
	"/usr/local/pgsql/bin",      // built by hand
	"/opt/homebrew/opt/postgresql*/bin",
	"/usr/local/opt/postgresql*/bin",
	"/Applications/Postgres.app/Contents/Versions/*/bin",
	`C:\Program Files\PostgreSQL\*\bin`,
}

// programs runs the server from the folder that holds initdb and postgres.
type programs struct{ bin string }

// findPrograms prefers what the user has put on PATH, then the newest version.
func findPrograms(ctx context.Context, _ Options) (launcher, error) {
	var candidates []string
	if path, err := exec.LookPath("initdb"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil {
			candidates = append(candidates, filepath.Dir(path))
		}
	}
	if out, err := exec.CommandContext(ctx, "pg_config", "--bindir").Output(); err == nil {
		candidates = append(candidates, strings.TrimSpace(string(out)))
	}
	patterns := slices.Clone(places)
	if cache, err := downloads(); err == nil {
		patterns = append(patterns, filepath.Join(cache, "*", "bin"))
	}
	var found []string
	for _, pattern := range patterns {
		matches, _ := filepath.Glob(pattern) // fails for a bad pattern only
		found = append(found, matches...)
	}
	slices.SortStableFunc(found, func(a, b string) int { return cmp.Compare(version(b), version(a)) })
	for _, dir := range append(candidates, found...) {
		if complete(dir) {
			return programs{bin: dir}, nil
		}
	}
	return nil, errors.New("no folder with initdb and postgres on PATH, by pg_config, or where packages put them")
}

var lastNumber = regexp.MustCompile(`(\d+(?:\.\d+)?)\D*$`)

// version is the last number in path, which is PostgreSQL's version; else 0.
func version(path string) float64 {
	match := lastNumber.FindStringSubmatch(path)
	if match == nil {
		return 0
	}
	number, _ := strconv.ParseFloat(match[1], 64) // digits and one point
	return number
}

func complete(dir string) bool {
	for _, name := range []string{"initdb", "postgres"} {
		if info, err := os.Stat(filepath.Join(dir, program(name))); err != nil || info.IsDir() {
			return false
		}
	}
	return true
}

func program(name string) string {
	if runtime.GOOS == "windows" {
		return name + ".exe"
	}
	return name
}

// prepare implements launcher.
func (p programs) prepare(ctx context.Context, h *home) error {
	if _, err := os.Stat(filepath.Join(h.path("data"), "PG_VERSION")); err == nil {
		return nil
	}
	args := []string{"-D", h.path("data"), "-U", "postgres", "--auth=scram-sha-256", "--pwfile=" + h.path("password"),
		"--encoding=UTF8", "--no-locale"}
	if !h.keep {
		args = append(args, "--no-sync")
	}
	log, err := h.openLog()
	if err != nil {
		return err
	}
	initdb := p.child(h, "initdb", args...)
	initdb.cmd.Stdout, initdb.cmd.Stderr = log, log
	if err := errors.Join(initdb.start(h.guard), log.Close()); err != nil {
		return err
	}
	select {
	case <-initdb.ended:
	case <-ctx.Done():
		return errors.Join(ctx.Err(), initdb.stop())
	}
	if initdb.err != nil {
		return errors.Join(fmt.Errorf("initdb: %w", initdb.err), h.logged())
	}
	return nil
}

// command implements launcher.
func (p programs) command(h *home, port int) *child {
	args := []string{"-D", h.path("data"), "-h", "127.0.0.1", "-p", strconv.Itoa(port), "-k", ""}
	return p.child(h, "postgres", append(args, settings(h.keep)...)...)
}

// settings are enough connections for packages that are tested in parallel,
// and, for what is thrown away, not a single wait for the disk.
func settings(keep bool) []string {
	args := []string{"-c", "max_connections=200", "-c", "logging_collector=off"}
	if !keep {
		args = append(args, "-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off",
			"-c", "wal_level=minimal", "-c", "max_wal_senders=0")
	}
	return args
}

func (p programs) child(h *home, name string, args ...string) *child {
	cmd := exec.Command(filepath.Join(p.bin, program(name)), args...)
	cmd.Dir = h.dir
	cmd.Env = append(os.Environ(), "LC_ALL=C", "TZ=UTC") // mayPass reads English
	detach(cmd, h.account)
	return &child{cmd: cmd, interrupt: interrupt}
}
