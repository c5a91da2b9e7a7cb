package client_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/trexgen/trexgen/blueprints/service/pkg/client"
)

var errLost = errors.New("connection lost")

// moody is a service that fails in its ways, one after the other, before it says
// yes.
type moody struct {
	ways   []string // "" loses the connection, a text is a Retry-After with 503
	keys   []string
	bodies []string
	asked  []time.Duration // after the start
	start  time.Time
}

func (m *moody) RoundTrip(r *http.Request) (*http.Response, error) {
	m.asked = append(m.asked, time.Since(m.start))
	m.keys = append(m.keys, r.Header.Get("Idempotency-Key"))
	if r.Body != nil {
		body, _ := io.ReadAll(r.Body)
		m.bodies = append(m.bodies, string(body))
	}
	n := len(m.asked) - 1
	switch {
	case n >= len(m.ways):
		return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, nil
	case m.ways[n] == "":
		return nil, errLost
	}
	header := http.Header{"Retry-After": {m.ways[n]}}
	return &http.Response{StatusCode: http.StatusServiceUnavailable, Header: header, Body: io.NopCloser(strings.NewReader("later"))}, nil
}

// send sends a request with the body "x" by a client with these options, and
// returns the status of the answer.
func send(t *testing.T, m *moody, options client.Options, method string, headers ...string) (status int, err error) {
	t.Helper()
	m.start = time.Now()
	options.Transport = m
	r, err := http.NewRequestWithContext(t.Context(), method, "http://example.com", strings.NewReader("x"))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	answer, err := client.New(options).Do(r)
	if err != nil {
		return 0, err
	}
	return answer.StatusCode, answer.Body.Close()
}

func TestRetriesKeepKeyAndBody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &moody{ways: []string{"", "no number", "3", "0", ""}}
		status, err := send(t, m, client.Options{Retries: 5, IdempotencyKeys: true}, http.MethodPost)
		if err != nil || status != http.StatusOK || len(m.asked) != 6 {
			t.Fatalf("got %d, %v after %d requests", status, err, len(m.asked))
		}
		for i := range m.asked {
			if m.keys[i] == "" || m.keys[i] != m.keys[0] || m.bodies[i] != "x" {
				t.Errorf("request %d has the key %q and the body %q", i, m.keys[i], m.bodies[i])
			}
		}
		for i, want := range []struct{ least, most time.Duration }{
			{50 * time.Millisecond, 100 * time.Millisecond},
			{100 * time.Millisecond, 200 * time.Millisecond},
			{3 * time.Second, 3 * time.Second},
			{0, 0},
			{800 * time.Millisecond, 1600 * time.Millisecond},
		} {
			if pause := m.asked[i+1] - m.asked[i]; pause < want.least || pause > want.most {
				t.Errorf("pause %d is %s, want %s to %s", i, pause, want.least, want.most)
			}
		}
	})
}

func TestWhatIsSentAgain(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		options client.Options
		method  string
		headers []string
		ways    []string
		want    int
	}{
		"no retries":        {client.Options{}, http.MethodGet, nil, []string{""}, 1},
		"harmless":          {client.Options{Retries: 2}, http.MethodDelete, nil, []string{""}, 2},
		"POST":              {client.Options{Retries: 2}, http.MethodPost, nil, []string{""}, 1},
		"POST with its key": {client.Options{Retries: 2}, http.MethodPost, []string{"Idempotency-Key", "k"}, []string{""}, 2},
		"PATCH":             {client.Options{Retries: 2, IdempotencyKeys: true}, http.MethodPatch, nil, []string{""}, 1},
		"always lost":       {client.Options{Retries: 2}, http.MethodGet, nil, []string{"", "", "", ""}, 3},
		"much later":        {client.Options{Retries: 2}, http.MethodGet, nil, []string{"11"}, 1},
		"after the timeout": {client.Options{Retries: 2, Timeout: time.Second}, http.MethodGet, nil, []string{"2"}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := &moody{ways: test.ways}
				status, err := send(t, m, test.options, test.method, test.headers...)
				if len(m.asked) != test.want {
					t.Errorf("%d requests, want %d; got %d, %v", len(m.asked), test.want, status, err)
				}
				if lost := len(test.ways) >= test.want && test.ways[test.want-1] == ""; lost != errors.Is(err, errLost) {
					t.Errorf("got the error %v", err)
				}
			})
		})
	}
}

func TestKeysAreNewForEachRequestAndOnlyForPOST(t *testing.T) {
	t.Parallel()
	m := &moody{}
	for _, method := range []string{http.MethodPost, http.MethodPost, http.MethodPatch} {
		if _, err := send(t, m, client.Options{IdempotencyKeys: true}, method); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := send(t, m, client.Options{IdempotencyKeys: true}, http.MethodPost, "Idempotency-Key", "mine"); err != nil {
		t.Fatal(err)
	}
	if m.keys[0] == "" || m.keys[0] == m.keys[1] || m.keys[2] != "" || m.keys[3] != "mine" {
		t.Errorf("got the keys %q", m.keys)
	}
}

func TestRetriesEndWithTheRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &moody{ways: []string{"5"}}
		ctx, cancel := context.WithCancel(t.Context())
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://example.com", nil)
		if err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(time.Second, cancel)
		m.start = time.Now()
		answer, err := client.New(client.Options{Retries: 1, Transport: m}).Do(r)
		if err == nil {
			_ = answer.Body.Close()
		}
		if !errors.Is(err, context.Canceled) || len(m.asked) != 1 || time.Since(m.start) != time.Second {
			t.Errorf("got %v after %s and %d requests", err, time.Since(m.start), len(m.asked))
		}
	})
}
