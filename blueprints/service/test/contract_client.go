package test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
)

// Contract returns the contract that the service serves.
func (s *Service) Contract(t testing.TB) *Contract {
	t.Helper()
	contract, err := s.contract()
	if err != nil {
		t.Fatalf("the contract of the service: %v", err)
	}
	return contract
}

// loadContract reads the document from the service at url.
func loadContract(url string) (*Contract, error) {
	client := &http.Client{Timeout: patience}
	defer client.CloseIdleConnections()
	answer, err := client.Get(url + api.V1Path + "/openapi")
	if err != nil {
		return nil, err
	}
	document, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, err
	}
	if err := answer.Body.Close(); err != nil {
		return nil, err
	}
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the document: got %d %.200s", answer.StatusCode, document)
	}
	return ParseContract(document)
}

// Client returns an HTTP client that reports to t whatever is against the
// contract of the service: so every test is one of the contract too. A request
// that the document does not allow has to be refused.
func (s *Service) Client(t testing.TB) *http.Client {
	t.Helper()
	return &http.Client{Timeout: patience, Transport: &checkedTransport{s.Contract(t), s.URL, http.DefaultTransport, t}}
}

// checkedTransport is a transport that checks what goes through it.
type checkedTransport struct {
	contract *Contract
	url      string // requests elsewhere are not checked
	next     http.RoundTripper
	t        testing.TB
}

// RoundTrip sends r and checks it and its answer. The bodies are read to the
// end, except for that of a stream.
func (c *checkedTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	c.t.Helper()
	if !strings.HasPrefix(r.URL.String(), c.url) {
		return c.next.RoundTrip(r)
	}
	sent, err := readBody(r.Body)
	if err != nil {
		return nil, err
	}
	request := r.Clone(r.Context())
	if len(sent) > 0 {
		r = r.Clone(r.Context())
		r.Body = io.NopCloser(bytes.NewReader(sent))
	}
	answer, err := c.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	exchange := Exchange{Request: request, Sent: sent, Status: answer.StatusCode, Header: answer.Header}
	if !isStream(answer.Header) {
		if exchange.Body, err = readBody(answer.Body); err != nil {
			return nil, err
		}
		answer.Body = io.NopCloser(bytes.NewReader(exchange.Body))
	}
	if err := c.contract.Check(exchange); err != nil {
		c.t.Errorf("%s %.500s is against the contract: %v", r.Method, r.URL, err)
	}
	return answer, nil
}

// readBody reads a body to its end and closes it; nil is an empty one.
func readBody(body io.ReadCloser) ([]byte, error) {
	if body == nil {
		return nil, nil
	}
	data, err := io.ReadAll(body)
	if closeErr := body.Close(); err == nil {
		err = closeErr
	}
	return data, err
}
