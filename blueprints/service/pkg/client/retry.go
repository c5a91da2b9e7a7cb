package client

import (
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
)

// idempotencyKey is the header that tells a service repeats from new requests.
const idempotencyKey = "Idempotency-Key"

// The pause before the first repeat doubles with each one, up to the longest. A
// service that asks for a longer one is not asked again.
const (
	firstPause   = 100 * time.Millisecond
	longestPause = 10 * time.Second
)

// answersOfTheMoment may be others the next time.
var answersOfTheMoment = map[int]bool{
	http.StatusTooManyRequests:    true,
	http.StatusBadGateway:         true,
	http.StatusServiceUnavailable: true,
	http.StatusGatewayTimeout:     true,
}

// harmless are the methods that may be repeated as they are (RFC 9110, 9.2.2).
var harmless = map[string]bool{
	http.MethodGet: true, http.MethodHead: true, http.MethodOptions: true, http.MethodPut: true, http.MethodDelete: true,
}

// name gives r a key, as its sender would.
func (t transport) name(r *http.Request) {
	if t.options.IdempotencyKeys && r.Method == http.MethodPost && r.Header.Get(idempotencyKey) == "" {
		r.Header.Set(idempotencyKey, api.NewID())
	}
}

// send sends r until there is an answer that counts, or no repeat is left.
func (t transport) send(r *http.Request) (*http.Response, error) {
	retries := t.options.Retries
	if !repeatable(r) {
		retries = 0
	}
	for attempt := 0; ; attempt++ {
		answer, err := t.options.Transport.RoundTrip(r)
		if attempt >= retries || r.Context().Err() != nil || err == nil && !answersOfTheMoment[answer.StatusCode] {
			return answer, err
		}
		pause, ok := pauseAfter(attempt, answer)
		if deadline, bounded := r.Context().Deadline(); !ok || bounded && time.Until(deadline) < pause {
			return answer, err
		}
		if answer != nil {
			discard(answer.Body)
		}
		if err := rest(r, pause); err != nil {
			return nil, err
		}
	}
}

// repeatable tells whether r may be sent twice, and can be.
func repeatable(r *http.Request) bool {
	canBeReadAgain := r.Body == nil || r.Body == http.NoBody || r.GetBody != nil
	return canBeReadAgain && (harmless[r.Method] || r.Header.Get(idempotencyKey) != "")
}

// pauseAfter is how long to wait before the next attempt; not ok if the answer
// asks for too long.
func pauseAfter(attempt int, answer *http.Response) (pause time.Duration, ok bool) {
	if answer != nil {
		if seconds, err := strconv.Atoi(answer.Header.Get("Retry-After")); err == nil && seconds >= 0 {
			if seconds > int(longestPause/time.Second) {
				return 0, false
			}
			return time.Duration(seconds) * time.Second, true
		}
	}
	pause = firstPause
	for range attempt {
		pause = min(2*pause, longestPause)
	}
	// Clients that failed at the same time must not all come back at the same time.
	return pause/2 + rand.N(pause/2), true
}

// rest waits, and makes r ready to be sent again.
func rest(r *http.Request, pause time.Duration) error {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.Context().Done():
		return r.Context().Err()
	}
	if r.GetBody == nil {
		return nil
	}
	body, err := r.GetBody()
	r.Body = body
	return err
}

// discard reads what is left of a body, so that its connection can be used again,
// unless it is long.
func discard(body io.ReadCloser) {
	const worthReading = 64 << 10
	_, _ = io.CopyN(io.Discard, body, worthReading) // whatever comes of it, it is closed
	_ = body.Close()
}
