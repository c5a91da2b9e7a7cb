package server

import (
	"context"
	"math"
	"net/http"
	"net/netip"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/trexgen/trexgen/blueprints/service/pkg/apierror"
	"github.com/trexgen/trexgen/blueprints/service/pkg/auth"
	"github.com/trexgen/trexgen/blueprints/service/pkg/handlers"
	"github.com/trexgen/trexgen/blueprints/service/pkg/ratelimit"
)

// unlimited is the middleware that does nothing.
func unlimited(next http.Handler) http.Handler { return next }

// limits answers 429 to a client that sends more than perMinute requests. Each
// replica counts for itself.
//
// Who shows a valid token is counted by its subject alone: neither many behind
// one address nor one who sends bad tokens from there can shut others out. All
// other requests are counted by address.
type limits struct {
	perMinute int
	clients   *ratelimit.Limiter     // nil is no limit
	refused   *prometheus.CounterVec // by what the client was counted by
	now       func() time.Time
}

// newLimits returns the limits of so many requests in a minute; 0 is no limit.
func newLimits(perMinute int, refused *prometheus.CounterVec) *limits {
	l := &limits{perMinute: perMinute, refused: refused, now: time.Now}
	if perMinute > 0 {
		l.clients = ratelimit.New(perMinute, time.Minute)
	}
	return l
}

// byAddress limits requests whose sender is not known.
func (l *limits) byAddress(next http.Handler) http.Handler {
	if l.clients == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if l.take(w, r, "address", addressKey(r.Context())) {
			next.ServeHTTP(w, r)
		}
	})
}

// bySubject limits requests that have been authenticated. Where all are
// anonymous they are told apart by address.
func (l *limits) bySubject(next http.Handler) http.Handler {
	if l.clients == nil {
		return next
	}
	byAddress := l.byAddress(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who, _ := auth.FromContext(r.Context())
		if who.Claims.Issuer == "" { // no token
			byAddress.ServeHTTP(w, r)
			return
		}
		if l.take(w, r, "subject", who.Claims.Issuer+"\x00"+who.Subject) {
			next.ServeHTTP(w, r)
		}
	})
}

// failing limits requests that fail before anybody knows who sends them.
func (l *limits) failing(fail auth.Fail) auth.Fail {
	if l.clients == nil {
		return fail
	}
	return func(w http.ResponseWriter, r *http.Request, err error) {
		challenge := w.Header()["Www-Authenticate"]
		w.Header().Del("WWW-Authenticate") // another token would not help
		if !l.take(w, r, "address", addressKey(r.Context())) {
			return
		}
		if challenge != nil {
			w.Header()["Www-Authenticate"] = challenge
		}
		fail(w, r, err)
	}
}

// addressKey tells clients apart by address. Who has one address of IPv6 has a
// network of them.
func addressKey(ctx context.Context) string {
	addr := clientOf(ctx)
	if addr.Is6() {
		return netip.PrefixFrom(addr, 64).Masked().String()
	}
	return addr.String()
}

// take counts r and says in the header how much is left. If it is too much, it
// answers and returns false.
func (l *limits) take(w http.ResponseWriter, r *http.Request, by, client string) bool {
	state := l.clients.Take(by+" "+client, l.now())
	header := w.Header()
	header.Set("RateLimit-Limit", strconv.Itoa(state.Limit))
	header.Set("RateLimit-Remaining", strconv.Itoa(state.Remaining))
	header.Set("RateLimit-Reset", inSeconds(state.Reset))
	if state.Allowed {
		return true
	}
	l.refused.WithLabelValues(by).Inc()
	header.Set("Retry-After", inSeconds(state.RetryAfter))
	handlers.WriteError(w, r, apierror.New(apierror.TooManyRequests, "more than %d requests in a minute", l.perMinute))
	return false
}

// inSeconds is d in whole seconds, rounded up so that nobody comes too early.
func inSeconds(d time.Duration) string {
	return strconv.Itoa(int(math.Ceil(d.Seconds())))
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
