package attack

import (
	"errors"
	"net"
	"net/http"
	"os"
	"sync"
	"testing"
	"time"
)

// slowClients is how many connections are held at once.
const slowClients = 300

// Clients that never come to the end of what they say are cut off, and keep
// nobody else from being served meanwhile.
func TestSlowClients(t *testing.T) {
	t.Parallel()
	a := newTarget(t, "--read-header-timeout=2s", "--request-timeout=1s")
	r := a.resources[len(a.resources)-1]
	beginnings := []string{
		"",
		"G",
		"GET " + r.path,
		"GET " + r.path + " HTTP/1.1\r\nHost: x\r\nX-Slow: ",
		head("POST", r.path, "Content-Type: application/json", "Content-Length: 1000000") + `{"x":"`,
		head("POST", r.path, "Content-Type: application/json", "Transfer-Encoding: chunked") + "fffff\r\n" + `{"x":"`,
	}
	var held sync.WaitGroup
	for n := range slowClients {
		conn := a.dial(t)
		if _, err := conn.Write([]byte(beginnings[n%len(beginnings)])); err != nil {
			t.Fatal(err)
		}
		held.Go(func() {
			if err := drip(conn); err != nil {
				t.Errorf("%q: %v", beginnings[n%len(beginnings)], err)
			}
		})
	}
	for range 100 {
		if got := a.fire(t, shot{http.MethodGet, r.path, nil, nil}); got.status != http.StatusOK {
			t.Errorf("beside %d slow clients: got %d", slowClients, got.status)
		}
	}
	held.Wait()
}

// drip sends one byte after the other, as long as the service listens. It returns
// an error if it listens for too long.
func drip(conn net.Conn) error {
	defer conn.Close()
	buffer := make([]byte, 1024)
	for end := time.Now().Add(patience); time.Now().Before(end); {
		if err := conn.SetReadDeadline(time.Now().Add(time.Second / 5)); err != nil {
			return err
		}
		_, err := conn.Read(buffer) // until it answers, or closes
		switch {
		case err == nil:
			continue
		case !errors.Is(err, os.ErrDeadlineExceeded):
			return nil
		}
		if _, err := conn.Write([]byte("x")); err != nil {
			return nil
		}
	}
	return errors.New("the service still listens")
}
