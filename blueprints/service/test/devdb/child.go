package devdb

import (
	"errors"
	"fmt"
	"os/exec"
	"time"
)

// child is a program that must not outlive this process.
type child struct {
	cmd       *exec.Cmd
	interrupt func(*exec.Cmd) error // asks it to end

	ended chan struct{}
	err   error // how it ended, once it has
}

// start runs the child under guard.
func (c *child) start(g *guard) error {
	if err := c.cmd.Start(); err != nil {
		return err
	}
	c.ended = make(chan struct{})
	go func() {
		c.err = c.cmd.Wait()
		close(c.ended)
	}()
	return g.watch(c.cmd.Process.Pid)
}

// stop ends the child if it runs: kindly, and by force when that takes too long.
func (c *child) stop() error {
	select {
	case <-c.ended:
		return nil
	default:
	}
	if err := c.interrupt(c.cmd); err != nil {
		return errors.Join(fmt.Errorf("stop %s: %w", c.cmd.Path, err), c.kill())
	}
	select {
	case <-c.ended:
		return nil
	case <-time.After(stopPatience):
		return errors.Join(fmt.Errorf("stop %s: still there after %v", c.cmd.Path, stopPatience), c.kill())
	}
}

func (c *child) kill() error {
	err := c.cmd.Process.Kill()
	<-c.ended
	return err
}
