package webhooks

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"

	"code.dny.dev/ssrf"
	"golang.org/x/net/dns/dnsmessage"
)

func TestGuard(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		addr            string
		public, private bool // may be called by default, and if private ones are allowed
	}{
		{"1.1.1.1", true, true},
		{"2606:4700:4700::1111", true, true},
		{"127.0.0.1", false, true},
		{"127.8.9.10", false, true},
		{"::1", false, true},
		{"10.1.2.3", false, true},
		{"172.16.0.1", false, true},
		{"192.168.1.1", false, true},
		{"100.64.0.1", false, true},
		{"fd12:3456::1", false, true},
		{"::ffff:127.0.0.1", false, true},
		{"::ffff:10.0.0.1", false, true},
		{"::ffff:1.1.1.1", true, true},
		{"0.0.0.0", false, false},
		{"::", false, false},
		{"169.254.169.254", false, false},
		{"::ffff:169.254.169.254", false, false},
		{"fe80::1", false, false},
		{"fe80::1%eth0", false, false},
		{"100.100.100.200", false, false},
		{"168.63.129.16", false, false},
		{"fd00:ec2::254", false, false},
		{"fd20:ce::254", false, false},
		{"224.0.0.1", false, false},
		{"255.255.255.255", false, false},
		{"64:ff9b::7f00:1", false, false}, // 127.0.0.1 by NAT64
		{"2002:7f00:1::", false, false},   // and by 6to4
	} {
		for _, allowed := range []bool{false, true} {
			want := tt.public
			if allowed {
				want = tt.private
			}
			addr := netip.MustParseAddr(tt.addr)
			g := newGuard(allowed)
			network := "tcp4"
			if addr.Is6() {
				network = "tcp6"
			}
			checked := g.check(addr)
			dialed := g.control(t.Context(), network, netip.AddrPortFrom(addr, 8443).String(), nil)
			for name, err := range map[string]error{"checked": checked, "dialed": dialed} {
				if (err == nil) != want || err != nil && !errors.Is(err, ErrPrivateAddress) {
					t.Errorf("%s %s, private allowed %t: got %v, want it let through: %t", name, addr, allowed, err, want)
				}
				if helps := !allowed && tt.private; err != nil && strings.Contains(err.Error(), "allow private") != helps {
					t.Errorf("%s %s, private allowed %t: got %v, but that allowing it helps is %t", name, addr, allowed, err, helps)
				}
			}
		}
	}
	if err := newGuard(true).control(t.Context(), "udp4", "1.1.1.1:53", nil); !errors.Is(err, ssrf.ErrProhibitedNetwork) {
		t.Errorf("udp: got %v", err)
	}
}

// countingServer counts the connections that reach it on the loopback address.
func countingServer(t *testing.T) (*httptest.Server, *atomic.Int32) {
	t.Helper()
	var connections atomic.Int32
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	server.Start()
	t.Cleanup(server.Close)
	return server, &connections
}

// get asks a client that may not call private addresses for host.
func get(t *testing.T, host string, resolver *net.Resolver) error {
	t.Helper()
	client := newClient(newGuard(false), resolver)
	defer client.CloseIdleConnections()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+host+"/", nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := client.Do(request)
	if err == nil {
		err = answer.Body.Close()
	}
	return err
}

