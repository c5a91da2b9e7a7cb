package config_test

import (
	"net/netip"
	"slices"
	"testing"

	"github.com/trexgen/trexgen/blueprints/service/pkg/config"
)

func TestProxiesAreNetworksOrAddresses(t *testing.T) {
	t.Parallel()
	a := config.API{TrustedProxies: []string{"10.1.2.3/8", "192.0.2.7", "2001:db8::/32", "::ffff:192.0.2.8"}}
	got, err := a.Proxies()
	if err != nil {
		t.Fatal(err)
	}
	var want []netip.Prefix
	for _, text := range []string{"10.0.0.0/8", "192.0.2.7/32", "2001:db8::/32", "192.0.2.8/32"} {
		want = append(want, netip.MustParsePrefix(text))
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
