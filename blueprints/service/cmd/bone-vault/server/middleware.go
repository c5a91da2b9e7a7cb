package server

import (
	"log/slog"
	"net/http"
	"slices"

	"github.com/trexgen/trexgen/blueprints/service/pkg/config"
	"github.com/trexgen/trexgen/blueprints/service/pkg/errorreport"
	"github.com/trexgen/trexgen/blueprints/service/pkg/handlers"
	"github.com/trexgen/trexgen/blueprints/service/pkg/telemetry"
)

// middleware wraps a handler into another.
type middleware func(http.Handler) http.Handler

// around is what the middleware of the API is made with.
type around struct {
	config   config.API
	log      *slog.Logger
	metrics  *metrics
	limits   *limits
	tracing  *telemetry.Tracing
	reporter errorreport.Reporter
}

// wrap puts the middleware of the API around router. It stands outside of the
// router, which would run it only for requests that match a route: unknown
// paths and wrong methods are logged, counted and limited like all others.
// Authentication is inside, at the routes that need it.
func wrap(router http.Handler, a around) (http.Handler, error) {
	compress, err := compression()
	if err != nil {
		return nil, err
	}
	proxies, err := a.config.Proxies()
	if err != nil {
		return nil, err
	}
	// From the outermost to the innermost.
	stack := []middleware{
		operationID(a.log),
		noteClient(proxies),
		a.tracing.Handler,
		observe(a.metrics),
		reportErrors(a.reporter),
		secureHeaders,
		crossOrigin(a.config.CORSOrigins),
		deadline(a.config.RequestTimeout),
		bodyLimit(a.config.MaxBodyBytes, a.limits.failing(handlers.WriteError)),
		compress,
		// Innermost, so that nothing else is left half done by a panic.
		recoverPanics,
	}
	handler := router
	for _, m := range slices.Backward(stack) {
		handler = m(handler)
	}
	return handler, nil
}
