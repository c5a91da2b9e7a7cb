package torture

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"github.com/trexgen/trexgen/blueprints/service/test/devdb"
)

// programs is where the programs of the tests are built, each once.
var programs struct {
	sync.Mutex
	dir string
}

func TestMain(m *testing.M) {
	var err error
	if programs.dir, err = os.MkdirTemp("", "torture-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	devdb.Main(m, func() error { return os.RemoveAll(programs.dir) })
}

// program builds a package and returns the file.
func program(t testing.TB, pkg string) string {
	t.Helper()
	if testing.Short() {
		t.Skip("needs PostgreSQL and runs processes, which -short leaves out")
	}
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no signal that stops a process in order")
	}
	programs.Lock()
	defer programs.Unlock()
	file := filepath.Join(programs.dir, filepath.Base(pkg))
	if _, err := os.Stat(file); err == nil {
		return file
	}
	if out, err := exec.Command("go", "build", "-o", file, pkg).CombinedOutput(); err != nil {
		t.Fatalf("go build %s: %v\n%s", pkg, err, out)
	}
	return file
}

// process is a program that runs. It ends with its standard input, so that it
// does not outlive the test.
type process struct {
	cmd   *exec.Cmd
	input io.Closer
	log   *tail
	ended chan struct{}
	err   error // how it ended, once it has
}

// startProcess starts a program; its log says serving once it does its work.
func startProcess(file, serving string, args ...string) (*process, error) {
	p := &process{cmd: exec.Command(file, args...), log: newTail(serving), ended: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr = p.log, p.log
	var err error
	if p.input, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.ended)
	}()
	return p, nil
}

// serves reports whether the process has ever done its work.
func (p *process) serves() bool { return closed(p.log.found) }

// tail keeps the end of a log.
type tail struct {
	found chan struct{} // closed when the log has said what was looked for

	mu   sync.Mutex
	want []byte
	text []byte
}

// tailSize is how much of a log a failure shows.
const tailSize = 32 << 10

func newTail(want string) *tail { return &tail{want: []byte(want), found: make(chan struct{})} }

// Write implements io.Writer. A line of a log comes in one piece.
func (l *tail) Write(text []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.want != nil && bytes.Contains(text, l.want) {
		l.want = nil
		close(l.found)
	}
	l.text = append(l.text, text...)
	if len(l.text) > 2*tailSize {
		l.text = append([]byte(nil), l.text[len(l.text)-tailSize:]...)
	}
	return len(text), nil
}

func (l *tail) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return string(l.text[max(0, len(l.text)-tailSize):])
}
