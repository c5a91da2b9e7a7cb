package config

import (
	"errors"
	"fmt"
	"net/netip"
	"time"

	"github.com/spf13/pflag"
)

// API is the configuration of the API's server.
type API struct {
	// Addr is host:port.
	Addr string

	// TLSCert and TLSKey are files in PEM; both or none.
	TLSCert string
	TLSKey  string

	// MaxBodyBytes is the largest body of a request.
	MaxBodyBytes int64

	// RequestTimeout bounds one request, ReadHeaderTimeout its header and
	// IdleTimeout the wait for the next one on a connection.
	RequestTimeout    time.Duration
	ReadHeaderTimeout time.Duration
	IdleTimeout       time.Duration

	// CORSOrigins may call from browsers; none turns CORS off.
	CORSOrigins []string

	// RateLimit is the number of requests in a minute from one client: who shows
	// a token, else an address. 0 is no limit.
	RateLimit int

	// TrustedProxies are the networks of those who may say in X-Forwarded-For
	// whom they pass a request on for, as address or CIDR.
	TrustedProxies []string
}

func (a *API) bind(fs *pflag.FlagSet) {
	fs.StringVar(&a.Addr, "api-addr", "localhost:8000", "`address` of the API")
	fs.StringVar(&a.TLSCert, "tls-cert", "", "`file` with the certificate of the API; none serves plain HTTP")
	fs.StringVar(&a.TLSKey, "tls-key", "", "`file` with the key of --tls-cert")
	fs.Int64Var(&a.MaxBodyBytes, "max-body-bytes", 1<<20, "largest body of a request")
	fs.DurationVar(&a.RequestTimeout, "request-timeout", 30*time.Second, "time for one request")
	fs.DurationVar(&a.ReadHeaderTimeout, "read-header-timeout", 5*time.Second, "time for the header of a request")
	fs.DurationVar(&a.IdleTimeout, "idle-timeout", 2*time.Minute, "time that a connection may idle between requests")
	fs.StringSliceVar(&a.CORSOrigins, "cors-origins", nil, "`origins` that may call from a browser; none turns CORS off")
	fs.IntVar(&a.RateLimit, "rate-limit", 6000, "requests a minute from one subject of tokens, or from one address without a token; 0 is no limit (default 6000, 0 in development and testing)")
	fs.StringSliceVar(&a.TrustedProxies, "trusted-proxies", nil, "`networks` of proxies, such as 10.0.0.0/8, whose X-Forwarded-For is believed")
}

func (a *API) validate(to *checker) {
	to.check((a.TLSCert == "") == (a.TLSKey == ""), "tls-cert", "goes together with --tls-key")
	to.atLeast("max-body-bytes", 1, a.MaxBodyBytes)
	to.atLeast("rate-limit", 0, int64(a.RateLimit))
	to.positive("request-timeout", a.RequestTimeout)
	to.positive("read-header-timeout", a.ReadHeaderTimeout)
	to.positive("idle-timeout", a.IdleTimeout)
	_, err := a.Proxies()
	to.errors("trusted-proxies", err)
}

// Proxies are TrustedProxies, read. The error lists all that are no network.
func (a *API) Proxies() ([]netip.Prefix, error) {
	var networks []netip.Prefix
	var problems []error
	for _, text := range a.TrustedProxies {
		if network, err := netip.ParsePrefix(text); err == nil {
			networks = append(networks, network.Masked())
		} else if addr, err := netip.ParseAddr(text); err == nil && addr.Zone() == "" {
			networks = append(networks, netip.PrefixFrom(addr.Unmap(), addr.Unmap().BitLen()))
		} else {
			problems = append(problems, fmt.Errorf("%q is no network such as 10.0.0.0/8", text))
		}
	}
	return networks, errors.Join(problems...)
}
