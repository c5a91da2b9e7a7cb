package attack

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// dial opens a connection that is closed when the test ends.
func (a *target) dial(t testing.TB) net.Conn {
	t.Helper()
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", strings.TrimPrefix(a.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() }) // the service may have been first
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return conn
}

// say sends bytes as they are and returns the statuses of all that is answered,
// until the service closes the connection.
func (a *target) say(t testing.TB, text string) (statuses []int) {
	t.Helper()
	conn := a.dial(t)
	go func() { _, _ = io.WriteString(conn, text) }() // the service need not read it all
	reader := bufio.NewReader(conn)
	for {
		response, err := http.ReadResponse(reader, nil)
		if err != nil {
			return statuses
		}
		body, err := io.ReadAll(response.Body)
		if err := errors.Join(err, response.Body.Close()); err != nil {
			t.Errorf("%.300q: answer %d: %v", text, response.StatusCode, err)
		}
		got := answer{response.StatusCode, response.Header, body}
		a.tally.count(got.status)
		statuses = append(statuses, got.status)
		for _, leak := range leaks {
			if strings.Contains(string(body), leak) {
				t.Errorf("%.300q: %q is nobody's business: got %.500q", text, leak, body)
			}
		}
	}
}

// Statuses that package net/http answers with by itself: it does not know how to
// read the body, or the version.
var unreadable = []int{http.StatusBadRequest, http.StatusRequestHeaderFieldsTooLarge, http.StatusNotImplemented, http.StatusHTTPVersionNotSupported}

// Requests that others on the way may read otherwise, so that the rest of one
// becomes the next, are refused.
func TestRequestsThatAreNone(t *testing.T) {
	t.Parallel()
	a := newTarget(t)
	r := a.resources[len(a.resources)-1]
	for name, text := range broken(r.path) {
		for _, status := range a.say(t, text) {
			if !slices.Contains(unreadable, status) {
				t.Errorf("%s: got %d to %.300q, want none but %v", name, status, text, unreadable)
			}
		}
	}
	for name, body := range chunks {
		text := head("POST", r.path, "Content-Type: application/json", "Transfer-Encoding: chunked", "Connection: close") + body
		if got := a.say(t, text); !slices.Equal(got, []int{http.StatusBadRequest}) && !slices.Equal(got, []int{http.StatusMethodNotAllowed}) {
			t.Errorf("%s: got %v to %q, want 400", name, got, text)
		}
	}
	a.smuggle(t, r)
	if got := a.fire(t, shot{http.MethodGet, r.path, nil, nil}); got.status != http.StatusOK {
		t.Errorf("afterwards: got %d %s", got.status, got.body)
	}
}

// smuggle sends a request with two lengths: what stands behind the chunks is the
// next request, whatever Content-Length says, or is not read at all.
func (a *target) smuggle(t testing.TB, r resource) {
	t.Helper()
	hidden := head("GET", r.path+"?search=hidden", "Connection: close")
	for _, lengths := range [][]string{
		{fmt.Sprintf("Content-Length: %d", len("0\r\n\r\n"+hidden)), "Transfer-Encoding: chunked"},
		{"Transfer-Encoding: chunked", "Content-Length: 0"},
	} {
		text := head("GET", r.path, lengths...) + "0\r\n\r\n" + hidden
		got := a.say(t, text)
		if len(got) == 0 || len(got) > 2 || len(got) == 2 && got[1] != http.StatusBadRequest {
			t.Errorf("%q: got %v, want one answer, or two of which the second is to the hidden search", text, got)
		}
	}
}

// head is the beginning of a request.
func head(method, path string, lines ...string) string {
	return method + " " + path + " HTTP/1.1\r\nHost: x\r\n" + strings.Join(append(lines, "", ""), "\r\n")
}

