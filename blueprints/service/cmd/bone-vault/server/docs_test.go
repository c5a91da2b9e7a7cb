package server

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/gorilla/mux"
)

func TestDocsLoadNothingFromElsewhere(t *testing.T) {
	t.Parallel()
	router := mux.NewRouter()
	registerDocs(router, newLimits(0, nil))
	get := func(path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		router.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		return w
	}

	page := get(docsPath)
	if page.Code != http.StatusOK || !strings.HasPrefix(page.Header().Get("Content-Type"), "text/html") {
		t.Fatalf("got %d, %v", page.Code, page.Header())
	}
	loaded := regexp.MustCompile(`(?:src|href)="([^"]*)"`).FindAllStringSubmatch(page.Body.String(), -1)
	if len(loaded) != len(docsAssets) {
		t.Errorf("the page loads %d files, want %d", len(loaded), len(docsAssets))
	}
	for _, match := range loaded {
		if !strings.HasPrefix(match[1], docsPath+"/") {
			t.Errorf("the page loads %s, which is not ours", match[1])
		}
		asset := get(match[1])
		if asset.Code != http.StatusOK || asset.Body.Len() == 0 {
			t.Errorf("%s: got %d and %d bytes", match[1], asset.Code, asset.Body.Len())
		}
	}
	if policy := page.Header().Get("Content-Security-Policy"); !strings.HasPrefix(policy, "default-src 'none'") || strings.Contains(policy, "http") || strings.Contains(policy, "*") {
		t.Errorf("policy: got %q", policy)
	}
	if got := get("/openapi.html"); got.Header().Get("Location") != docsPath {
		t.Errorf("/openapi.html: got %d to %q", got.Code, got.Header().Get("Location"))
	}
	if got := get(docsPath + "/elsewhere"); got.Code != http.StatusNotFound {
		t.Errorf("a file that is not there: got %d", got.Code)
	}
}
