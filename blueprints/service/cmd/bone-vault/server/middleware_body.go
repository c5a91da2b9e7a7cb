package server

import (
	"errors"
	"io"
	"net/http"

	"github.com/trexgen/trexgen/blueprints/service/pkg/auth"
)

// bodyLimit refuses bodies of more than limit bytes: at once if the request
// says so, which fail answers, else when reading goes past the limit.
func bodyLimit(limit int64, fail auth.Fail) middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.ContentLength > limit {
				if r.Header.Get("Expect") == "" { // else the client waits to be told to send it
					drain(r.Body)
				}
				w.Header().Set("Connection", "close")
				fail(w, r, &http.MaxBytesError{Limit: limit})
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
