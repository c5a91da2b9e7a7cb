package auth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/apierror"
	"github.com/trexgen/trexgen/blueprints/service/pkg/config"
)

// leeway is how far clocks may be apart.
const leeway = 30 * time.Second

// algorithms are those with a public key. Neither none nor HMAC is among them:
// with HMAC the public key would be the secret.
var algorithms = []string{
	"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA",
}

// Authenticator finds out who sends a request. Its zero value lets nobody in.
type Authenticator struct {
	open   bool // everyone is anonymous, and there are no keys
	keys   *keySet
	parser *jwt.Parser
}

// New returns the authenticator of c, which config has validated. Keys in a file
// are read at once, and an error is returned if that fails. Keys behind a URL
// come with Run, so that an issuer that is away does not keep the service from
// starting; Ready tells.
func New(c config.Auth, log *slog.Logger) (*Authenticator, error) {
	switch c.Mode {
	case config.AuthNone:
		return &Authenticator{open: true}, nil
	case config.AuthJWT:
	default:
		return nil, fmt.Errorf("authentication %q is unknown", c.Mode)
	}
	// An empty issuer or audience would not be checked by the parser.
	if c.Issuer == "" || c.Audience == "" {
		return nil, errors.New("authentication needs the issuer and the audience of tokens")
	}
	a := &Authenticator{parser: jwt.NewParser(
		jwt.WithValidMethods(algorithms),
		jwt.WithExpirationRequired(),
		jwt.WithIssuer(c.Issuer),
		jwt.WithAudience(c.Audience),
		jwt.WithLeeway(leeway),
	)}
	if c.JWKSFile == "" {
		a.keys = newKeySet(fromURL(c.JWKSURL), log)
		return a, nil
	}
	a.keys = newKeySet(fromFile(c.JWKSFile), log)
	return a, a.keys.load(context.Background())
}

// Run keeps the keys fresh until ctx ends, and then returns nil.
func (a *Authenticator) Run(ctx context.Context) error {
	if a.keys != nil {
		a.keys.run(ctx)
	}
	return nil
}

// Ready is an error as long as no token can be verified.
func (a *Authenticator) Ready() error {
	switch {
	case a.open:
		return nil
	case a.keys == nil:
		return errNoKeys
	}
	return a.keys.ready()
}

// Authenticate returns a middleware that puts the identity of the bearer token
// into the context, or fails with Unauthenticated (no token), InvalidToken, or
// Unavailable (no keys yet).
func (a *Authenticator) Authenticate(fail Fail) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			who, err := a.identify(r)
			if err != nil {
				switch apierror.From(err).Code {
				case apierror.Unauthenticated:
					challenge(w, "")
				case apierror.InvalidToken:
					challenge(w, "invalid_token")
				}
				fail(w, r, err)
				return
			}
			next.ServeHTTP(w, r.WithContext(WithIdentity(r.Context(), who)))
		})
	}
}

func (a *Authenticator) identify(r *http.Request) (Identity, error) {
	if a.open {
		return anonymous, nil
	}
	token, err := bearer(r.Header)
	if err != nil {
		return Identity{}, err
	}
	if a.keys == nil {
		return Identity{}, apierror.Wrap(apierror.Unavailable, errNoKeys)
	}
	var c claims
	_, err = a.parser.ParseWithClaims(token, &c, func(token *jwt.Token) (any, error) {
		return a.keys.key(r.Context(), token)
	})
	switch {
	case errors.Is(err, errNoKeys):
		return Identity{}, apierror.Wrap(apierror.Unavailable, err)
	case errors.Is(err, jwt.ErrTokenExpired):
		return Identity{}, apierror.New(apierror.InvalidToken, "the token has expired")
	case err != nil:
		return Identity{}, apierror.Wrap(apierror.InvalidToken, err)
	case c.Subject == "":
		return Identity{}, apierror.New(apierror.InvalidToken, "the token has no subject")
	case !storable(c.Subject):
		return Identity{}, apierror.New(apierror.InvalidToken, "the subject of the token is too long, or has a NUL in it")
	}
	return c.identity(), nil
}

// bearer returns the token of a request.
func bearer(header http.Header) (string, error) {
	values := header.Values("Authorization")
	if len(values) > 1 {
		return "", apierror.New(apierror.InvalidToken, "more than one Authorization header")
	}
	if len(values) == 0 {
		return "", apierror.New(apierror.Unauthenticated, "")
	}
	scheme, token, _ := strings.Cut(values[0], " ")
	token = strings.TrimSpace(token)
	if !strings.EqualFold(scheme, "Bearer") || token == "" {
		return "", apierror.New(apierror.Unauthenticated, "")
	}
	return token, nil
}

// challenge tells a client how to authenticate (RFC 6750, section 3).
func challenge(w http.ResponseWriter, problem string) {
	value := fmt.Sprintf("Bearer realm=%q", api.ServiceName)
	if problem != "" {
		value += fmt.Sprintf(", error=%q", problem)
	}
	w.Header().Set("WWW-Authenticate", value)
}
