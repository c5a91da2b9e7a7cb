package server

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestEncodedSlashLeadsNowhere(t *testing.T) {
	t.Parallel()
	handler := plainPath(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	for path, want := range map[string]int{
		"/things/1":      http.StatusNoContent,
		"/things/%31":    http.StatusNoContent,
		"/things/1?%2f":  http.StatusNoContent,
		"/things%2f1":    http.StatusNotFound,
		"/things%2F1":    http.StatusNotFound,
		"/things/..%2f1": http.StatusNotFound,
	} {
		recorder := httptest.NewRecorder()
		handler.ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, path, nil))
		if recorder.Code != want {
			t.Errorf("%s: got %d, want %d", path, recorder.Code, want)
		}
	}
}
