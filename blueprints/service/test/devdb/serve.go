package devdb

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"
)

const (
	// startPatience bounds the start of a server, stopPatience its shutdown.
	// The former allows for the download of an image.
	startPatience = 5 * time.Minute
	stopPatience  = 20 * time.Second

	// startPoll is how often the server is asked whether it is ready: it has
	// no other way to say so.
	startPoll = 10 * time.Millisecond

	// A start that may succeed the next time is tried so often, so far apart.
	maxTries = 50
	tryAgain = 200 * time.Millisecond
)

// serve runs a server in a home of its own, or joins the one that another
// process runs in the same kept folder.
func serve(ctx context.Context, o Options, l launcher) (*Server, error) {
	ctx, cancel := context.WithTimeout(ctx, startPatience)
	defer cancel()
	h, running, err := openHome(ctx, o)
	if err != nil || running != nil {
		return running, err
	}
	server, err := h.launch(ctx, l)
	if err != nil {
		return nil, errors.Join(err, h.close())
	}
	return server, nil
}

func (h *home) launch(ctx context.Context, l launcher) (*Server, error) {
	if err := l.prepare(ctx, h); err != nil {
		return nil, err
	}
	for tries := 1; ; tries++ {
		port, err := freePort()
		if err != nil {
			return nil, err
		}
		server, err := h.attempt(ctx, l, port)
		if err == nil || !mayPass(err) || tries == maxTries {
			return server, err
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(ctx.Err(), err)
		case <-time.After(tryAgain):
		}
	}
}

// attempt starts the server once and waits until it answers.
func (h *home) attempt(ctx context.Context, l launcher, port int) (*Server, error) {
	server := l.command(h, port)
	url, err := h.run(ctx, server, port)
	if err != nil {
		return nil, err
	}
	if err := h.publish(url); err != nil {
		return nil, errors.Join(err, server.stop())
	}
	return &Server{url: url, stop: sync.OnceValue(func() error {
		return errors.Join(server.stop(), h.close())
	})}, nil
}

// run starts server, waits until it answers and returns its URL.
func (h *home) run(ctx context.Context, server *child, port int) (url string, err error) {
	log, err := h.openLog()
	if err != nil {
		return "", err
	}
	server.cmd.Stdout, server.cmd.Stderr = log, log
	err = errors.Join(server.start(h.guard), log.Close()) // the server has its own copy
	if err != nil {
		return "", err
	}
	url = fmt.Sprintf("postgres://postgres:%s@127.0.0.1:%d/postgres?sslmode=disable", h.password, port)
	if err := ready(ctx, url, server); err != nil {
		return "", errors.Join(err, server.stop(), h.logged())
	}
	return url, nil
}

func ready(ctx context.Context, url string, server *child) error {
	poll := time.NewTicker(startPoll)
	defer poll.Stop()
	for {
		conn, err := connect(ctx, url)
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-server.ended:
			return fmt.Errorf("the server ended: %w", server.err)
		case <-ctx.Done():
			return fmt.Errorf("the server is not ready: %w: %w", ctx.Err(), err)
		case <-poll.C:
		}
	}
}

// mayPass tells a start that can succeed the next time: another process took
// the port between our look and the server's, or the server of a killed run
// is still shutting down in the kept folder.
func mayPass(err error) bool {
	text := err.Error()
	return strings.Contains(text, "could not bind") || strings.Contains(text, "port is already allocated") ||
		strings.Contains(text, `lock file "postmaster.pid" already exists`)
}

func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("find a free port: %w", err)
	}
	return listener.Addr().(*net.TCPAddr).Port, listener.Close()
}
