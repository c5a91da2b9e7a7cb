package webhooks

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"go.opentelemetry.io/otel/propagation"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
)

// Message is what is sent.
type Message struct {
	// ID is the same when the message is sent again.
	ID string

	// ContentType is that of Body.
	ContentType string
	Body        []byte

	// TraceParent is sent unless the context is part of a trace.
	TraceParent string
}

// StatusError is an answer that says that a message was not taken.
type StatusError struct {
	Status int

	// RetryAfter is the time that the answer asks to wait, 0 if it does not.
	RetryAfter time.Duration
}

// Error names the status.
func (e *StatusError) Error() string {
	switch {
	case e.Status >= 300 && e.Status < 400:
		return fmt.Sprintf("status %d: redirects are not followed", e.Status)
	case http.StatusText(e.Status) == "":
		return fmt.Sprintf("status %d", e.Status)
	}
	return fmt.Sprintf("status %d %s", e.Status, http.StatusText(e.Status))
}

// Options are what senders and sinks are made with. The zero value works.
type Options struct {
	// Observe, unless nil, is told of every request, for metrics. It may be
	// called many times at once.
	Observe func(endpoint, status string)

	// Now is the clock of signatures; nil is time.Now.
	Now func() time.Time

	// Resolver resolves the names of hosts; nil is Go's own.
	Resolver *net.Resolver

	// TrialAfter is the time from the opening of a circuit to the first request
	// that tries whether it can be closed; 0 is half a minute.
	TrialAfter time.Duration
}

// Sender sends messages to an endpoint.
type Sender struct {
	endpoint Endpoint
	client   *http.Client
	options  Options
}

// NewSender returns a Sender with connections of its own.
func NewSender(endpoint Endpoint, options Options) *Sender {
	if options.Observe == nil {
		options.Observe = func(string, string) {}
	}
	if options.Now == nil {
		options.Now = time.Now
	}
	return &Sender{endpoint: endpoint, client: newClient(newGuard(endpoint.AllowPrivate), options.Resolver), options: options}
}

// Close ends the connections that idle.
func (s *Sender) Close() error {
	s.client.CloseIdleConnections()
	return nil
}

// Send posts message once. An answer of another status than 2xx is an error
// with a *StatusError in it, an address that no request may go to one with
// ErrPrivateAddress. No error shows the URL's user and query, or a secret.
func (s *Sender) Send(ctx context.Context, message Message) error {
	err := s.send(ctx, message)
	s.options.Observe(s.endpoint.Name, statusOf(err))
	if err != nil {
		return fmt.Errorf("endpoint %s: %w", s.endpoint.Name, err)
	}
	return nil
}

func (s *Sender) send(ctx context.Context, message Message) error {
	ctx, cancel := context.WithTimeoutCause(ctx, s.endpoint.Timeout, fmt.Errorf("no answer within %s", s.endpoint.Timeout))
	defer cancel()
	request, err := s.request(ctx, message)
	if err != nil {
		return err
	}
	answer, err := s.client.Do(request)
	if err != nil {
		return plain(ctx, err)
	}
	// What is not read now is read by nobody; the status has been said.
	_, _ = io.CopyN(io.Discard, answer.Body, maxAnswer)
	_ = answer.Body.Close()
	if answer.StatusCode >= 200 && answer.StatusCode < 300 {
		return nil
	}
	return &StatusError{Status: answer.StatusCode, RetryAfter: s.retryAfter(answer.Header)}
}

// request returns message as a signed request.
func (s *Sender) request(ctx context.Context, message Message) (*http.Request, error) {
	hidden := s.endpoint.hidden()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, hidden.url.String(), bytes.NewReader(message.Body))
	if err != nil {
		return nil, plain(ctx, err)
	}
	for name, values := range hidden.headers {
		request.Header[name] = values
	}
	request.Header.Set("Content-Type", message.ContentType)
	request.Header.Set("User-Agent", api.ServiceName)
	now := s.options.Now()
	request.Header.Set(standardwebhooks.HeaderWebhookID, message.ID)
	request.Header.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(now.Unix(), 10))
	if len(hidden.signers) > 0 {
		signatures := make([]string, len(hidden.signers))
		for i, signer := range hidden.signers {
			if signatures[i], err = signer.Sign(message.ID, now, message.Body); err != nil {
				return nil, err
			}
		}
		request.Header.Set(standardwebhooks.HeaderWebhookSignature, strings.Join(signatures, " "))
	}
	if message.TraceParent != "" {
		request.Header.Set("Traceparent", message.TraceParent)
	}
	propagation.TraceContext{}.Inject(ctx, propagation.HeaderCarrier(request.Header))
	return request, nil
}

// longestWait bounds what an endpoint can ask for: who is told to come back next
// year does not.
const longestWait = time.Hour

// retryAfter reads the header Retry-After, which holds seconds or a time.
func (s *Sender) retryAfter(header http.Header) time.Duration {
	text := header.Get("Retry-After")
	var wait time.Duration
	if seconds, err := strconv.ParseInt(text, 10, 32); err == nil {
		wait = time.Duration(seconds) * time.Second
	} else if at, err := http.ParseTime(text); err == nil {
		wait = at.Sub(s.options.Now())
	}
	return min(max(wait, 0), longestWait)
}

// plain is what went wrong without the URL that net/http puts in front of it, or
// why ctx has ended, if it has.
func plain(ctx context.Context, err error) error {
	if wrapped := (*url.Error)(nil); errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	switch cause := context.Cause(ctx); {
	case cause == nil || errors.Is(err, ErrPrivateAddress):
		return err
	case errors.Is(cause, ctx.Err()):
		return cause
	default:
		return fmt.Errorf("%w (%w)", cause, ctx.Err())
	}
}

// statusOf is the status of a request as a label: endpoints choose statuses, so
// only those that there are become series.
func statusOf(err error) string {
	var status *StatusError
	switch {
	case err == nil:
		return "ok"
	case errors.As(err, &status) && http.StatusText(status.Status) != "":
		return strconv.Itoa(status.Status)
	case errors.As(err, &status):
		return "other"
	case errors.Is(err, ErrPrivateAddress):
		return "private"
	case errors.Is(err, context.DeadlineExceeded):
		return "timeout"
	case errors.Is(err, context.Canceled):
		return "canceled"
	default:
		return "error"
	}
}
