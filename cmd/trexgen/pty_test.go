//go:build unix

package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
)

// screenPatience is how long a test waits for the screen before it says what it saw instead.
const screenPatience = 20 * time.Second

// step is one turn of a conversation: when Screen has appeared (after what was seen before), Keys are typed.
type step struct{ Screen, Keys string }

// ended is how a conversation ended.
type ended struct {
	Code   int
	Raw    string // all that the terminal was sent
	Screen string // the same without escape sequences
}

// terminal runs trexgen on a terminal that answers no queries, and holds the conversation.
func terminal(t *testing.T, dir string, env, args []string, steps ...step) ended {
	t.Helper()
	cmd := exec.Command("trexgen", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), append([]string{"CI=", "NO_COLOR=", "TERM=xterm-256color"}, env...)...)
	master, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 40, Cols: 120})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := master.Close(); err != nil {
			t.Error(err)
		}
	}()
	late := time.AfterFunc(screenPatience, func() { _ = cmd.Process.Kill() })
	defer late.Stop()

	var seen bytes.Buffer
	from := 0
	buffer := make([]byte, 4096)
	more := func() bool {
		n, err := master.Read(buffer) // fails when the program has ended
		seen.Write(buffer[:n])
		return err == nil
	}
	for _, step := range steps {
		for {
			text := plainText(seen.String())
			if i := strings.Index(text[min(from, len(text)):], step.Screen); i >= 0 {
				from += i + len(step.Screen)
				break
			}
			if !more() {
				_ = cmd.Wait()
				t.Fatalf("no %q on the screen:\n%s", step.Screen, text)
			}
		}
		if _, err := io.WriteString(master, step.Keys); err != nil {
			t.Fatal(err)
		}
	}
	for more() {
	}
	if err := cmd.Wait(); err != nil && !errors.As(err, new(*exec.ExitError)) {
		t.Fatal(err)
	}
	if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		t.Fatalf("still running after %v; screen:\n%s", screenPatience, plainText(seen.String()))
	}
	return ended{cmd.ProcessState.ExitCode(), seen.String(), plainText(seen.String())}
}

var escapes = regexp.MustCompile("\x1b(\\[[0-9;?=>$]*[a-zA-Z~]|[\\]P][^\x07\x1b]*(\x07|\x1b\\\\)|[=>])")

func plainText(s string) string { return escapes.ReplaceAllString(s, "") }
