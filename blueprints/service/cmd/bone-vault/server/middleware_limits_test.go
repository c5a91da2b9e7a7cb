package server

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/trexgen/trexgen/blueprints/service/pkg/config"
)

// limited is a bench whose clients may send two requests in a minute.
func limited(t *testing.T) *bench {
	t.Helper()
	return newBench(t, ok, func(c *config.API) {
		c.RateLimit, c.MaxBodyBytes, c.TrustedProxies = 2, 4, []string{"127.0.0.0/8"}
	})
}

// a request: its path, and the headers besides.
type request struct {
	path    string
	headers []string
}

func TestClientsAreToldApart(t *testing.T) {
	t.Parallel()
	token := func(who string) request { return request{thing, []string{"Authorization", "Bearer " + who}} }
	from := func(addrs string) request { return request{thing, []string{"X-Forwarded-For", addrs}} }
	badFrom := func(addr string) request {
		return request{thing, []string{"X-Forwarded-For", addr, "Authorization", "Bearer bad"}}
	}
	tests := map[string]struct {
		requests []request
		want     []int
	}{
		"one address":                  {[]request{from("10.1.1.1"), from("10.1.1.1"), from("10.1.1.1"), from("10.1.1.2")}, []int{200, 200, 429, 200}},
		"one subject":                  {[]request{token("jane"), token("jane"), token("jane"), token("joe")}, []int{200, 200, 429, 200}},
		"a subject at many addresses":  {[]request{token("jane"), {thing, append(token("jane").headers, from("10.1.1.1").headers...)}, token("jane")}, []int{200, 200, 429}},
		"many subjects at an address":  {[]request{token("a"), token("b"), token("c"), token("d")}, []int{200, 200, 200, 200}},
		"bad tokens count by address":  {[]request{badFrom("10.1.1.1"), badFrom("10.1.1.1"), badFrom("10.1.1.1"), badFrom("10.1.1.2")}, []int{401, 401, 429, 401}},
		"bad tokens lock nobody out":   {[]request{badFrom("10.1.1.1"), badFrom("10.1.1.1"), badFrom("10.1.1.1"), token("jane")}, []int{401, 401, 429, 200}},
		"unknown paths count too":      {[]request{{"/a", nil}, {"/b", nil}, {"/c", nil}}, []int{404, 404, 429}},
		"a network of IPv6 is one":     {[]request{from("2001:db8::1"), from("2001:db8::2"), from("2001:db8::3"), from("2001:db8:0:1::1")}, []int{200, 200, 429, 200}},
		"nobody hides behind a claim":  {[]request{from("10.6.6.6, 10.1.1.1"), from("10.7.7.7, 10.1.1.1"), from("10.8.8.8, 10.1.1.1")}, []int{200, 200, 429}},
		"a claim that cannot be read":  {[]request{from("10.6.6.6, ??"), from("10.7.7.7, ??"), from("?")}, []int{200, 200, 429}},
		"IPv4 in two ways is the same": {[]request{from("10.1.1.1"), from("::ffff:10.1.1.1"), from("10.1.1.1:1234")}, []int{200, 200, 429}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := limited(t)
			for i, r := range tt.requests {
				got := b.do(t, http.MethodGet, r.path, r.headers...)
				if got.StatusCode != tt.want[i] {
					t.Errorf("request %d, %v: got %d, want %d", i+1, r, got.StatusCode, tt.want[i])
				}
			}
		})
	}
}

func TestTheAnswerSaysWhenToComeAgain(t *testing.T) {
	t.Parallel()
	b := limited(t)
	want := func(got reply, remaining, reset, after string) {
		t.Helper()
		header := got.Header
		if header.Get("RateLimit-Limit") != "2" || header.Get("RateLimit-Remaining") != remaining || header.Get("RateLimit-Reset") != reset || header.Get("Retry-After") != after {
			t.Errorf("got %v, want %s left, all in %s s, the next in %s s", header, remaining, reset, after)
		}
	}
	want(b.do(t, http.MethodGet, thing), "1", "30", "")
	want(b.do(t, http.MethodGet, thing), "0", "60", "")
	refused := b.do(t, http.MethodGet, thing, "Authorization", "Bearer bad")
	refused.mustBeError(t, http.StatusTooManyRequests, "34")
	want(refused, "0", "60", "30")
	if challenge := refused.Header.Get("WWW-Authenticate"); challenge != "" {
		t.Errorf("the answer asks for another token: %q", challenge)
	}
	if got := b.metrics.scrape(); !strings.Contains(got, `http_requests_refused_total{by="address"} 1`+"\n") {
		t.Error("the refusal is not counted")
	}
	b.limits.now = func() time.Time { return noon.Add(30 * time.Second) }
	want(b.do(t, http.MethodGet, thing), "0", "60", "")
}

func TestBodiesThatAreTooLargeCount(t *testing.T) {
	t.Parallel()
	b := limited(t)
	for _, status := range []int{http.StatusRequestEntityTooLarge, http.StatusRequestEntityTooLarge, http.StatusTooManyRequests} {
		if got := b.send(t, http.MethodPost, "/nowhere", strings.NewReader("fives")); got.StatusCode != status {
			t.Errorf("got %d, want %d", got.StatusCode, status)
		}
	}
}

func TestWithoutALimit(t *testing.T) {
	t.Parallel()
	b := newBench(t, ok, nil)
	for range 20 {
		got := b.do(t, http.MethodGet, thing)
		if got.StatusCode != http.StatusOK || got.Header.Get("RateLimit-Limit") != "" {
			t.Fatalf("got %d %v", got.StatusCode, got.Header)
		}
	}
}

func TestHeadersOfStrangersAreNotBelieved(t *testing.T) {
	t.Parallel()
	b := newBench(t, ok, func(c *config.API) { c.RateLimit, c.TrustedProxies = 1, []string{"10.0.0.0/8"} })
	b.do(t, http.MethodGet, thing)
	b.do(t, http.MethodGet, thing, "X-Forwarded-For", "10.1.2.3", "X-Real-Ip", "10.1.2.3").mustBeError(t, http.StatusTooManyRequests, "34")
}
