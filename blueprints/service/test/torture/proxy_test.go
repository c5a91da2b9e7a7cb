package torture

import (
	"errors"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
)

// proxy stands between the service and its database, and spoils connections.
type proxy struct {
	listener net.Listener
	target   string

	mu    sync.Mutex
	links map[*link]bool
}

// link is one connection through the proxy.
type link struct {
	client, server *net.TCPConn
	silent         atomic.Bool
	cut            func()
}

// newProxy starts a proxy for the server of target, a URL, until the test ends.
// It returns the URL that leads through it.
func newProxy(t testing.TB, target string) (*proxy, string) {
	t.Helper()
	address, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{listener: listener, target: address.Host, links: map[*link]bool{}}
	var accepting sync.WaitGroup
	accepting.Go(p.accept)
	t.Cleanup(func() {
		if err := listener.Close(); err != nil {
			t.Error(err)
		}
		accepting.Wait()
		p.cut(func(int) bool { return true })
	})
	address.Host = listener.Addr().String()
	return p, address.String()
}

func (p *proxy) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return // closed
		}
		go p.connect(client.(*net.TCPConn))
	}
}

// connect links client to the server; one that is away refuses.
func (p *proxy) connect(client *net.TCPConn) {
	server, err := net.Dial("tcp", p.target)
	if err != nil {
		reset(client)
		return
	}
	l := &link{client: client, server: server.(*net.TCPConn)}
	l.cut = sync.OnceFunc(func() {
		reset(l.client)
		reset(l.server)
		p.mu.Lock()
		delete(p.links, l)
		p.mu.Unlock()
	})
	p.mu.Lock()
	p.links[l] = true
	p.mu.Unlock()
	go l.copy(l.client, l.server)
	go l.copy(l.server, l.client)
}

// copy copies until one side ends. Of a link that has gone silent neither side
// hears any more, not even of the other's end: that is what makes it silent.
func (l *link) copy(to, from *net.TCPConn) {
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		if l.silent.Load() {
			if err != nil {
				return
			}
			continue
		}
		if err == nil {
			_, err = to.Write(buffer[:n])
		}
		if err != nil {
			l.cut()
			return
		}
	}
}

// reset closes conn so that the other side hears of it at once.
func reset(conn *net.TCPConn) {
	_ = errors.Join(conn.SetLinger(0), conn.Close()) // an end that was there already
}

// chosen are those of the links that which names by their number.
func (p *proxy) chosen(which func(int) bool) []*link {
	p.mu.Lock()
	defer p.mu.Unlock()
	var chosen []*link
	number := 0
	for l := range p.links {
		if which(number) {
			chosen = append(chosen, l)
		}
		number++
	}
	return chosen
}

// cut cuts the connections that which names, and returns how many.
func (p *proxy) cut(which func(int) bool) int {
	chosen := p.chosen(which)
	for _, l := range chosen {
		l.cut()
	}
	return len(chosen)
}

// silence swallows all that is sent through the connections of this moment until
// end is called, which cuts them.
func (p *proxy) silence() (end func()) {
	chosen := p.chosen(func(int) bool { return true })
	for _, l := range chosen {
		l.silent.Store(true)
	}
	return func() {
		for _, l := range chosen {
			l.cut()
		}
	}
}
