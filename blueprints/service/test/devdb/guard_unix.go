//go:build unix

package devdb

import (
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"syscall"
)

// guard is a shell that ends the children and removes the files of this
// process when it dies, however it does: then its end of the pipe closes.
// That holds for a container engine's client as well, which passes the
// interrupt on, and on systems that have nothing like Linux' Pdeathsig.
type guard struct {
	cmd   *exec.Cmd
	input io.WriteCloser
}

// guardScript reads process ids, one a line, until its input ends. A process has
// ended when it is gone, or a zombie, which it stays in a container without an
// init; the script waits ten seconds at most.
const guardScript = `
runs() { kill -0 "$1" && ! grep -qs "^State:.Z" "/proc/$1/status"; }
pids= tries=0
while read -r pid; do pids="$pids $pid"; done
for pid in $pids; do kill -INT "$pid"; done
for pid in $pids; do
	while runs "$pid" && [ $tries -lt 200 ]; do sleep 0.05; tries=$((tries + 1)); done
done
rm -rf -- "$@"
`

// newGuard starts a guard that will remove paths.
func newGuard(paths ...string) (*guard, error) {
	cmd := exec.Command("/bin/sh", append([]string{"-c", guardScript, "devdb-guard"}, paths...)...)
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C is not for it
	input, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("start the guard: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the guard: %w", err)
	}
	return &guard{cmd: cmd, input: input}, nil
}

// watch adds a process.
func (g *guard) watch(pid int) error {
	if _, err := io.WriteString(g.input, strconv.Itoa(pid)+"\n"); err != nil {
		return fmt.Errorf("tell the guard: %w", err)
	}
	return nil
}

// dismiss ends the guard without its doing anything.
func (g *guard) dismiss() error {
	err := g.cmd.Process.Kill()
	var exit *exec.ExitError
	if wait := g.cmd.Wait(); !errors.As(wait, &exit) { // it was killed
		err = errors.Join(err, wait)
	}
	return err
}
