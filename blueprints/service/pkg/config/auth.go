package config

import (
	"net"
	"net/url"

	"github.com/spf13/pflag"
)

// The ways of authentication, named by --auth.
const (
	AuthJWT  = "jwt"
	AuthNone = "none"
)

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
}

func (a *Auth) bind(fs *pflag.FlagSet) {
	fs.StringVar(&a.Mode, "auth", AuthJWT, "jwt or none; none only on a loopback address (default jwt in production, else none)")
	fs.StringVar(&a.JWKSURL, "jwks-url", "", "`URL` of the keys that sign tokens")
	fs.StringVar(&a.JWKSFile, "jwks-file", "", "`file` with the keys that sign tokens, instead of --jwks-url")
	fs.StringVar(&a.Issuer, "jwt-issuer", "", "issuer that a token must have")
	fs.StringVar(&a.Audience, "jwt-audience", "", "audience that a token must have")
}

// validateAuth lets nobody serve without authentication by mistake: not in
// production, and nowhere on an address that others reach.
func (c *Config) validateAuth(to *checker) {
	a := c.Auth
	to.oneOf("auth", a.Mode, AuthJWT, AuthNone)
	if a.Mode == AuthNone {
		to.check(c.Env != Production, "auth", "none is refused in production; use jwt")
		to.check(loopback(c.API.Addr), "auth", "none is refused unless --api-addr (%s) is a loopback address, and %q is not", Variable("api-addr"), c.API.Addr)
	}
	if a.Mode != AuthJWT {
		return
	}
	to.check(a.JWKSURL != "" || a.JWKSFile != "", "jwks-url", "--auth jwt needs it, or --jwks-file (%s)", Variable("jwks-file"))
	to.check(a.JWKSURL == "" || a.JWKSFile == "", "jwks-url", "goes without --jwks-file (%s)", Variable("jwks-file"))
	to.check(a.Issuer != "", "jwt-issuer", "--auth jwt needs it")
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
