// Package ocmtest plays the access review service of OCM, with its tokens, over
// HTTP: what it is asked is what a client really sends.
package ocmtest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/trexgen/trexgen/blueprints/service/pkg/client/ocm"
)

// What the server takes for the credentials of a client.
const (
	ClientID     = "service"
	ClientSecret = "planted-client-secret"
)

// A Server is a service that answers reviews.
type Server struct {
	t      testing.TB
	server *httptest.Server

	mu      sync.Mutex
	allowed ocm.Mock
	status  int // of all answers, if it is not zero
	body    string
	tokens  int
	revoked int // tokens up to this one
	reviews []ocm.Review
	sent    []http.Header
}

// New starts a server that ends with the test. It allows what the rules say,
// which are those of ocm.ParseMock.
func New(t testing.TB, rules ...string) *Server {
	t.Helper()
	s := &Server{t: t}
	s.Allow(rules...)
	mux := http.NewServeMux()
	mux.HandleFunc("POST /token", s.token)
	mux.HandleFunc("POST /api/authorizations/v1/access_review", s.review)
	s.server = httptest.NewServer(mux)
	t.Cleanup(s.server.Close)
	return s
}

// Config is that of a client.
func (s *Server) Config() ocm.Config {
	return ocm.Config{URL: s.server.URL, TokenURL: s.server.URL + "/token", ClientID: ClientID, ClientSecret: ClientSecret}
}

// Flags are those of the command serve.
func (s *Server) Flags() []string {
	c := s.Config()
	return []string{
		"--authorizer=ocm", "--ocm-url=" + c.URL, "--ocm-token-url=" + c.TokenURL,
		"--ocm-client-id=" + c.ClientID, "--ocm-client-secret=" + c.ClientSecret,
	}
}

// Allow replaces what is allowed.
func (s *Server) Allow(rules ...string) {
	s.t.Helper()
	mock, err := ocm.ParseMock(rules)
	if err != nil {
		s.t.Fatal(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.allowed = mock
}

// Answer makes all reviews end in that; status 0 undoes it.
func (s *Server) Answer(status int, body string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.status, s.body = status, body
}

// Close ends the server before the test: nobody is there any more.
func (s *Server) Close() { s.server.Close() }

// Revoke makes all tokens worthless that there are.
func (s *Server) Revoke() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.revoked = s.tokens
}

// Reviews are those that were asked for, in their order.
func (s *Server) Reviews() []ocm.Review {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.reviews)
}

// Headers are those that came with the reviews.
func (s *Server) Headers() []http.Header {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.sent)
}

// Tokens is how many were given out.
func (s *Server) Tokens() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tokens
}

func (s *Server) token(w http.ResponseWriter, r *http.Request) {
	id, secret, basic := r.BasicAuth()
	if !basic {
		id, secret = r.PostFormValue("client_id"), r.PostFormValue("client_secret")
	}
	if r.PostFormValue("grant_type") != "client_credentials" || id != ClientID || secret != ClientSecret {
		s.write(w, http.StatusUnauthorized, `{"error":"invalid_client","error_description":"no such client: `+secret+`"}`)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokens++
	s.write(w, http.StatusOK, fmt.Sprintf(`{"access_token":"planted-token-%d","token_type":"Bearer","expires_in":300}`, s.tokens))
}

func (s *Server) review(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var review ocm.Review
	decoder := json.NewDecoder(r.Body)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&review); err != nil {
		s.write(w, http.StatusBadRequest, `{"kind":"Error","reason":"the request cannot be read"}`)
		return
	}
	s.reviews = append(s.reviews, review)
	s.sent = append(s.sent, r.Header.Clone())
	var number int
	_, err := fmt.Sscanf(r.Header.Get("Authorization"), "Bearer planted-token-%d", &number)
	switch {
	case s.status != 0:
		s.write(w, s.status, s.body)
	case err != nil || number <= s.revoked || number > s.tokens || strings.TrimSpace(r.Header.Get("Content-Type")) != "application/json":
		s.write(w, http.StatusUnauthorized, `{"kind":"Error","reason":"the token is not valid"}`)
	default:
		allowed, _ := s.allowed.Allowed(r.Context(), review)
		body, _ := json.Marshal(map[string]any{
			"account_username": review.Username, "action": review.Action, "resource_type": review.ResourceType, "allowed": allowed,
		})
		s.write(w, http.StatusCreated, string(body))
	}
}

func (s *Server) write(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if _, err := w.Write([]byte(body)); err != nil {
		s.t.Log("write the answer:", err) // the client may have given up
	}
}
