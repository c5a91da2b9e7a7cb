package torture

import (
	"fmt"
	"sync"
	"syscall"
	"testing"
	"time"
)

// lease is that of the replicas. It is short, since after a mishap events wait
// for its end.
const lease = 2 * time.Second

// restartPace is the least time between two starts of a replica: one that cannot
// reach the database ends at once.
const restartPace = 250 * time.Millisecond

// replica runs one process after another, as a supervisor does.
type replica struct {
	name, file string
	args       []string
	ready      chan struct{} // closed when the first process serves
	ended      chan struct{} // closed when the last one has ended

	mu       sync.Mutex
	process  *process
	killed   bool // the process was
	stopping bool
	starts   int
	problems []error // processes that ended by themselves although they had served
}

// startReplica starts a replica and keeps it running until it is stopped, or
// until the test ends.
func startReplica(t testing.TB, name string, w *witness, url string, args ...string) *replica {
	t.Helper()
	r := &replica{name: name, file: program(t, "./replica"), ready: make(chan struct{}), ended: make(chan struct{})}
	r.args = append([]string{
		"--name=" + name, "--witness=" + w.url, "--database-url=" + url,
		"--env=testing", "--log-format=text", "--log-level=info",
		"--events-lease=" + lease.String(), "--events-sweep-interval=200ms", "--events-max-attempts=1000",
		"--events-backoff=50ms", "--events-max-backoff=500ms", "--database-connect-timeout=2s",
	}, args...)
	go r.supervise()
	t.Cleanup(func() { r.stop(t) })
	return r
}

// startReplicas starts n replicas and waits until they serve.
func startReplicas(t testing.TB, n int, w *witness, url string, args ...string) []*replica {
	t.Helper()
	replicas := make([]*replica, n)
	for i := range replicas {
		replicas[i] = startReplica(t, fmt.Sprintf("replica %d", i+1), w, url, args...)
	}
	for _, r := range replicas {
		r.awaitReady(t)
	}
	return replicas
}

func (r *replica) awaitReady(t testing.TB) {
	t.Helper()
	select {
	case <-r.ready:
	case <-time.After(patience):
		t.Fatalf("%s does not serve:\n%s", r.name, r.log())
	}
}

// supervise starts a process whenever there is none.
func (r *replica) supervise() {
	defer close(r.ended)
	pace := time.NewTicker(restartPace)
	defer pace.Stop()
	for p := r.start(); p != nil; p = r.start() {
		select {
		case <-p.log.found:
			r.serving()
			<-p.ended
		case <-p.ended:
		}
		r.note(p)
		<-pace.C
	}
}

// start starts a process unless the replica is to stop.
func (r *replica) start() *process {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stopping {
		return nil
	}
	p, err := startProcess(r.file, `server=metrics`, r.args...)
	if err != nil {
		r.problems = append(r.problems, err)
		return nil
	}
	r.process, r.killed = p, false
	r.starts++
	return p
}

func (r *replica) serving() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !closed(r.ready) {
		close(r.ready)
	}
}

// note looks at the end of a process. One that has served ends only if it is
// told to, whatever becomes of the database.
func (r *replica) note(p *process) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.killed, p.cmd.ProcessState.ExitCode() == DieCode:
	case r.stopping && p.err != nil && p.serves():
		r.problems = append(r.problems, fmt.Errorf("%s did not stop in order: %w\n%s", r.name, p.err, p.log))
	case !r.stopping && p.serves():
		r.problems = append(r.problems, fmt.Errorf("%s ended by itself: %w\n%s", r.name, p.err, p.log))
	}
}

// kill ends the process as kill -9 does. The next one follows.
func (r *replica) kill() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.process != nil {
		r.killed = true
		_ = r.process.cmd.Process.Kill() // it may have ended
	}
}

// stop ends the replica in order, and reports what went wrong with it.
func (r *replica) stop(t testing.TB) {
	t.Helper()
	r.mu.Lock()
	again := r.stopping
	r.stopping = true
	if !again && r.process != nil {
		_ = r.process.cmd.Process.Signal(syscall.SIGTERM) // it may have ended
	}
	r.mu.Unlock()
	select {
	case <-r.ended:
	case <-time.After(patience):
		r.kill()
		<-r.ended
		t.Errorf("%s did not stop within %v:\n%s", r.name, patience, r.log())
	}
	if again {
		return
	}
	for _, problem := range r.problems {
		t.Error(problem)
	}
}

func (r *replica) log() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.process == nil {
		return ""
	}
	return r.process.log.String()
}

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