// broken are requests that no one should try to understand.
func broken(path string) map[string]string {
	get := func(lines ...string) string { return head("GET", path, append(lines, "Connection: close")...) }
	post := func(body string, lines ...string) string {
		return head("POST", path, append(lines, "Content-Type: application/json", "Connection: close")...) + body
	}
	requests := map[string]string{
		"no host":          "GET " + path + " HTTP/1.1\r\n\r\n",
		"two hosts":        get("Host: y"),
		"a bad host":       "GET " + path + " HTTP/1.1\r\nHost: a b\r\n\r\n",
		"an early space":   "GET " + path + " HTTP/1.1\r\n Host: x\r\n\r\n",
		"a space in name":  get("X : y"),
		"no name":          get(": y"),
		"no colon":         get("X"),
		"a bad name":       get("X[]: y"),
		"NUL":              get("X: a\x00b"),
		"a control":        get("X: a\x01b"),
		"no version":       "GET " + path + "\r\n\r\n",
		"another version":  "GET " + path + " HTTP/9.9\r\nHost: x\r\n\r\n",
		"a broken version": "GET " + path + " HTTP/1.1x\r\nHost: x\r\n\r\n",
		"two spaces":       "GET  " + path + " HTTP/1.1\r\nHost: x\r\n\r\n",
		"spaces in path":   "GET " + path + "/a b HTTP/1.1\r\nHost: x\r\n\r\n",
		"a bad escape":     head("GET", path+"/%zz"),
		"NUL in path":      head("GET", path+"/\x00"),
		"a control there":  head("GET", path+"/\x01"),
		"no slash":         head("GET", "x"),
		"a bad method":     head("G ET", path),
		"no method":        head("", path),
		"noise":            "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + strings.Repeat("\x00", 100) + "\r\n\r\n",
		"a long line":      head("GET", path+"?search="+strings.Repeat("x", 200_000)),
		"a long header":    get("X: " + strings.Repeat("x", 200_000)),
		"many headers":     get(strings.Repeat("X: y\r\n", 40_000) + "X: y"),
		"many names":       get(numbered(20_000)...),
		"two lengths":      post("{}", "Content-Length: 2", "Content-Length: 1"),
		"two in one":       post("{}", "Content-Length: 2, 1"),
		"encoded twice":    post("0\r\n\r\n", "Transfer-Encoding: chunked, chunked"),
		"on two lines":     post("0\r\n\r\n", "Transfer-Encoding: chunked", "Transfer-Encoding: identity"),
		"not chunked last": post("0\r\n\r\n", "Transfer-Encoding: chunked, gzip"),
	}
	for _, length := range []string{"-1", "+2", "0x2", "2 2", "1e1", "2x", "", "99999999999999999999", "2\x0b"} {
		requests["length "+length] = post("{}", "Content-Length: "+length)
	}
	for _, encoding := range []string{"x", "xchunked", "identity", "chunked\x0b", "\"chunked\"", "chunked;x=1", "gzip"} {
		requests["encoding "+encoding] = post("0\r\n\r\n", "Transfer-Encoding: "+encoding)
	}
	return requests
}

func numbered(n int) []string {
	lines := make([]string, n)
	for i := range lines {
		lines[i] = fmt.Sprintf("X-%d: y", i)
	}
	return lines
}

// chunks are bodies in pieces that do not fit together.
var chunks = map[string]string{
	"no number":        "zz\r\n{}\r\n0\r\n\r\n",
	"below zero":       "-2\r\n{}\r\n0\r\n\r\n",
	"hexadecimal":      "0x2\r\n{}\r\n0\r\n\r\n",
	"beyond numbers":   "fffffffffffffffff\r\n{}\r\n0\r\n\r\n",
	"too short":        "1\r\n{}\r\n0\r\n\r\n",
	"no line between":  "2\r\n{}0\r\n\r\n",
	"nothing":          "\r\n",
	"a long extension": "2;" + strings.Repeat("x", 100_000) + "\r\n{}\r\n0\r\n\r\n",
	"a space":          "2 2\r\n{}\r\n0\r\n\r\n",
}
