package auth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/apierror"
	"github.com/trexgen/trexgen/blueprints/service/pkg/config"
)

// leeway is how far clocks may be apart.
const leeway = 30 * time.Second

// Authenticator finds out who sends a request. Its zero value lets nobody in.
type Authenticator struct {
	open        bool // everyone is anonymous, and there are no keys
	keys        *keySet
	parser      *jwt.Parser
	rolesClaim  string
	maxLifetime time.Duration
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
	if c.Issuer == "" || c.Audience == "" || c.RolesClaim == "" || c.MaxLifetime <= 0 {
		return nil, errors.New("authentication needs the issuer, the audience, the claim of the roles and the longest lifetime of tokens")
	}
	if !c.AllowDevKeys && (c.UsesDevKey() || c.Issuer == config.DevIssuer) {
		return nil, errors.New("tokens of developers are believed in development only; name the keys of an issuer")
	}
	a := &Authenticator{
		rolesClaim:  c.RolesClaim,
		maxLifetime: c.MaxLifetime,
		parser: jwt.NewParser(
			jwt.WithValidMethods(algorithmNames()),
			jwt.WithStrictDecoding(),
			jwt.WithExpirationRequired(),
			jwt.WithIssuer(c.Issuer),
			jwt.WithAudience(c.Audience),
			jwt.WithLeeway(leeway),
		),
	}
	if c.JWKSURL != "" {
		a.keys = newKeySet(fromURL(c.JWKSURL), c.AllowDevKeys, log)
		a.keys.from = "--jwks-url"
		return a, nil
	}
	source, from := fromFile(c.JWKSFile), "--jwks-file "+c.JWKSFile
	if c.UsesDevKey() {
		log.Info("tokens of the command token are believed", "key", c.DevKey)
		source, from = fromDevKey(c.DevKey), "--dev-key"
	}
	a.keys = newKeySet(source, c.AllowDevKeys, log)
	a.keys.from = from
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
				case apierror.Unavailable:
					w.Header().Set("Retry-After", retryAfter)
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
	if err := checkHeader(token); err != nil {
		return Identity{}, apierror.Wrap(apierror.InvalidToken, err)
	}
	var c claims
	_, err = a.parser.ParseWithClaims(token, &c, func(token *jwt.Token) (any, error) {
		return a.keys.find(r.Context(), token)
	})
	switch {
	case errors.Is(err, errNoKeys):
		return Identity{}, apierror.Wrap(apierror.Unavailable, err)
	case errors.Is(err, jwt.ErrTokenExpired):
		return Identity{}, apierror.New(apierror.InvalidToken, "the token has expired")
	case err != nil:
		return Identity{}, apierror.Wrap(apierror.InvalidToken, err)
	}
	return a.accept(&c)
}

// accept returns who c is about, if c can be theirs. Its signature and the
// claims that every token has are verified.
func (a *Authenticator) accept(c *claims) (Identity, error) {
	switch {
	case c.Subject == "":
		return Identity{}, apierror.New(apierror.InvalidToken, "the token has no subject")
	case !storable(c.Subject):
		return Identity{}, apierror.New(apierror.InvalidToken, "the subject of the token is too long, or has a NUL in it")
	case time.Until(c.ExpiresAt.Time) > a.maxLifetime+leeway:
		return Identity{}, apierror.New(apierror.InvalidToken, "the token is valid for longer than %s", a.maxLifetime)
	}
	roles, err := roles(c.all, a.rolesClaim)
	if err != nil {
		return Identity{}, apierror.Wrap(apierror.InvalidToken, err)
	}
	return c.identity(roles), nil
}

// challenge tells a client how to authenticate (RFC 6750, section 3).
func challenge(w http.ResponseWriter, problem string) {
	value := fmt.Sprintf("Bearer realm=%q", api.ServiceName)
	if problem != "" {
		value += fmt.Sprintf(", error=%q", problem)
	}
	w.Header().Set("WWW-Authenticate", value)
}
