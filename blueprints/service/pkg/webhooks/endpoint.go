package webhooks

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/trexgen/trexgen/blueprints/service/pkg/sinks"
)

// DefaultTimeout bounds a request to an endpoint that does not say.
const DefaultTimeout = 10 * time.Second

// maxTimeout keeps a request shorter than most people's patience with a
// service that stops.
const maxTimeout = 5 * time.Minute

// Endpoint is who is told. It shows its name only. What else there is comes from
// a func, since fmt prints the values below unexported fields, also those behind
// pointers, without asking them.
type Endpoint struct {
	// Name names the endpoint in the database, in metrics and in the log.
	Name string

	// Events are those that it is told of.
	Events sinks.Patterns

	// Timeout bounds a request.
	Timeout time.Duration

	// AllowPrivate lets it have a private address.
	AllowPrivate bool

	hidden func() *hidden
}

// hidden is what may hold secrets.
type hidden struct {
	url     *url.URL
	headers http.Header
	signers []*standardwebhooks.Webhook
}

// Format writes the name under every verb.
func (e Endpoint) Format(f fmt.State, _ rune) {
	// An error of f is fmt's to keep; Formatter cannot return it.
	_, _ = io.WriteString(f, "endpoint "+e.Name)
}

// LogValue is the name in the log.
func (e Endpoint) LogValue() slog.Value { return slog.StringValue(e.Name) }

// NewEndpoint returns an endpoint that is told of no events, for those who have
// something else to send. Requests are signed if there are secrets.
func NewEndpoint(name, address string, allowPrivate bool, secrets ...string) (Endpoint, error) {
	target, err := parseURL(address, allowPrivate)
	if err != nil {
		return Endpoint{}, err
	}
	kept := &hidden{url: target}
	for _, secret := range secrets {
		signer, err := newSigner(secret)
		if err != nil {
			return Endpoint{}, err
		}
		kept.signers = append(kept.signers, signer)
	}
	hide := func() *hidden { return kept }
	return Endpoint{Name: name, Timeout: DefaultTimeout, AllowPrivate: allowPrivate, hidden: hide}, nil
}
