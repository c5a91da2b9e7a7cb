package server

import (
	"log/slog"
	"net/http"
	"slices"

	"github.com/trexgen/trexgen/blueprints/service/pkg/config"
	"github.com/trexgen/trexgen/blueprints/service/pkg/telemetry"
)

// middleware wraps a handler into another.
type middleware func(http.Handler) http.Handler

// wrap puts the middleware of the API around router. It stands outside of the
// router, which would run it only for requests that match a route: unknown
// paths and wrong methods are logged, counted and limited like all others.
// Authentication is inside, at the routes that need it.
func wrap(router http.Handler, cfg config.API, log *slog.Logger, m *metrics, tracing *telemetry.Tracing) (http.Handler, error) {
	compress, err := compression()
	if err != nil {
		return nil, err
	}
	// From the outermost to the innermost.
	stack := []middleware{
		operationID(log),
		tracing.Handler,
		observe(m),
		crossOrigin(cfg.CORSOrigins),
		rateLimit(cfg.RateLimit),
		deadline(cfg.RequestTimeout),
		bodyLimit(cfg.MaxBodyBytes),
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
