package client_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/trexgen/trexgen/blueprints/service/pkg/client"
	"github.com/trexgen/trexgen/blueprints/service/pkg/logger"
)

func TestRequestsCarryTokenAndOperationID(t *testing.T) {
	var got http.Header
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.Header }))
	defer server.Close()

	c := client.New(client.Options{Token: func(context.Context) (string, error) { return "secret", nil }})
	ctx := logger.WithOperationID(t.Context(), "op-1")
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	if err := answer.Body.Close(); err != nil {
		t.Error(err)
	}
	for header, want := range map[string]string{"Authorization": "Bearer secret", logger.OperationIDHeader: "op-1"} {
		if got.Get(header) != want {
			t.Errorf("%s: got %q, want %q", header, got.Get(header), want)
		}
	}
	if len(r.Header) != 0 {
		t.Errorf("the caller's request was changed: %v", r.Header)
	}
}

func TestNoTokenNoRequest(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("the request was sent without its token")
	}))
	defer server.Close()

	broken := errors.New("no token today")
	c := client.New(client.Options{Token: func(context.Context) (string, error) { return "", broken }})
	answer, err := c.Get(server.URL)
	if err == nil {
		_ = answer.Body.Close()
	}
	if !errors.Is(err, broken) {
		t.Errorf("got %v, want %v", err, broken)
	}
}
