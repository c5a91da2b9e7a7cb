package db_test

import (
	"bytes"
	"net"
	neturl "net/url"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/trexgen/trexgen/blueprints/service/pkg/db"
)

// proxy is a network between the service and the server that can be broken
// without a word to either.
type proxy struct {
	url string // of the database, through the proxy

	mu       sync.Mutex
	changed  *sync.Cond // one of the below
	target   string
	closed   bool
	all      bool // is silent, else those up to
	silent   int
	accepted int
	pools    bool // poses as a pooler
	conns    map[net.Conn]bool
}

// newProxy starts a proxy in front of the server of url.
func newProxy(t *testing.T, url string) *proxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	through, err := neturl.Parse(url)
	if err != nil {
		t.Fatal(err)
	}
	through.Host = listener.Addr().String()
	p := &proxy{url: through.String(), conns: map[net.Conn]bool{}}
	p.changed = sync.NewCond(&p.mu)
	p.lead(t, url)
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			serving.Go(func() { p.serve(conn) })
		}
	})
	t.Cleanup(func() {
		p.change(func() { p.closed = true })
		if err := listener.Close(); err != nil {
			t.Error(err)
		}
		p.cut()
		serving.Wait()
	})
	return p
}

// lead has new connections go to the server of url.
func (p *proxy) lead(t *testing.T, url string) {
	t.Helper()
	server, err := db.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	address := net.JoinHostPort(server.Host, strconv.Itoa(int(server.Port)))
	if strings.HasPrefix(server.Host, "/") {
		address = server.Host + "/.s.PGSQL." + strconv.Itoa(int(server.Port))
	}
	p.change(func() { p.target = address })
}

// forget forwards nothing any more on the connections that there are, not even
// that an end was closed. Both ends stay connected to the proxy, whose system
// goes on answering keep-alives.
func (p *proxy) forget() { p.change(func() { p.silent = p.accepted }) }

// hush does so on new connections, too.
func (p *proxy) hush() { p.change(func() { p.all = true }) }

// resume forwards again, what was kept first.
func (p *proxy) resume() { p.change(func() { p.all, p.silent = false, 0 }) }

// cut closes all connections.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for conn := range p.conns {
		_ = conn.Close() // fails for one that is closed already
	}
}

// pose has new connections look as through a pooler, which cannot tell clients
// the process of the server that serves them.
func (p *proxy) pose() { p.change(func() { p.pools = true }) }

// disguise changes, in what the server says, the number of its process.
func (p *proxy) disguise(said []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if at := bytes.Index(said, []byte("K\x00\x00\x00\x0c")); p.pools && at >= 0 && len(said) > at+8 {
		said[at+8] ^= 1
	}
}

func (p *proxy) change(what func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	what()
	p.changed.Broadcast()
}

// pass waits until something of the connection of that number may be forwarded,
// and says to where.
func (p *proxy) pass(number int) (target string, open bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for (p.all || number <= p.silent) && !p.closed {
		p.changed.Wait()
	}
	return p.target, !p.closed
}

func (p *proxy) serve(client net.Conn) {
	defer client.Close()
	var number int
	p.change(func() {
		p.conns[client] = true
		p.accepted++
		number = p.accepted
	})
	target, open := p.pass(number)
	if !open {
		return
	}
	network := "tcp"
	if strings.HasPrefix(target, "/") {
		network = "unix"
	}
	server, err := net.Dial(network, target)
	if err != nil {
		return // as if the server refused
	}
	defer server.Close()
	p.change(func() { p.conns[server] = true })
	if _, open := p.pass(number); !open {
		return
	}
	var pumps sync.WaitGroup
	pumps.Go(func() { p.pump(number, server, client) })
	pumps.Go(func() { p.pump(number, client, server) })
	pumps.Wait()
}

// pump forwards what comes from one end to the other, and that it was closed.
func (p *proxy) pump(number int, to, from net.Conn) {
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		_, open := p.pass(number)
		p.disguise(buffer[:n])
		if open && n > 0 {
			if _, failed := to.Write(buffer[:n]); failed != nil {
				err = failed
			}
		}
		if err != nil || !open {
			_, _ = to.Close(), from.Close()
			return
		}
	}
}
