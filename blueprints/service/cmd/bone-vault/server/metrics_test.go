package server

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func (m *metrics) scrape() string {
	w := httptest.NewRecorder()
	m.handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	return w.Body.String()
}

func TestRequestsAreCountedByRoute(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			w.WriteHeader(http.StatusCreated)
		}
		_, _ = io.WriteString(w, "ok")
	}, nil)
	b.do(t, http.MethodGet, thing)
	b.do(t, http.MethodGet, thing+"?q=secret")
	b.do(t, http.MethodPost, thing)
	b.do(t, http.MethodGet, "/made/up")
	b.do(t, "BREW", thing)

	got := b.metrics.scrape()
	for _, want := range []string{
		`http_requests_total{method="GET",route="` + testRoute + `",status="200"} 2`,
		`http_requests_total{method="POST",route="` + testRoute + `",status="201"} 1`,
		`http_requests_total{method="GET",route="none",status="404"} 1`,
		`http_requests_total{method="other",route="none",status="405"} 1`,
		`http_request_duration_seconds_count{method="GET",route="` + testRoute + `",status="200"} 2`,
		`http_requests_in_flight 0`,
	} {
		if !strings.Contains(got, want+"\n") {
			t.Errorf("%s is missing", want)
		}
	}
	for _, raw := range []string{thing, "made", "secret", "BREW"} {
		if strings.Contains(got, raw) {
			t.Errorf("%q, which a client made up, is in a label", raw)
		}
	}
}

func TestTheServiceMeasuresItself(t *testing.T) {
	t.Parallel()
	got := newTestMetrics(t).scrape()
	for _, want := range []string{"_build_info{", `version="v1.2.3"`, "go_goroutines ", "go_sql_max_open_connections{"} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is missing", want)
		}
	}
}
