package server

import (
	"io"
	"net/http"
	"testing"

	"github.com/trexgen/trexgen/blueprints/service/pkg/config"
)

// Each answer has them, whoever gives it.
func TestSecurityHeaders(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Query().Get("do") {
		case "panic":
			w.Header().Set("Cache-Control", "public, max-age=60")
			panic("ouch")
		case "tag":
			w.Header().Set("ETag", `"1"`)
			_, _ = io.WriteString(w, "ok")
		case "unchanged":
			w.Header().Set("ETag", `"1"`)
			w.WriteHeader(http.StatusNotModified)
		case "public":
			w.Header().Set("Cache-Control", "public, max-age=60")
			w.Header().Set("Content-Security-Policy", "default-src 'self'")
			_ = http.NewResponseController(w).Flush()
		case "conflict":
			w.Header().Set("ETag", `"1"`)
			w.WriteHeader(http.StatusPreconditionFailed)
		}
	}, func(c *config.API) { c.MaxBodyBytes = 1 })
	const none, tagged = "no-store", "private, no-cache"
	tests := map[string]struct {
		method, path string
		headers      []string
		status       int
		caching      string
		policy       string
	}{
		"without a word":   {http.MethodGet, thing, nil, 200, none, answerPolicy},
		"with a tag":       {http.MethodGet, thing + "?do=tag", nil, 200, tagged, answerPolicy},
		"unchanged":        {http.MethodGet, thing + "?do=unchanged", nil, 304, tagged, answerPolicy},
		"changed":          {http.MethodGet, thing + "?do=conflict", nil, 412, none, answerPolicy},
		"handlers know":    {http.MethodGet, thing + "?do=public", nil, 200, "public, max-age=60", "default-src 'self'"},
		"panic":            {http.MethodGet, thing + "?do=panic", nil, 500, none, answerPolicy},
		"compressed panic": {http.MethodGet, thing + "?do=panic", []string{"Accept-Encoding", "gzip"}, 500, none, answerPolicy},
		"unknown path":     {http.MethodGet, "/nowhere", nil, 404, none, answerPolicy},
		"wrong method":     {http.MethodPut, thing, nil, 405, none, answerPolicy},
		"no valid token":   {http.MethodGet, thing, []string{"Authorization", "Bearer bad"}, 401, none, answerPolicy},
		"which methods":    {http.MethodOptions, thing, nil, 204, none, answerPolicy},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := b.do(t, tt.method, tt.path, tt.headers...)
			want := map[string]string{
				"Cache-Control": tt.caching, "Content-Security-Policy": tt.policy,
				"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer",
				"Cross-Origin-Resource-Policy": "same-origin",
				"Strict-Transport-Security":    "", // only over TLS: see TestTLS
			}
			for header, value := range want {
				if got.Header.Get(header) != value {
					t.Errorf("%s: got %q, want %q", header, got.Header.Get(header), value)
				}
			}
			if got.StatusCode != tt.status {
				t.Errorf("got status %d, want %d", got.StatusCode, tt.status)
			}
		})
	}
}
