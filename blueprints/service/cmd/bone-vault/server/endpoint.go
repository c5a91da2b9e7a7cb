package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/trexgen/trexgen/blueprints/service/pkg/config"
)

const (
	// maxHeaderBytes is plenty for tokens.
	maxHeaderBytes = 64 << 10
	// answerTime is left to answer when the time for the work itself is up.
	answerTime = 5 * time.Second
)

// endpoint is an HTTP server on an address of its own.
type endpoint struct {
	name     string
	listener net.Listener
	server   *http.Server
}

// newEndpoint takes addr; the port 0 is any free one.
func newEndpoint(ctx context.Context, name, addr string, handler http.Handler, limits config.API, log *slog.Logger) (*endpoint, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("%s server: %w", name, err)
	}
	return &endpoint{name, listener, &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: limits.ReadHeaderTimeout,
		ReadTimeout:       limits.RequestTimeout + answerTime,
		WriteTimeout:      limits.RequestTimeout + answerTime,
		IdleTimeout:       limits.IdleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}}, nil
}

// secure makes e serve TLS with the certificate and key of these files, whatever
// they are when a client comes.
func (e *endpoint) secure(certFile, keyFile string, log *slog.Logger) error {
	cert, err := newCertificate(certFile, keyFile, log)
	if err != nil {
		return fmt.Errorf("%s server: certificate: %w", e.name, err)
	}
	e.server.TLSConfig = &tls.Config{GetCertificate: cert.get, MinVersion: tls.VersionTLS12}
	return nil
}

// serve returns when e is stopped, which is no error.
func (e *endpoint) serve() error {
	var err error
	if e.server.TLSConfig == nil {
		err = e.server.Serve(e.listener)
	} else {
		err = e.server.ServeTLS(e.listener, "", "")
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("%s server: %w", e.name, err)
}

// stop takes no more requests and lets those in flight finish; those that are
// still there after limit are cut off, which is an error.
func (e *endpoint) stop(ctx context.Context, limit time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	err := e.server.Shutdown(ctx)
	if err == nil {
		return nil
	}
	return errors.Join(fmt.Errorf("%s server: requests in flight: %w", e.name, err), e.server.Close())
}

// close lets go of the address of an endpoint that never served; nil has none.
func (e *endpoint) close() error {
	if e == nil {
		return nil
	}
	return e.listener.Close()
}