func TestPrivateAddressesAreNotCalled(t *testing.T) {
	t.Parallel()
	server, connections := countingServer(t)
	_, port, err := net.SplitHostPort(server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	for _, host := range []string{
		"localhost", "127.0.0.1", "127.1", "2130706433", "0x7f000001", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "0.0.0.0", "[::]",
	} {
		err := get(t, host+":"+port, nil)
		var unknown *net.DNSError // what is a number to some is the name of a host to others
		if !errors.Is(err, ErrPrivateAddress) && !errors.As(err, &unknown) {
			t.Errorf("%s: got %v, want that the address is private", host, err)
		}
	}
	if err := get(t, "169.254.169.254", nil); !errors.Is(err, ErrPrivateAddress) {
		t.Errorf("metadata: got %v", err)
	}
	if n := connections.Load(); n > 0 {
		t.Errorf("%d connections were made", n)
	}
}

func TestNameThatResolvesToAPrivateAddress(t *testing.T) {
	t.Parallel()
	server, connections := countingServer(t)
	_, port, _ := net.SplitHostPort(server.Listener.Addr().String())
	resolver := fakeDNS(t, func(int) [4]byte { return [4]byte{127, 0, 0, 1} })
	if err := get(t, "innocent.example.com:"+port, resolver); !errors.Is(err, ErrPrivateAddress) {
		t.Errorf("got %v, want that the address is private", err)
	}
	if n := connections.Load(); n > 0 {
		t.Errorf("%d connections were made", n)
	}
}

// A name that shows a public address to whoever checks it first, and a private
// one to whoever connects: there is nothing between the two here.
func TestNameThatIsReboundIsCheckedWhenItIsDialed(t *testing.T) {
	t.Parallel()
	server, connections := countingServer(t)
	_, port, _ := net.SplitHostPort(server.Listener.Addr().String())
	resolver := fakeDNS(t, func(query int) [4]byte {
		if query == 0 {
			return [4]byte{1, 1, 1, 1}
		}
		return [4]byte{127, 0, 0, 1}
	})
	first, err := resolver.LookupNetIP(t.Context(), "ip4", "rebound.example.com")
	if err != nil || newGuard(false).check(first[0]) != nil {
		t.Fatalf("the first look sees %v, %v; want a public address", first, err)
	}
	if err := get(t, "rebound.example.com:"+port, resolver); !errors.Is(err, ErrPrivateAddress) {
		t.Errorf("got %v, want that the address is private", err)
	}
	if n := connections.Load(); n > 0 {
		t.Errorf("%d connections were made", n)
	}
}

func TestProxyOfTheEnvironmentIsNotUsed(t *testing.T) {
	t.Parallel()
	transport, ok := newClient(newGuard(false), nil).Transport.(*http.Transport)
	if !ok || transport.Proxy != nil {
		t.Error("requests go through a proxy, behind which no address is checked")
	}
}

// fakeDNS returns a resolver that answers each question for an IPv4 address
// with what answer says, counting from 0, and knows no IPv6 addresses.
func fakeDNS(t *testing.T, answer func(query int) [4]byte) *net.Resolver {
	t.Helper()
	var config net.ListenConfig
	socket, err := config.ListenPacket(t.Context(), "udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		queries := 0
		buffer := make([]byte, 1500)
		for {
			n, from, err := socket.ReadFrom(buffer)
			if err != nil {
				return
			}
			reply, isA, err := replyTo(buffer[:n], answer(queries))
			if err != nil {
				t.Error(err)
				return
			}
			if isA {
				queries++
			}
			if _, err := socket.WriteTo(reply, from); err != nil {
				t.Error(err)
			}
		}
	}()
	t.Cleanup(func() {
		_ = socket.Close()
		<-ended
	})
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var dialer net.Dialer
		return dialer.DialContext(ctx, "udp4", socket.LocalAddr().String())
	}}
}

func replyTo(query []byte, address [4]byte) (reply []byte, isA bool, err error) {
	var message dnsmessage.Message
	if err := message.Unpack(query); err != nil || len(message.Questions) != 1 {
		return nil, false, fmt.Errorf("%d questions: %w", len(message.Questions), err)
	}
	question := message.Questions[0]
	message.Response, message.RecursionAvailable, message.Additionals = true, true, nil
	if isA = question.Type == dnsmessage.TypeA; isA {
		header := dnsmessage.ResourceHeader{Name: question.Name, Type: question.Type, Class: question.Class}
		message.Answers = []dnsmessage.Resource{{Header: header, Body: &dnsmessage.AResource{A: address}}}
	}
	reply, err = message.Pack()
	return reply, isA, err
}
