package config

import (
	"net"
	"net/url"
	"time"

	"github.com/spf13/pflag"
)

// The ways of authentication, named by --auth.
const (
	AuthJWT  = "jwt"
	AuthNone = "none"
)

// DevIssuer and DevAudience are those of the tokens that the command token
// makes. Only development believes them.
const (
	DevIssuer   = "bone-vault-development"
	DevAudience = "bone-vault"
)

// defaultDevKey is where developers' machines have the key of their tokens.
const defaultDevKey = ".dev/token-key.json"

// Auth is the configuration of authentication.
type Auth struct {
	// Mode is AuthJWT or AuthNone.
	Mode string

	// JWKSURL or JWKSFile, one of them, is where the keys of tokens come from.
	JWKSURL  string
	JWKSFile string

	// Issuer and Audience must be those of a token.
	Issuer   string
	Audience string

	// RolesClaim is where a token has its roles: the name of a claim, or the
	// names that lead to one in others, with dots between them.
	RolesClaim string

	// MaxLifetime is how far off the expiry of a token may be.
	MaxLifetime time.Duration

	// DevKey is the file of the key that the command token signs with. Without
	// keys from elsewhere, it is what is believed.
	DevKey string

	// AllowDevKeys lets keys be believed that are marked as those of a
	// developer. Load sets it; it is never true in production.
	AllowDevKeys bool
}

// UsesDevKey tells whether the tokens of the command token are believed.
func (a *Auth) UsesDevKey() bool {
	return a.Mode == AuthJWT && a.JWKSURL == "" && a.JWKSFile == "" && a.DevKey != ""
}

func (a *Auth) bind(fs *pflag.FlagSet) {
	fs.StringVar(&a.Mode, "auth", AuthJWT, "jwt or none; none only on a loopback address (default jwt in production, else none)")
	fs.StringVar(&a.JWKSURL, "jwks-url", "", "`URL` of the keys that sign tokens")
	fs.StringVar(&a.JWKSFile, "jwks-file", "", "`file` with the keys that sign tokens, instead of --jwks-url")
	fs.StringVar(&a.Issuer, "jwt-issuer", "", "issuer that a token must have")
	fs.StringVar(&a.Audience, "jwt-audience", "", "audience that a token must have")
	a.bindTokens(fs)
}

// bindTokens binds what the commands serve and token have to agree on.
func (a *Auth) bindTokens(fs *pflag.FlagSet) {
	fs.StringVar(&a.RolesClaim, "jwt-roles-claim", "roles", "`claim` with the roles, or the path to it: realm_access.roles")
	fs.DurationVar(&a.MaxLifetime, "jwt-max-lifetime", 24*time.Hour, "tokens that are valid for longer are refused")
	fs.StringVar(&a.DevKey, "dev-key", "", "`file` of the key of the command token, believed if no others are named; never in production (default "+defaultDevKey+" in development)")
}

// complete fills in what follows from the environment and the other values.
func (a *Auth) complete(env string) {
	a.AllowDevKeys = env == Development || (env == Testing && a.DevKey != "")
	if !a.UsesDevKey() {
		return
	}
	if a.Issuer == "" {
		a.Issuer = DevIssuer
	}
	if a.Audience == "" {
		a.Audience = DevAudience
	}
}

// validateAuth lets nobody serve without authentication by mistake: not in
// production, and nowhere on an address that others reach.
func (c *Config) validateAuth(to *checker) {
	a := c.Auth
	to.oneOf("auth", a.Mode, AuthJWT, AuthNone)
	to.check(a.RolesClaim != "", "jwt-roles-claim", "is the name of a claim, such as roles")
	to.positive("jwt-max-lifetime", a.MaxLifetime)
	to.check(c.Env != Production || a.DevKey == "", "dev-key", "production believes no tokens of developers; leave it out and name the keys of an issuer with --jwks-url")
	if a.Mode == AuthNone {
		to.check(c.Env != Production, "auth", "none is refused in production; use jwt")
		// Who names keys means that tokens are asked for.
		for flag, value := range map[string]string{"jwks-url": a.JWKSURL, "jwks-file": a.JWKSFile} {
			to.check(value == "", flag, "goes with --auth=jwt (%s): with none, nobody is asked for a token", Variable("auth"))
		}
		to.check(a.DevKey == defaults[c.Env]["dev-key"] || c.Env == Production, "dev-key", "goes with --auth=jwt (%s): with none, nobody is asked for a token", Variable("auth"))
		to.check(loopback(c.API.Addr), "auth", "none is refused unless --api-addr (%s) is a loopback address, and %q is not", Variable("api-addr"), c.API.Addr)
	}
	switch {
	case a.Mode != AuthJWT:
	case a.UsesDevKey():
		to.check(a.Issuer == DevIssuer, "jwt-issuer", "goes with --jwks-url or --jwks-file; tokens of --dev-key have the issuer %s", DevIssuer)
		to.check(a.Audience == DevAudience, "jwt-audience", "goes with --jwks-url or --jwks-file; tokens of --dev-key have the audience %s", DevAudience)
	default:
		c.validateKeys(to)
	}
}

// validateKeys checks where keys and tokens of an issuer come from.
func (c *Config) validateKeys(to *checker) {
	a := c.Auth
	to.check(a.JWKSURL != "" || a.JWKSFile != "", "jwks-url", "--auth jwt needs it, or --jwks-file (%s)", Variable("jwks-file"))
	to.check(a.JWKSURL == "" || a.JWKSFile == "", "jwks-url", "goes without --jwks-file (%s)", Variable("jwks-file"))
	to.check(a.DevKey == defaults[c.Env]["dev-key"] || c.Env == Production, "dev-key", "goes without --jwks-url and --jwks-file")
	to.check(a.Issuer != "", "jwt-issuer", "--auth jwt needs it")
	to.check(a.Issuer != DevIssuer || c.Env == Development, "jwt-issuer", "%s is the issuer of developers' tokens; name your own", DevIssuer)
	to.check(a.Audience != "", "jwt-audience", "--auth jwt needs it")
	if a.JWKSURL != "" {
		u, err := url.Parse(a.JWKSURL)
		to.check(err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "", "jwks-url", "%q is no http(s) URL", a.JWKSURL)
		// Who can change the keys on their way can sign any token.
		to.check(err != nil || u.Scheme != "http" || c.Env != Production, "jwks-url", "production needs https")
	}
}

// loopback reports whether only this machine reaches addr.
func loopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}
