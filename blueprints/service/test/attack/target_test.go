package attack

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/trexgen/trexgen/blueprints/service/test"
)

// patience bounds the wait for one answer.
const patience = 30 * time.Second

// target is a service under attack, and what its document says of it.
type target struct {
	*test.Service
	contract  *test.Contract
	resources []resource
	client    *http.Client
	tally     tally
}

// newTarget starts a service with further flags of the command serve. When the
// test ends, it logs what was tried, and reports what the service's log has that
// it should not.
func newTarget(t testing.TB, flags ...string) *target {
	t.Helper()
	log := &journal{}
	t.Cleanup(func() { log.check(t) })
	// Warnings too: package net/http warns of panics that nobody recovers from.
	s := test.Start(watched{t, log}, append([]string{"--log-level=warn"}, flags...)...)
	a := &target{Service: s, contract: s.Contract(t), client: newClient()}
	a.resources = findResources(t, a.contract.Document)
	t.Cleanup(func() {
		a.client.CloseIdleConnections()
		a.tally.report(t)
	})
	return a
}

func newClient() *http.Client {
	return &http.Client{
		Timeout:       patience,
		Transport:     &http.Transport{MaxIdleConnsPerHost: workers, DisableCompression: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// shot is one request.
type shot struct {
	method string
	path   string // with the query, as it goes over the wire
	header http.Header
	body   []byte
}

func (s shot) String() string {
	return fmt.Sprintf("%s %.1000q with %.500q and the body %.500q", s.method, s.path, s.header, s.body)
}

// answer is what came back. A stream is only read to its beginning.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// fire sends s and reports an answer that no request may get. It may be called
// in any goroutine. The answer is zero if there was none.
func (a *target) fire(t testing.TB, s shot) answer {
	t.Helper()
	got, problem := a.try(t, s)
	a.tally.count(got.status)
	if problem != nil {
		t.Errorf("%v: %v", s, problem)
	}
	return got
}

func (a *target) try(t testing.TB, s shot) (answer, error) {
	r, err := http.NewRequestWithContext(t.Context(), s.method, a.URL+s.path, bytes.NewReader(s.body))
	if err != nil {
		return answer{}, err
	}
	if s.body == nil {
		r.Body = http.NoBody
	}
	if s.header != nil {
		r.Header = s.header.Clone()
	}
	response, err := a.client.Do(r)
	if err != nil {
		return answer{}, err
	}
	got := answer{status: response.StatusCode, header: response.Header}
	if got.body, err = readAnswer(response); err != nil {
		return got, err
	}
	if problem := got.fault(); problem != nil {
		return got, problem
	}
	return got, a.contract.Check(test.Exchange{Request: r, Sent: s.body, Status: got.status, Header: got.header, Body: got.body})
}

// readAnswer reads the body, of which a stream has no end.
func readAnswer(response *http.Response) (body []byte, err error) {
	if !strings.HasPrefix(response.Header.Get("Content-Type"), "text/event-stream") {
		body, err = io.ReadAll(response.Body)
	}
	if closeErr := response.Body.Close(); err == nil {
		err = closeErr
	}
	return body, err
}

// leaks are signs of what lies behind the API. No request of these tests has
// one, so that none is an echo.
var leaks = []string{
	"SQLSTATE", "pgconn", "gorm", "syntax error at or near", "unterminated quoted", "does not exist", "goroutine ", "runtime error",
	".go:", "/root/", "/home/", "localhost:", "127.0.0.1",
}

// fault returns what is wrong with an answer whatever the request was.
func (r answer) fault() error {
	if r.status >= http.StatusInternalServerError {
		return fmt.Errorf("got %d %.500s", r.status, r.body)
	}
	if r.status < http.StatusBadRequest {
		return nil // objects hold what clients put there
	}
	if r.header.Get("X-Operation-Id") == "" {
		return fmt.Errorf("got %d without the id of the operation", r.status)
	}
	for _, leak := range leaks {
		if bytes.Contains(r.body, []byte(leak)) {
			return fmt.Errorf("%q is nobody's business: got %d %.500s", leak, r.status, r.body)
		}
	}
	return nil
}

// workers is how many requests are made at a time.
var workers = 2 * runtime.GOMAXPROCS(0)

// spread calls work with each of n numbers, some at a time.
func spread(n int, work func(i int)) {
	var wg sync.WaitGroup
	next := make(chan int)
	for range workers {
		wg.Go(func() {
			for i := range next {
				work(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	wg.Wait()
}

// query is a path with one parameter.
func query(path, name, value string) string { return path + "?" + name + "=" + url.QueryEscape(value) }

func jsonHeader() http.Header { return http.Header{"Content-Type": {"application/json"}} }
