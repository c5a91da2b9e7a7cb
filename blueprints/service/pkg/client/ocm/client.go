package ocm

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// reviewPath is where the service answers reviews.
const reviewPath = "/api/authorizations/v1/access_review"

const (
	// maxAnswer is far more than any answer has.
	maxAnswer = 64 << 10
	// maxReason is how much of the service's own words goes into an error.
	maxReason = 200
)

// Config says where the service is and who asks.
type Config struct {
	// URL is what the paths of the service come after, TokenURL where there are
	// tokens for ClientID and ClientSecret.
	URL          string
	TokenURL     string
	ClientID     string
	ClientSecret string

	// Transport sends the requests; http.DefaultTransport if nil.
	Transport http.RoundTripper
}

// Client asks the service. It bounds no time: the context does.
type Client struct {
	url    string
	http   *http.Client
	tokens *tokens
}

// NewClient returns a client that has not asked for anything yet.
func NewClient(c Config) *Client {
	client := &http.Client{Transport: c.Transport, CheckRedirect: noRedirect}
	return &Client{
		url:    strings.TrimSuffix(c.URL, "/") + reviewPath,
		http:   client,
		tokens: newTokens(c, client),
	}
}

// noRedirect makes a redirect an answer as any other, which is an error: the
// token is for nobody else.
func noRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// A StatusError is an answer that is none to the question.
type StatusError struct {
	Status int

	// Reason is what the service says about it, if anything.
	Reason string
}

func (e *StatusError) Error() string {
	text := fmt.Sprintf("status %d %s", e.Status, http.StatusText(e.Status))
	if e.Reason != "" {
		text += fmt.Sprintf(": %q", e.Reason)
	}
	return strings.TrimSpace(text)
}

// Allowed asks the service. A token that it does not take is replaced once. The
// error is a *StatusError if there was another answer than yes or no, and shows
// neither token nor secret.
func (c *Client) Allowed(ctx context.Context, review Review) (bool, error) {
	token, err := c.tokens.get(ctx)
	if err != nil {
		return false, err
	}
	allowed, err := c.ask(ctx, review, token)
	var status *StatusError
	if errors.As(err, &status) && status.Status == http.StatusUnauthorized {
		// It may have been revoked, or the keys behind it were rotated.
		c.tokens.forget(token)
		if token, err = c.tokens.get(ctx); err == nil {
			allowed, err = c.ask(ctx, review, token)
		}
	}
	if err != nil {
		return false, fmt.Errorf("access review: %w", err)
	}
	return allowed, nil
}

func (c *Client) ask(ctx context.Context, review Review, token string) (allowed bool, err error) {
	body, err := json.Marshal(review)
	if err != nil {
		return false, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, bytes.NewReader(body))
	if err != nil {
		return false, err
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json")
	// A question may be asked twice. This lets net/http do so when the service
	// has closed an idle connection meanwhile; an empty header is not sent.
	r.Header["Idempotency-Key"] = nil
	answer, err := c.http.Do(r)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, answer.Body.Close()) }()
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	if err != nil {
		return false, err
	}
	return read(answer.StatusCode, text)
}

// read returns what an answer says. One that says neither yes nor no is an
// error.
func read(status int, text []byte) (bool, error) {
	var answer struct {
		Allowed *bool  `json:"allowed"`
		Reason  string `json:"reason"`
	}
	err := json.Unmarshal(text, &answer)
	switch {
	case status != http.StatusOK && status != http.StatusCreated:
		return false, &StatusError{Status: status, Reason: shortened(answer.Reason)}
	case err != nil:
		return false, fmt.Errorf("read the answer: %w", err)
	case answer.Allowed == nil:
		return false, errors.New("the answer has no field allowed")
	}
	return *answer.Allowed, nil
}

func shortened(reason string) string {
	if len(reason) > maxReason {
		return strings.ToValidUTF8(reason[:maxReason], "") + "…"
	}
	return reason
}
