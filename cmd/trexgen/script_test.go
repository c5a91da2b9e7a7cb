package main

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "write what commands print into the scripts that compare it")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"trexgen": main})
}

// TestScripts runs the scripts of testdata/script, each in a directory of its own and without a terminal. That there
// are none is a failure.
func TestScripts(t *testing.T) {
	t.Parallel()
	caches := goCaches(t)
	testscript.Run(t, testscript.Params{
		Dir:                 "../../testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       *update,
		Setup: func(env *testscript.Env) error {
			env.Values[serviceKey{}] = new(*running)
			env.Values[streamKey{}] = new(*stream)
			env.Values[receiverKey{}] = new(*receiver)
			env.Values[treesKey{}] = map[string]remembered{}
			env.Vars = append(env.Vars, caches...)
			env.Vars = append(env.Vars, "DATABASE_URL="+os.Getenv("DATABASE_URL"))
			return nil
		},
		Condition: condition,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":     exits,
			"endings":   endings,
			"setenv":    setenv,
			"remember":  remember,
			"unchanged": unchanged,
			"grown":     grown,
			"restore":   restore,
			"replace":   replace,
			"serve":     serve,
			"request":   request,
			"stop":      stop,
			"until":     until,
			"watch":     watch,
			"change":    change,
			"receive":   receive,
			"received":  received,
		},
	})
}

// condition knows what scripts may ask for in brackets beside testscript's own conditions.
func condition(cond string) (bool, error) {
	if module, ok := strings.CutPrefix(cond, "module:"); ok { // the go command has it, or can fetch it
		return exec.Command("go", "list", "-mod=mod", "-m", module).Run() == nil, nil
	}
	switch cond {
	case "root":
		return os.Geteuid() == 0, nil
	case "full": // the long scripts are wanted too
		return os.Getenv("TREXGEN_FULL") == "1", nil
	case "unshare": // processes may be cut off from the network
		return exec.Command("unshare", "--map-root-user", "--net", "true").Run() == nil, nil
	case "strace": // processes may be watched
		return exec.Command("strace", "-f", "-qq", "-o", os.DevNull, "true").Run() == nil, nil
	}
	return false, errors.New("unknown condition " + cond)
}

// goCaches lets scripts build services from what this module has downloaded. Only go mod tidy asks for more: it looks at
// modules that nothing is built from.
func goCaches(t *testing.T) []string {
	t.Helper()
	out, err := exec.Command("go", "env", "GOCACHE", "GOMODCACHE", "GOPROXY").Output()
	if err != nil {
		t.Fatalf("go env: %v", err)
	}
	values := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(values) != 3 {
		t.Fatalf("go env: got %q, want three lines", out)
	}
	return []string{
		"GOCACHE=" + values[0],
		"GOMODCACHE=" + values[1],
		"GOPROXY=file://" + values[1] + "/cache/download," + values[2],
		"GOSUMDB=off",                     // every sum is in go.sum already
		"GOFLAGS=-mod=readonly -trimpath", // what is built again is in the cache, wherever it lies
	}
}

// exits CODE COMMAND ARGS…: the command ends with that very exit code, which `! exec` does not tell.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND ARGS…")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	var exit *exec.ExitError
	switch err := ts.Exec(args[1], args[2:]...); {
	case errors.As(err, &exit):
		got = exit.ExitCode()
	case err != nil:
		ts.Fatalf("%v", err)
	}
	if got != want {
		ts.Fatalf("exit code: got %d, want %d", got, want)
	}
}

// until REGEXP COMMAND ARGS…: runs the command, which has to succeed, again and again until what it prints matches.
func until(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: until REGEXP COMMAND ARGS…")
	}
	pattern, err := regexp.Compile(args[0])
	ts.Check(err)
	for deadline := time.Now().Add(servicePatience); ; {
		ts.Check(ts.Exec(args[1], args[2:]...))
		printed := ts.ReadFile("stdout")
		if pattern.MatchString(printed) {
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("nothing matches %s after %v:\n%s", pattern, servicePatience, printed)
		}
	}
}

// setenv NAME FILE: the variable becomes what the file has (stdout is what was printed last), without the line's end.
func setenv(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: setenv NAME FILE")
	}
	ts.Setenv(args[0], strings.TrimRight(ts.ReadFile(args[1]), "\r\n"))
}

// endings crlf|lf FILE…: every line of the files ends so.
func endings(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: endings crlf|lf FILE…")
	}
	for _, name := range args[1:] {
		content := []byte(ts.ReadFile(name))
		lines, carriages := bytes.Count(content, []byte("\n")), bytes.Count(content, []byte("\r\n"))
		want := map[string]int{"crlf": lines, "lf": 0}[args[0]]
		if carriages != want {
			ts.Fatalf("%s: %d of %d lines end in a carriage return, want %d", name, carriages, lines, want)
		}
	}
}
