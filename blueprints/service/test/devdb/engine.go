package devdb

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// image is what a container engine runs.
const image = "postgres:17-alpine"

// enginePatience bounds the question whether the engine is up.
const enginePatience = 10 * time.Second

// container runs the server by docker or podman.
type container struct{ client string }

// engine looks for the client of that name, and for the engine behind it.
func engine(name string) func(context.Context, Options) (launcher, error) {
	return func(ctx context.Context, o Options) (launcher, error) {
		client, err := exec.LookPath(name)
		if err != nil {
			return nil, errors.New("not on PATH")
		}
		ctx, cancel := context.WithTimeout(ctx, enginePatience)
		defer cancel()
		if out, err := exec.CommandContext(ctx, client, "info").CombinedOutput(); err != nil {
			lines := strings.Split(strings.TrimSpace(string(out)), "\n")
			return nil, fmt.Errorf("not running: %s (%w)", lines[len(lines)-1], err)
		}
		fmt.Fprintf(o.Log, "devdb: starting %s by %s; the first time this downloads it\n", image, name)
		return container{client: client}, nil
	}
}

// prepare implements launcher: the image does it.
func (c container) prepare(context.Context, *home) error { return nil }

// command implements launcher. The client stays in the foreground and passes
// the interrupt on, so that the container ends with it.
func (c container) command(h *home, port int) *child {
	name := fmt.Sprintf("%s%d-%d", homePrefix, os.Getpid(), port)
	args := []string{"run", "--rm", "--name", name, "--publish", fmt.Sprintf("127.0.0.1:%d:5432", port),
		"--env", "POSTGRES_PASSWORD", "--stop-signal", "SIGINT"}
	if h.keep {
		args = append(args, "--env", "PGDATA=/kept/data", "--volume", h.path("container")+":/kept:Z")
	}
	cmd := exec.Command(c.client, append(append(args, image), settings(h.keep)...)...)
	cmd.Dir = filepath.Dir(h.dir)
	cmd.Env = append(os.Environ(), "POSTGRES_PASSWORD="+h.password) // not among the arguments, which all users see
	detach(cmd, nil)
	return &child{cmd: cmd, interrupt: func(client *exec.Cmd) error {
		if runtime.GOOS == "windows" { // there the client would die without a word to the engine
			return exec.Command(c.client, "stop", name).Run()
		}
		return interrupt(client)
	}}
}
