package config

import (
	"net/url"
	"time"

	"github.com/spf13/pflag"
)

// AuthorizerOCM is the name of the access review of package ocm for
// --authorizer.
const AuthorizerOCM = "ocm"

// maxOCMCache bounds how long somebody can go on whose rights were withdrawn.
const maxOCMCache = 10 * time.Minute

// OCM is the configuration of the access review.
type OCM struct {
	// URL is that of the service, TokenURL that of the tokens for it, which are
	// for ClientID and ClientSecret.
	URL          string
	TokenURL     string
	ClientID     string
	ClientSecret Secret

	// Timeout bounds the wait for an answer, Cache is how long one counts.
	Timeout time.Duration
	Cache   time.Duration

	// Mock has the rules that decide instead of the service. They are checked
	// where they are read.
	Mock []string
}

func (o *OCM) bind(fs *pflag.FlagSet) {
	fs.StringVar(&o.URL, "ocm-url", "", "`URL` of the access review that --authorizer=ocm asks, such as https://api.openshift.com")
	fs.StringVar(&o.TokenURL, "ocm-token-url", "", "`URL` of the tokens for --ocm-url, by client credentials")
	fs.StringVar(&o.ClientID, "ocm-client-id", "", "`id` of this service there")
	fs.Var(&o.ClientSecret, "ocm-client-secret", "secret of this service there")
	fs.DurationVar(&o.Timeout, "ocm-timeout", 5*time.Second, "time for an answer of --ocm-url")
	fs.DurationVar(&o.Cache, "ocm-cache", 30*time.Second, "how long an answer counts; 0 asks each time")
	fs.StringSliceVar(&o.Mock, "ocm-mock", nil, "`rules` username:action:type that decide instead of --ocm-url, each part may be *; never in production")
	annotate(fs, "ocm-client-secret")
}

// validateOCM checks what --authorizer=ocm needs. Nobody asks for a decision by
// mocks by mistake, and nobody's credentials go over an open line.
func (c *Config) validateOCM(to *checker) {
	o := c.OCM
	to.check(len(o.Mock) == 0 || c.Env != Production, "ocm-mock", "production decides by no mock; leave it out and name the service with --ocm-url")
	if c.Authorization.Authorizer != AuthorizerOCM {
		return
	}
	to.check(c.Auth.Mode == AuthJWT, "authorizer", "ocm asks about the account of a token; give --auth=jwt")
	to.positive("ocm-timeout", o.Timeout)
	to.check(o.Cache >= 0 && o.Cache <= maxOCMCache, "ocm-cache", "%s is not between 0 and %s", o.Cache, maxOCMCache)
	if len(o.Mock) > 0 {
		to.check(o.URL == "", "ocm-url", "goes without --ocm-mock (%s)", Variable("ocm-mock"))
		return
	}
	to.serviceURL("ocm-url", o.URL, c.Env)
	to.serviceURL("ocm-token-url", o.TokenURL, c.Env)
	to.check(o.ClientID != "", "ocm-client-id", "--authorizer=ocm needs it")
	to.check(o.ClientSecret.Reveal() != "", "ocm-client-secret", "--authorizer=ocm needs it; %s_FILE is read too", Variable("ocm-client-secret"))
}

// serviceURL takes an address that credentials are sent to. What is wrong is
// not shown: there may be a password in it.
func (c *checker) serviceURL(flag, text, env string) {
	if text == "" {
		c.check(false, flag, "--authorizer=ocm needs it")
		return
	}
	u, err := url.Parse(text)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" {
		c.check(false, flag, "is no http(s) URL")
		return
	}
	c.check(u.User == nil && u.RawQuery == "" && u.Fragment == "", flag, "has a user, a query or a fragment, which it goes without")
	c.check(u.Scheme == "https" || env != Production, flag, "production needs https")
}
