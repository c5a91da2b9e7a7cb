package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/trexgen/trexgen/blueprints/service/cmd/bone-vault/environments"
	"github.com/trexgen/trexgen/blueprints/service/pkg/config"
)

// Server is the service, its addresses taken, ready to run once.
type Server struct {
	config  *config.Config
	log     *slog.Logger
	health  *health
	api     *endpoint
	probes  *endpoint
	metrics *endpoint
	jobs    []environments.Work
}

// parts is what a Server is made of.
type parts struct {
	config  *config.Config
	log     *slog.Logger
	api     http.Handler
	metrics http.Handler
	health  *health
	jobs    []environments.Work

	// endStreams ends the requests that would not finish by themselves.
	endStreams func()
}

// probes answers at the address of the health.
func (p parts) probes() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", p.health.handler())
	if p.config.Pprof {
		addProfiles(mux)
	}
	return mux
}

// open takes the addresses of p, all or none.
func open(ctx context.Context, p parts) (*Server, error) {
	s := &Server{config: p.config, log: p.log, health: p.health, jobs: p.jobs}
	var problems []error
	listen := func(name, addr string, handler http.Handler) *endpoint {
		e, err := newEndpoint(ctx, name, addr, handler, p.config.API, p.log)
		problems = append(problems, err)
		return e
	}
	s.api = listen("api", p.config.API.Addr, p.api)
	if s.api != nil && p.endStreams != nil {
		s.api.server.RegisterOnShutdown(p.endStreams)
	}
	s.probes = listen("health", p.config.HealthAddr, secureHeaders(p.probes()))
	s.metrics = listen("metrics", p.config.MetricsAddr, secureHeaders(p.metrics))

	err := errors.Join(problems...)
	if err == nil && p.config.API.TLSCert != "" {
		err = s.api.secure(p.config.API.TLSCert, p.config.API.TLSKey, p.log)
	}
	if err != nil {
		return nil, errors.Join(err, s.api.close(), s.probes.close(), s.metrics.close())
	}
	return s, nil
}

// APIAddr is the address of the API; so are the others of their part.
func (s *Server) APIAddr() net.Addr     { return s.api.listener.Addr() }
func (s *Server) HealthAddr() net.Addr  { return s.probes.listener.Addr() }
func (s *Server) MetricsAddr() net.Addr { return s.metrics.listener.Addr() }

// Run serves until ctx ends, which is no error, or until a part fails. It
// returns when everything has stopped, with all that went wrong.
func (s *Server) Run(ctx context.Context) error {
	// What stops in its turn must not see the end of ctx before it is its turn.
	lasting := context.WithoutCancel(ctx)
	jobsCtx, stopJobs := context.WithCancel(lasting)
	defer stopJobs()

	jobs, jobFailed := errgroup.WithContext(jobsCtx)
	for _, j := range s.jobs {
		jobs.Go(func() error { return work(jobFailed, j) })
	}
	endpoints, endpointFailed := errgroup.WithContext(lasting)
	for _, e := range []*endpoint{s.api, s.probes, s.metrics} {
		s.log.InfoContext(ctx, "listening", "server", e.name, "addr", e.listener.Addr().String())
		endpoints.Go(e.serve)
	}

	select {
	case <-ctx.Done():
	case <-jobFailed.Done():
	case <-endpointFailed.Done():
	}
	s.log.InfoContext(ctx, "stopping")
	s.health.stop()
	if ctx.Err() != nil {
		pause(jobFailed, s.config.ShutdownDelay)
	}
	err := s.api.stop(lasting, s.config.ShutdownTimeout)
	stopJobs()
	// Handlers of events get the same time; telling what became of them, a little more.
	err = errors.Join(err, within(s.config.ShutdownTimeout+answerTime, "work beside requests", jobs.Wait))
	err = errors.Join(err, s.probes.stop(lasting, answerTime), s.metrics.stop(lasting, answerTime), endpoints.Wait())
	s.log.InfoContext(ctx, "stopped")
	return err
}

// work does j until ctx ends, which is no error.
func work(ctx context.Context, j environments.Work) error {
	if err := j.Run(ctx); err != nil && ctx.Err() == nil {
		return fmt.Errorf("%s: %w", j.Name, err)
	} else if err != nil && !errors.Is(err, context.Canceled) {
		return fmt.Errorf("%s, while stopping: %w", j.Name, err)
	}
	return nil
}

// pause waits for d, or less if ctx ends.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// within waits for wait, but not longer than limit.
func within(limit time.Duration, what string, wait func() error) error {
	done := make(chan error, 1)
	go func() { done <- wait() }()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case err := <-done:
		return err
	case <-timer.C:
		return fmt.Errorf("%s did not stop within %s", what, limit)
	}
}
