package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The tests in this file run the real program under strace, which kills it at a chosen system call, or lets that call
// fail, and look at what is left on the disk. TREXGEN_FULL tries every call that differs; without it, a sample of each kind.

// victim is a command that is killed.
type victim struct {
	tool, strace string
	template     string   // what is in the directory before
	args, again  []string // again puts in order what args left, and may make it whole
	allowed      []snapshot
	first        string // the file with whose opening the writing begins
	alike        int    // of so many calls one is tried in full: the others do the same to other new files
}

func TestEveryKillAndEveryErrorLeavesAllOrNothing(t *testing.T) {
	t.Parallel()
	v := newVictim(t)
	for name, test := range map[string]func(*testing.T, victim){
		"add kind":     addKindSurvives,
		"remove kind":  removeKindSurvives,
		"new":          newSurvives,
		"new in place": newInPlaceSurvives,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, v)
		})
	}
}

func addKindSurvives(t *testing.T, v victim) {
	v.args = []string{"add", "kind", "Bird", "--quiet", "--fields", "name:string"}
	v.again = []string{"add", "kind", "Bird", "--quiet", "--fields", "name:none"} // refused, but not before it looked
	v.projectSurvives(t)
}

// removeKindSurvives creates, modifies and deletes files, and empties directories.
func removeKindSurvives(t *testing.T, v victim) {
	v.args = []string{"remove", "kind", "Nest", "--quiet"}
	v.again = []string{"remove", "kind", "Egg", "--quiet"} // is not there
	v.projectSurvives(t, "--kind", "Nest height:int", "--kind", "Owl name:string")
}

// projectSurvives changes a project that is there.
func (v victim) projectSurvives(t *testing.T, flags ...string) {
	t.Helper()
	v.template = t.TempDir()
	v.mustRun(t, v.template, append([]string{"new", "birds", "--quiet", "--dir", "."}, flags...))
	v.first, v.alike = ".trexgen-apply.json", 1
	after := v.scene(t)
	before := take(t, after)
	v.mustRun(t, after, v.args)
	v.allowed = []snapshot{before, take(t, after)}
	v.survives(t)
}

func newSurvives(t *testing.T, v victim) {
	v.template = t.TempDir()
	v.args = []string{"new", "birds", "--quiet"}
	v.again = v.args
	v.first, v.alike = ".trexgen-birds.lock", 6
	after := v.scene(t)
	v.mustRun(t, after, v.args)
	v.allowed = []snapshot{take(t, after)}
	v.survives(t)
}

// newInPlaceSurvives fills a directory that is there, which takes several renames.
func newInPlaceSurvives(t *testing.T, v victim) {
	v.template = t.TempDir()
	v.args = []string{"new", "birds", "--quiet", "--dir", "."}
	v.again = v.args
	v.first, v.alike = ".trexgen.lock", 6
	after := v.scene(t)
	v.mustRun(t, after, v.args)
	v.allowed = []snapshot{take(t, after)}
	v.survives(t)
}

// newVictim builds the program, and skips the test where nothing can be killed.
func newVictim(t *testing.T) victim {
	t.Helper()
	if testing.Short() {
		t.Skip("runs the program hundreds of times")
	}
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("strace is not installed")
	}
	if out, err := exec.Command(strace, "-f", "-qq", "-o", os.DevNull, "-e", "inject=fsync:error=EIO", "true").CombinedOutput(); err != nil {
		t.Skipf("strace may not trace here: %v: %s", err, out)
	}
	tool := filepath.Join(t.TempDir(), "trexgen")
	if out, err := exec.Command("go", "build", "-o", tool, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return victim{tool: tool, strace: strace}
}

// scene makes a directory for one attempt.
func (v victim) scene(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "scene")
	if err := os.CopyFS(dir, os.DirFS(v.template)); err != nil {
		t.Fatal(err)
	}
	return dir
}

func (v victim) run(t *testing.T, dir string, args []string) (int, string) {
	t.Helper()
	return runIn(t, dir, v.tool, args...)
}

func (v victim) mustRun(t *testing.T, dir string, args []string) {
	t.Helper()
	if code, said := v.run(t, dir, args); code != 0 {
		t.Fatalf("trexgen %q: exit code %d\n%s", args, code, said)
	}
}

// runIn returns the exit code, -1 after a signal, and what was printed.
func runIn(t *testing.T, dir, name string, args ...string) (int, string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GODEBUG=asyncpreemptoff=1") // its signals are thousands of lines of trace
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), string(out)
}

