package server

import (
	"log/slog"
	"net/http"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/logger"
)

// operationID gives each request an id, which the answer, errors and the log
// carry: the one that the client sent, if it is harmless, else a new one.
func operationID(log *slog.Logger) middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			id := api.NewID()
			for _, name := range []string{"X-Request-Id", logger.OperationIDHeader} {
				if sent := r.Header.Get(name); harmless(sent) {
					id = sent
				}
			}
			w.Header().Set(logger.OperationIDHeader, id)
			ctx := logger.With(logger.WithOperationID(r.Context(), id), log)
			next.ServeHTTP(w, r.WithContext(ctx))
		})
	}
}

// harmless keeps what could forge or flood the log out of it.
func harmless(id string) bool {
	for _, c := range []byte(id) {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		case c == '-', c == '_', c == '.', c == ':':
		default:
			return false
		}
	}
	return 0 < len(id) && len(id) <= 128
}
