// Package client makes HTTP clients for calling other services, and this one.
// The generated packages below pkg/api/openapi turn such a client into a typed
// one:
//
//	http := client.New(client.Options{Token: token})
//	events, err := openapi.NewClientWithResponses(url, openapi.WithHTTPClient(http))
//
// With Retries a client gets over answers that are lost on their way, and with
// IdempotencyKeys so do requests that must not be done twice.
package client

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"go.opentelemetry.io/otel/propagation"

	"github.com/trexgen/trexgen/blueprints/service/pkg/logger"
)

// DefaultTimeout bounds a request whose Options do not say.
const DefaultTimeout = 30 * time.Second

// Options say how requests are sent. The zero value sends them without a
// token.
type Options struct {
	// Token returns the bearer token of a request. It is called for each one,
	// so that it may renew the token.
	Token func(ctx context.Context) (string, error)

	// Timeout bounds a request; DefaultTimeout if zero, none if negative, as
	// streams need it.
	Timeout time.Duration

	// Retries is how often a request is sent again, within its Timeout, if no
	// answer comes or one says to try later (429, 502, 503, 504). Requests are
	// that may be done twice without harm: by their method, unless it is POST or
	// PATCH, or since they have an Idempotency-Key. Their body must be one that
	// http.NewRequest can read again.
	Retries int

	// IdempotencyKeys gives each POST without an Idempotency-Key one of its own.
	// It is for services that do the same key once, as this one does.
	IdempotencyKeys bool

	// Transport sends the requests; http.DefaultTransport if nil.
	Transport http.RoundTripper
}

// New returns a client that sends requests as options say, with the operation
// id and the trace of their context.
func New(options Options) *http.Client {
	if options.Timeout == 0 {
		options.Timeout = DefaultTimeout
	}
	if options.Transport == nil {
		options.Transport = http.DefaultTransport
	}
	return &http.Client{Timeout: max(options.Timeout, 0), Transport: transport{options}}
}

type transport struct{ options Options }

// RoundTrip adds the headers to a copy of r, since r is the caller's.
func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx := r.Context()
	r = r.Clone(ctx)
	if t.options.Token != nil {
		token, err := t.options.Token(ctx)
		if err != nil {
			return nil, fmt.Errorf("token: %w", err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
	}
	// A Transport that makes spans puts its own here.
	propagation.TraceContext{}.Inject(ctx, propagation.HeaderCarrier(r.Header))
	if id := logger.OperationID(ctx); id != "" && r.Header.Get(logger.OperationIDHeader) == "" {
		r.Header.Set(logger.OperationIDHeader, id)
	}
	t.name(r)
	return t.send(r)
}