// survives kills the victim at each call of each kind, and lets each fail.
func (v victim) survives(t *testing.T) {
	full := os.Getenv("TREXGEN_FULL") != ""
	counts, begin := v.count(t)
	var tally tally
	t.Run("points", func(t *testing.T) {
		for i, call := range slices.Sorted(maps.Keys(counts)) {
			from, step := 1, v.alike
			if !full {
				step = 5*v.alike + 6
			}
			if call == "openat" { // most of these only read
				from, step = begin, step*5
			}
			if counts[call] <= 20 && full {
				step = 1
			}
			t.Run(call, func(t *testing.T) {
				t.Parallel()
				for n := from + i%min(step, counts[call]); n <= counts[call]; n += step {
					v.kill(t, call, n, &tally)
					if call == "exit_group" {
						continue // nobody gets its error
					}
					if full || (n/step)%3 == 0 {
						v.interrupt(t, call, n, &tally)
					}
					for e, errno := range []string{"ENOSPC", "EIO", "EROFS"} {
						if full || (n/step)%3 == e {
							v.fail(t, call, n, errno, &tally)
						}
					}
				}
			})
		}
	})
	t.Logf("%d kills, %d errors and %d interrupts survived, at %d different calls",
		tally.kills, tally.errors, tally.interrupts, len(tally.places))
	if tally.kills == 0 || tally.errors == 0 || tally.interrupts == 0 {
		t.Error("nothing was hit: strace does not do what this test takes it to do")
	}
}

func (v victim) kill(t *testing.T, call string, n int, tally *tally) {
	t.Helper()
	dir := v.scene(t)
	hit := fmt.Sprintf("killed at %s %d", call, n)
	_, log := v.trace(t, dir, "-e", fmt.Sprintf("inject=%s:signal=KILL:when=%d", call, n))
	before, _, killed := strings.Cut(log, "+++ killed by SIGKILL")
	v.settle(t, dir, hit)
	if killed {
		tally.add("kill", strconv.Itoa(calledBefore(before)), &tally.kills)
	}
}

// interrupt sends what Ctrl-C sends. A run that still can puts everything back itself, at once.
func (v victim) interrupt(t *testing.T, call string, n int, tally *tally) {
	t.Helper()
	dir := v.scene(t)
	want := map[int]snapshot{exitCancelled: take(t, dir), exitDone: v.allowed[len(v.allowed)-1]}
	hit := fmt.Sprintf("interrupted at %s %d", call, n)
	code, log := v.trace(t, dir, "-e", fmt.Sprintf("inject=%s:signal=INT:when=%d", call, n))
	if state, ok := want[code]; ok && !cmp.Equal(state, take(t, dir)) {
		t.Errorf("%s: exit code %d (-want +got):\n%s", hit, code, cmp.Diff(state, take(t, dir)))
	} else if !ok && code >= 0 { // below zero the signal came before the program listened
		t.Errorf("%s: exit code %d\n%s", hit, code, log)
	}
	v.settle(t, dir, hit)
	if before, _, sent := strings.Cut(log, "--- SIGINT"); sent && code == exitCancelled {
		tally.add("interrupt", strconv.Itoa(calledBefore(before)), &tally.interrupts)
	}
}

// wakeUpFailed is said by the Go runtime, which ends the program when a write to itself fails. That is none of our errors.
const wakeUpFailed = "netpollBreak write failed"

func (v victim) fail(t *testing.T, call string, n int, errno string, tally *tally) {
	t.Helper()
	dir := v.scene(t)
	hit := fmt.Sprintf("%s at %s %d", errno, call, n)
	code, log := v.trace(t, dir, "-e", fmt.Sprintf("inject=%s:error=%s:when=%d", call, errno, n))
	before, _, failed := strings.Cut(log, "(INJECTED)")
	said, _, _ := strings.Cut(log, "\n\n")
	if failed && !strings.Contains(log, wakeUpFailed) && code != exitDone && (code != exitFailed && code != exitBlocked || !strings.Contains(said, "trexgen:")) {
		t.Errorf("%s: exit code %d, and it said %q", hit, code, said)
	}
	if last := v.allowed[len(v.allowed)-1]; code == exitDone && !cmp.Equal(last, take(t, dir)) {
		t.Errorf("%s: exit code 0, but not all is done (-want +got):\n%s", hit, cmp.Diff(last, take(t, dir)))
	}
	v.settle(t, dir, hit)
	if failed {
		tally.add(errno, strconv.Itoa(calledBefore(before)), &tally.errors)
	}
}

// settle lets the next run put things in order, and fails the test unless the directory is then wholly as before or
// wholly as after, with nothing beside it.
func (v victim) settle(t *testing.T, dir, hit string) {
	t.Helper()
	code, said := v.run(t, dir, v.again)
	if code == exitFailed || code < 0 {
		t.Errorf("%s: the next run: exit code %d\n%s", hit, code, said)
	}
	got := take(t, dir)
	if slices.ContainsFunc(v.allowed, func(want snapshot) bool { return cmp.Equal(want, got) }) {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
		return
	}
	t.Errorf("%s: half (-whole +got):\n%s", hit, cmp.Diff(v.allowed[len(v.allowed)-1], got))
}
