package auth

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"

	"github.com/trexgen/trexgen/blueprints/service/pkg/auth/devtoken"
)

// maxKeyBytes is far more than any set of keys has.
const maxKeyBytes = 1 << 20

// fromFile reads the keys from a file, anew each time: it may be mounted, and
// replaced.
func fromFile(name string) keySource {
	return func(context.Context) ([]byte, error) { return os.ReadFile(name) }
}

// fromDevKey reads the key of the command token, and makes it if there is none.
func fromDevKey(name string) keySource {
	return func(context.Context) ([]byte, error) {
		issuer, _, err := devtoken.Open(name)
		if err != nil {
			return nil, err
		}
		return issuer.Keys()
	}
}

// fromURL reads the keys from url.
func fromURL(url string) keySource {
	client := &http.Client{CheckRedirect: noDowngrade}
	return func(ctx context.Context) ([]byte, error) {
		text, err := get(ctx, client, url)
		if err != nil {
			return nil, fmt.Errorf("keys of tokens: %w", err)
		}
		return text, nil
	}
}

func get(ctx context.Context, client *http.Client, url string) (text []byte, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	answer, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, answer.Body.Close()) }()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("get %s: %s", request.URL.Redacted(), answer.Status)
	}
	text, err = io.ReadAll(io.LimitReader(answer.Body, maxKeyBytes+1))
	if len(text) > maxKeyBytes {
		return nil, fmt.Errorf("get %s: more than %d bytes", request.URL.Redacted(), maxKeyBytes)
	}
	return text, err
}

// noDowngrade follows a few redirects, but none away from https, where others
// could put in keys of their own.
func noDowngrade(next *http.Request, via []*http.Request) error {
	if len(via) >= 5 {
		return errors.New("too many redirects")
	}
	if via[0].URL.Scheme == "https" && next.URL.Scheme != "https" {
		return fmt.Errorf("redirected to %s, which is not https", next.URL.Redacted())
	}
	return nil
}
