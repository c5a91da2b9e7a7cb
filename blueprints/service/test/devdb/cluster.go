package devdb

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// ErrNoPrograms is what NewCluster answers where the programs of PostgreSQL are
// not installed: a container or the server of DATABASE_URL cannot be stopped and
// started at will.
var ErrNoPrograms = errors.New("the programs of PostgreSQL are needed")

// Cluster is a throw-away server that its owner stops and starts, for tests of
// what that does to others. What was committed survives every stop. It is for
// one goroutine at a time.
type Cluster struct {
	programs programs
	home     *home
	port     int
	url      string
	server   *child // nil while it is stopped
}

// NewCluster makes and starts a server, whatever DATABASE_URL says. The caller
// closes it.
func NewCluster(ctx context.Context) (*Cluster, error) {
	ctx, cancel := context.WithTimeout(ctx, startPatience)
	defer cancel()
	found, err := findPrograms(ctx, Options{})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoPrograms, err)
	}
	h, _, err := openHome(ctx, Options{})
	if err != nil {
		return nil, err
	}
	c := &Cluster{programs: found.(programs), home: h}
	if err := c.programs.prepare(ctx, h); err != nil {
		return nil, errors.Join(err, h.close())
	}
	if c.port, err = freePort(); err == nil {
		err = c.Start(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, h.close())
	}
	return c, nil
}

// URL reaches the maintenance database as a superuser. It stays the same.
func (c *Cluster) URL() string { return c.url }

// Start starts the server and waits until it answers, that is until it has
// recovered. If it runs, that is all.
func (c *Cluster) Start(ctx context.Context) error {
	if c.server != nil {
		return nil
	}
	if err := c.renewGuard(); err != nil {
		return err
	}
	for tries := 1; ; tries++ {
		server := c.programs.command(c.home, c.port)
		// A crash must not lose what was committed. It reaches the kernel, which
		// does not crash.
		server.cmd.Args = append(server.cmd.Args, "-c", "synchronous_commit=on")
		url, err := c.home.run(ctx, server, c.port)
		if err == nil {
			c.url, c.server = url, server
			return nil
		}
		if !mayPass(err) || tries == maxTries {
			return fmt.Errorf("start PostgreSQL: %w", err)
		}
		select {
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		case <-time.After(tryAgain):
		}
	}
}

// renewGuard forgets the server that has ended, whose process id may be
// another's by now.
func (c *Cluster) renewGuard() error {
	next, err := newGuard(c.home.dir)
	if err != nil {
		return err
	}
	before := c.home.guard
	c.home.guard = next
	return before.dismiss()
}

// Stop ends the server in order: it ends its sessions, rolls back what is open
// and writes a checkpoint (a fast shutdown). It returns when the server has
// ended.
func (c *Cluster) Stop() error { return c.end((*child).stop) }

// Crash ends the server at once (an immediate shutdown). It returns when the
// server has ended.
func (c *Cluster) Crash() error {
	return c.end(func(server *child) error {
		server.interrupt = abort
		return server.stop()
	})
}

func (c *Cluster) end(how func(*child) error) error {
	if c.server == nil {
		return nil
	}
	server := c.server
	c.server = nil
	return how(server)
}

// Close stops the server and removes its files.
func (c *Cluster) Close() error { return errors.Join(c.Stop(), c.home.close()) }
