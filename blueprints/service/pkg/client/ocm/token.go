package ocm

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
	"golang.org/x/sync/singleflight"
)

// tokenTimeout bounds one request for a token, which goes on for others when
// the one that began it gives up.
const tokenTimeout = 10 * time.Second

// tokens keeps a token for as long as it lasts. Those who need a new one at the
// same time wait for one request, each for as long as its context lets it:
// oauth2's own source has no way to give up.
type tokens struct {
	source *clientcredentials.Config
	http   *http.Client
	flight singleflight.Group

	mu      sync.Mutex
	current *oauth2.Token
}

func newTokens(c Config, client *http.Client) *tokens {
	return &tokens{
		source: &clientcredentials.Config{ClientID: c.ClientID, ClientSecret: c.ClientSecret, TokenURL: c.TokenURL},
		http:   client,
	}
}

// get returns a token that is good for some seconds at least.
func (t *tokens) get(ctx context.Context) (string, error) {
	if token := t.kept(); token.Valid() {
		return token.AccessToken, nil
	}
	fetched := t.flight.DoChan("", func() (any, error) { return t.fetch(context.WithoutCancel(ctx)) })
	select {
	case <-ctx.Done():
		return "", fmt.Errorf("token: %w", context.Cause(ctx))
	case result := <-fetched:
		if result.Err != nil {
			return "", fmt.Errorf("token: %w", result.Err)
		}
		return result.Val.(*oauth2.Token).AccessToken, nil
	}
}

func (t *tokens) fetch(ctx context.Context) (*oauth2.Token, error) {
	// Another request may have ended since the caller looked.
	if token := t.kept(); token.Valid() {
		return token, nil
	}
	ctx, cancel := context.WithTimeout(ctx, tokenTimeout)
	defer cancel()
	token, err := t.source.Token(context.WithValue(ctx, oauth2.HTTPClient, t.http))
	if err != nil {
		return nil, plain(err)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.current = token
	return token, nil
}

func (t *tokens) kept() *oauth2.Token {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.current
}

// forget drops a token that was refused, unless there is a newer one already.
func (t *tokens) forget(refused string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.current != nil && t.current.AccessToken == refused {
		t.current = nil
	}
}

// plain is what went wrong without the body of the answer: it belongs to
// whoever answers there, and could hold what was sent.
func plain(err error) error {
	var refused *oauth2.RetrieveError
	if !errors.As(err, &refused) || refused.Response == nil {
		return err
	}
	return &StatusError{Status: refused.Response.StatusCode, Reason: shortened(refused.ErrorCode)}
}
