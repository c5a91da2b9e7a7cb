package webhooks

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"syscall"
	"time"

	"code.dny.dev/ssrf"
)

// ErrPrivateAddress says that an endpoint has an address that is not public,
// or, if private ones are allowed, one that no endpoint has.
var ErrPrivateAddress = errors.New("the address is not public")

// metadata are the addresses, beside the link-local ones, at which clouds hand
// the credentials of a machine to whoever asks from it. They lie in ranges that
// are private, or public.
var metadata = []netip.Addr{
	netip.MustParseAddr("100.100.100.200"), // Alibaba Cloud
	netip.MustParseAddr("168.63.129.16"),   // Azure
	netip.MustParseAddr("fd00:ec2::254"),   // Amazon
	netip.MustParseAddr("fd20:ce::254"),    // Google
}

// The ranges in which machines of one's own are. Link-local addresses are not
// among them: that is where the metadata is.
var (
	privateV4 = []netip.Prefix{
		netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("172.16.0.0/12"), netip.MustParsePrefix("192.168.0.0/16"),
		netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("127.0.0.0/8"),
	}
	privateV6 = []netip.Prefix{netip.MustParsePrefix("fc00::/7"), netip.MustParsePrefix("::1/128")}
)

// guard says to which addresses requests may go.
type guard struct {
	*ssrf.Guardian
	private bool // addresses are let through
}

func newGuard(allowPrivate bool) guard {
	options := []ssrf.Option{ssrf.WithAnyPort()}
	if allowPrivate {
		options = append(options, ssrf.WithAllowedV4Prefixes(privateV4...), ssrf.WithAllowedV6Prefixes(privateV6...))
	}
	return guard{ssrf.New(options...), allowPrivate}
}

// control is a net.Dialer's: it is called with the address that is about to be
// connected to, after all names have been resolved.
func (g guard) control(_ context.Context, network, address string, _ syscall.RawConn) error {
	if network != "tcp4" && network != "tcp6" {
		return fmt.Errorf("%w: %s", ssrf.ErrProhibitedNetwork, network)
	}
	addr, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	return g.check(addr.Addr())
}

// check says why no request may go to addr, and what would let it.
func (g guard) check(addr netip.Addr) error {
	addr = addr.Unmap() // ::ffff:10.0.0.1 leads to 10.0.0.1
	if slices.Contains(metadata, addr.WithZone("")) {
		return fmt.Errorf("%w: %s hands out credentials", ErrPrivateAddress, addr)
	}
	err := g.SafeAddr(addr)
	switch {
	case err == nil:
		return nil
	case !g.private && newGuard(true).check(addr) == nil:
		return fmt.Errorf("%w; allow private addresses if that is meant: %w", ErrPrivateAddress, err)
	}
	return fmt.Errorf("%w: %w", ErrPrivateAddress, err)
}

const (
	// maxHeader bounds the header of an answer, maxAnswer what is read of its
	// body so that the connection can be used again.
	maxHeader = 64 << 10
	maxAnswer = 64 << 10

	// maxIdle connections to an endpoint are kept: more than there are workers.
	maxIdle = 64
)

// newClient returns a client that connects to what guard lets through. It
// follows no redirects and goes through no proxy: to a guard, all that is behind
// a proxy is one address. resolver may be nil.
func newClient(g guard, resolver *net.Resolver) *http.Client {
	dialer := &net.Dialer{Timeout: DefaultTimeout, KeepAlive: 30 * time.Second, ControlContext: g.control, Resolver: resolver}
	return &http.Client{
		Transport: &http.Transport{
			Proxy:                  nil,
			DialContext:            dialer.DialContext,
			ForceAttemptHTTP2:      true,
			TLSHandshakeTimeout:    DefaultTimeout,
			MaxIdleConnsPerHost:    maxIdle,
			IdleConnTimeout:        90 * time.Second,
			MaxResponseHeaderBytes: maxHeader,
			DisableCompression:     true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
