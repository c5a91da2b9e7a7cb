package server

import (
	"errors"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/go-chi/httprate"

	"github.com/trexgen/trexgen/blueprints/service/pkg/apierror"
	"github.com/trexgen/trexgen/blueprints/service/pkg/handlers"
)

// unlimited is the middleware that does nothing.
func unlimited(next http.Handler) http.Handler { return next }

// rateLimit answers 429 to an address that sends more than limit requests in a
// minute; 0 is no limit. Each replica counts for itself.
func rateLimit(limit int) middleware {
	if limit == 0 {
		return unlimited
	}
	return httprate.LimitBy(limit, time.Minute, peer,
		httprate.WithLimitHandler(func(w http.ResponseWriter, r *http.Request) {
			handlers.WriteError(w, r, apierror.New(apierror.TooManyRequests, "more than %d requests in a minute", limit))
		}),
		httprate.WithErrorHandler(handlers.WriteError),
	)
}

// peer is the address that a request comes from. Headers that claim another one
// are not believed: anyone can send them.
func peer(r *http.Request) (string, error) {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	return httprate.CanonicalizeIP(host), err
}

// deadline bounds the time that a request may take, through its context. Unlike
// http.TimeoutHandler it leaves the answer to the handler. A stream goes on for
// as long as its client listens.
func deadline(limit time.Duration) middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			ctx, cancel := handlers.WithDeadline(r.Context(), limit)
			defer cancel()
			next.ServeHTTP(w, r.WithContext(ctx))
		})
	}
}

// bodyLimit refuses bodies of more than limit bytes: at once if the request
// says so, else when reading goes past the limit.
func bodyLimit(limit int64) middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.ContentLength > limit {
				if r.Header.Get("Expect") == "" { // else the client waits to be told to send it
					drain(r.Body)
				}
				w.Header().Set("Connection", "close")
				handlers.WriteError(w, r, &http.MaxBytesError{Limit: limit})
				return
			}
			r.Body = &limitedBody{http.MaxBytesReader(w, r.Body, limit), r.Body}
			next.ServeHTTP(w, r)
		})
	}
}

// limitedBody drains the whole body when what is limited is at its limit.
type limitedBody struct {
	io.ReadCloser // limited
	whole         io.Reader
}

func (b *limitedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		drain(b.whole)
	}
	return n, err
}

// drainLimit bounds what is read of a body that is too large.
const drainLimit = 16 << 20

// drain reads what nobody wants: a client that is still sending when the
// connection closes never gets to read the answer.
func drain(body io.Reader) {
	// An error means that nobody sends any more.
	_, _ = io.CopyN(io.Discard, body, drainLimit)
}
