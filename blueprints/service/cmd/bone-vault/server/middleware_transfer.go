package server

import (
	"net/http"
	"strings"
	"time"

	"github.com/klauspost/compress/gzhttp"
	"github.com/rs/cors"

	"github.com/trexgen/trexgen/blueprints/service/pkg/logger"
	"github.com/trexgen/trexgen/blueprints/service/pkg/watch"
)

// compressAbove is the size in bytes from which compressing pays.
const compressAbove = 1024

// preflightAge is how long a browser may remember what it is allowed.
const preflightAge = 10 * time.Minute

// compression compresses answers with gzip for clients that accept it, but for
// streams: their messages are small and each has to arrive at once.
func compression() (middleware, error) {
	compress, err := gzhttp.NewWrapper(gzhttp.MinSize(compressAbove), gzhttp.EnableZstd(false),
		gzhttp.ContentTypeFilter(func(contentType string) bool {
			return !strings.HasPrefix(contentType, watch.ContentType) && gzhttp.DefaultContentTypeFilter(contentType)
		}))
	if err != nil {
		return nil, err
	}
	return func(next http.Handler) http.Handler { return compress(next) }, nil
}

// crossOrigin lets pages of these origins call the API; without origins no page
// may, and nothing is said about it.
func crossOrigin(origins []string) middleware {
	if len(origins) == 0 { // which the library would take for all origins
		return unlimited
	}
	return cors.New(cors.Options{
		AllowedOrigins: origins,
		AllowedMethods: []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPatch, http.MethodDelete},
		AllowedHeaders: []string{"Authorization", "Content-Type", "Idempotency-Key", "If-Match", "If-None-Match", "Last-Event-ID", logger.OperationIDHeader, "X-Request-Id"},
		ExposedHeaders: []string{"ETag", "Idempotency-Replayed", "Location", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", "Retry-After", logger.OperationIDHeader},
		MaxAge:         int(preflightAge.Seconds()),
	}).Handler
}
