package webhooks

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// The errors here never show the value: it may be a secret, or have one in it.

// The least and the most bytes of a key, as Standard Webhooks has them.
const (
	minKey = 24
	maxKey = 64
)

const secretPrefix = "whsec_"

// CheckSecret tells what is wrong with a secret that is to sign.
func CheckSecret(secret string) error {
	_, err := newSigner(secret)
	return err
}

// newSigner returns who signs with secret.
func newSigner(secret string) (*standardwebhooks.Webhook, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, secretPrefix))
	if err != nil || len(key) < minKey || len(key) > maxKey {
		return nil, fmt.Errorf("is not %s and %d to %d bytes in base64; `openssl rand -base64 32` makes some", secretPrefix, minKey, maxKey)
	}
	return standardwebhooks.NewWebhookRaw(key)
}

// parseURL reads where requests go. An address that the guard would refuse
// anyway is refused here already, if it can be seen in the text.
func parseURL(text string, allowPrivate bool) (*url.URL, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Hostname() == "":
		return nil, errors.New("is no https URL")
	case u.Fragment != "":
		return nil, errors.New("has a fragment, which no request carries")
	case u.Scheme == "http" && !allowPrivate:
		return nil, errors.New("is plain http, which others can read; give https, or allow private addresses if it is one")
	}
	addr, err := netip.ParseAddr(u.Hostname())
	switch {
	case err != nil || newGuard(allowPrivate).check(addr) == nil:
		return u, nil
	case newGuard(true).check(addr) == nil:
		return nil, errors.New("is at an address that is not public; allow private addresses if that is meant")
	}
	return nil, errors.New("is at an address that no endpoint may have, such as that of a cloud's metadata")
}

func parseTimeout(text string) (time.Duration, error) {
	timeout, err := time.ParseDuration(text)
	if err != nil || timeout <= 0 || timeout > maxTimeout {
		return 0, fmt.Errorf("is no time such as 10s, above 0 and up to %s", maxTimeout)
	}
	return timeout, nil
}

// endpointName is short enough for a label and needs no quotes in a shell.
var endpointName = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,62}$`)

var headerName = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+.^_`|~-]+$")

// ourHeaders are set by the sender, or by HTTP itself.
var ourHeaders = map[string]bool{
	"Connection": true, "Content-Length": true, "Content-Type": true, "Host": true, "Transfer-Encoding": true, "Trailer": true,
	"Traceparent": true, "Tracestate": true, "User-Agent": true,
	http.CanonicalHeaderKey(standardwebhooks.HeaderWebhookID):        true,
	http.CanonicalHeaderKey(standardwebhooks.HeaderWebhookTimestamp): true,
	http.CanonicalHeaderKey(standardwebhooks.HeaderWebhookSignature): true,
}

func checkHeader(name, value string) error {
	switch {
	case !headerName.MatchString(name):
		return errors.New("has a name that is none of a header")
	case ourHeaders[http.CanonicalHeaderKey(name)]:
		return fmt.Errorf("sets %s, which the service sets itself", http.CanonicalHeaderKey(name))
	case strings.ContainsFunc(value, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }):
		return fmt.Errorf("has a control character in the value of %s", http.CanonicalHeaderKey(name))
	}
	return nil
}
