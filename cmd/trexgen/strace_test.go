package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// calls are the system calls with which a process writes, and those that frame them. The question mark is for those
// that older versions of strace do not know.
var calls = []string{
	"openat", "write", "?pwrite64", "linkat", "renameat", "?renameat2", "unlinkat", "mkdirat", "?fchmodat", "?fchmodat2",
	"?fchownat", "?ftruncate", "?fsync", "flock", "exit_group",
}

// tally counts what was survived, and at how many places.
type tally struct {
	mu                        sync.Mutex
	kills, errors, interrupts int
	places                    map[string]bool
}

func (c *tally) add(hit string, place string, counter *int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	*counter++
	if c.places == nil {
		c.places = map[string]bool{}
	}
	c.places[hit+" "+place] = true
}

// traced is the start of a call in the log: the thread, the call.
var traced = regexp.MustCompile(`^([0-9]+) +([a-z0-9_]+)\((.*)`)

// count lets the victim live and returns how often one thread makes each call, and which openat is the first that
// writes. strace counts each thread on its own, and which thread does what is a little different each time: what is
// counted here is how far to go, not what will be hit.
func (v victim) count(t *testing.T) (most map[string]int, begin int) {
	t.Helper()
	code, log := v.trace(t, v.scene(t))
	if code != 0 {
		t.Fatalf("under strace: exit code %d\n%s", code, log)
	}
	most, begin = map[string]int{}, 1
	threads := map[string]int{}
	for line := range strings.Lines(log) {
		m := traced.FindStringSubmatch(line)
		if m == nil || !slices.ContainsFunc(calls, func(call string) bool { return strings.TrimPrefix(call, "?") == m[2] }) {
			continue
		}
		key := m[1] + m[2]
		threads[key]++
		most[m[2]] = max(most[m[2]], threads[key])
		if m[2] == "openat" && strings.Contains(m[3], strconv.Quote(v.first)) && strings.Contains(m[3], "O_CREAT") {
			begin = threads[key]
		}
	}
	return most, begin
}

// trace runs the victim under strace, and returns its exit code and the log.
func (v victim) trace(t *testing.T, dir string, options ...string) (int, string) {
	t.Helper()
	log := filepath.Join(filepath.Dir(dir), "log")
	args := append([]string{"-f", "-qq", "-o", log, "-e", "trace=" + strings.Join(calls, ",")}, options...)
	code, said := runIn(t, dir, v.strace, append(append(args, "--", v.tool), v.args...)...)
	trace, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	return code, said + "\n" + string(trace)
}

// calledBefore tells how many calls there are in a log.
func calledBefore(log string) int {
	n := 0
	for line := range strings.Lines(log) {
		if traced.MatchString(line) {
			n++
		}
	}
	return n
}
