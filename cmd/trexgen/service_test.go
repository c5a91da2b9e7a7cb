package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// servicePatience bounds the wait for a service to start or to stop.
const servicePatience = 2 * time.Minute

// running is a service that serve has started.
type running struct {
	cmd  *exec.Cmd
	log  *bytes.Buffer
	done chan struct{} // closed when it has ended; then log and err are complete
	err  error
}

// serve COMMAND ARGS…: starts a service, with its log in JSON and its ports free to choose, and waits until it
// listens. $API, $HEALTH and $METRICS are where.
func serve(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: serve COMMAND ARGS…")
	}
	program := args[0]
	if strings.ContainsRune(program, '/') {
		program = ts.MkAbs(program)
	}
	cmd := exec.Command(program, args[1:]...)
	cmd.Dir = ts.MkAbs(".")
	for _, name := range []string{"PATH", "HOME", "TMPDIR", "DATABASE_URL"} {
		cmd.Env = append(cmd.Env, name+"="+ts.Getenv(name))
	}
	output, err := cmd.StderrPipe()
	ts.Check(err)
	ts.Check(cmd.Start())

	service := &running{cmd: cmd, log: &bytes.Buffer{}, done: make(chan struct{})}
	listening := make(chan map[string]string, 1)
	go service.follow(output, listening)
	ts.Defer(service.end)
	select {
	case addrs := <-listening:
		for name, addr := range addrs {
			ts.Setenv(strings.ToUpper(name), "http://"+addr)
		}
	case <-service.done:
		ts.Fatalf("%s ended: %v\n%s", args[0], service.err, service.log)
	case <-time.After(servicePatience):
		ts.Fatalf("%s does not listen after %v", args[0], servicePatience)
	}
	*ts.Value(serviceKey{}).(**running) = service
}

// serviceKey finds the running of a script, which serve fills in.
type serviceKey struct{}

// follow reads the log of the service to its end, and says when all three servers listen.
func (s *running) follow(output io.Reader, listening chan<- map[string]string) {
	addrs := map[string]string{}
	lines := bufio.NewScanner(output)
	for lines.Scan() {
		s.log.Write(append(lines.Bytes(), '\n'))
		var line struct{ Msg, Server, Addr string }
		if json.Unmarshal(lines.Bytes(), &line) != nil || line.Msg != "listening" {
			continue
		}
		addrs[line.Server] = line.Addr
		if len(addrs) == 3 {
			listening <- addrs
		}
	}
	s.err = s.cmd.Wait()
	close(s.done)
}

// end stops the service in order, so that what it has started ends too, and kills it if it does not heed that.
func (s *running) end() {
	_ = s.cmd.Process.Signal(syscall.SIGTERM) // fails when it has ended already
	select {
	case <-s.done:
	case <-time.After(servicePatience):
		_ = s.cmd.Process.Kill()
	}
}

// stop: ends the service with SIGTERM. It has to exit with 0.
func stop(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: stop")
	}
	service := *ts.Value(serviceKey{}).(**running)
	if service == nil {
		ts.Fatalf("no service is running: serve comes first")
	}
	service.end()
	select {
	case <-service.done:
		if service.err != nil {
			ts.Fatalf("after SIGTERM: %v\n%s", service.err, service.log)
		}
	default:
		ts.Fatalf("still running %v after SIGTERM", servicePatience)
	}
}

// request METHOD URL STATUS [BODY [NAME: VALUE]…]: sends a request, whose answer has to have the status, and leaves the
// answer's headers and body in the file answer. $ID and $ETAG are those of the answer, if it has them.
func request(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: request METHOD URL STATUS [BODY [NAME: VALUE]…]")
	}
	want, err := strconv.Atoi(args[2])
	ts.Check(err)
	var body string
	if len(args) > 3 {
		body = args[3]
	}
	r, err := http.NewRequest(args[0], args[1], strings.NewReader(body))
	ts.Check(err)
	r.Header.Set("Content-Type", "application/json")
	for _, header := range args[min(4, len(args)):] {
		name, value, _ := strings.Cut(header, ": ")
		r.Header.Set(name, value)
	}
	client := http.Client{Timeout: servicePatience}
	answer, err := client.Do(r)
	ts.Check(err)
	content, err := io.ReadAll(answer.Body)
	ts.Check(errors.Join(err, answer.Body.Close()))
	if answer.StatusCode != want {
		ts.Fatalf("%s %s: got %d %s, want %d", args[0], args[1], answer.StatusCode, content, want)
	}
	var headers bytes.Buffer
	ts.Check(answer.Header.Write(&headers))
	ts.Check(os.WriteFile(filepath.Join(ts.MkAbs("."), "answer"), fmt.Appendf(nil, "%s\n%s", headers.Bytes(), content), 0o644))

	var object struct{ ID string }
	if json.Unmarshal(content, &object) == nil && object.ID != "" {
		ts.Setenv("ID", object.ID)
	}
	if etag := answer.Header.Get("ETag"); etag != "" {
		ts.Setenv("ETAG", etag)
	}
}
