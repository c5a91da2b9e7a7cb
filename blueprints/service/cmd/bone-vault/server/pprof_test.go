package server

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestProfilesAreForThisMachineAlone(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	addProfiles(mux)
	const here, there = "127.0.0.1:4711", "10.1.2.3:4711"
	tests := map[string]struct {
		remote, host string
		header       string
		want         int
	}{
		"this machine":                {here, "localhost:8083", "", http.StatusOK},
		"this machine, by address":    {here, "127.0.0.1:8083", "", http.StatusOK},
		"this machine, by IPv6":       {"[::1]:4711", "[::1]:8083", "", http.StatusOK},
		"IPv4 in IPv6":                {"[::ffff:127.0.0.1]:4711", "localhost", "", http.StatusOK},
		"another machine":             {there, "localhost:8083", "", http.StatusNotFound},
		"another one, IPv4 in IPv6":   {"[::ffff:10.1.2.3]:4711", "localhost:8083", "", http.StatusNotFound},
		"no address":                  {"", "localhost", "", http.StatusNotFound},
		"through a proxy":             {here, "localhost:8083", "X-Forwarded-For", http.StatusNotFound},
		"through another proxy":       {here, "localhost:8083", "Forwarded", http.StatusNotFound},
		"through a third":             {here, "localhost:8083", "Via", http.StatusNotFound},
		"a name that was made to fit": {here, "evil.example:8083", "", http.StatusNotFound},
	}
	for name, tt := range tests {
		for _, path := range []string{"", "heap?debug=1", "goroutine", "cmdline", "symbol"} {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, profilesPath+path, nil)
			r.RemoteAddr, r.Host = tt.remote, tt.host
			if tt.header != "" {
				r.Header.Set(tt.header, "127.0.0.1")
			}
			w := httptest.NewRecorder()
			mux.ServeHTTP(w, r)
			if w.Code != tt.want {
				t.Errorf("%s, %q: got %d, want %d", name, path, w.Code, tt.want)
			}
		}
	}
}

func TestProfilesAreServedIfWanted(t *testing.T) {
	t.Parallel()
	for _, wanted := range []bool{true, false} {
		p, _ := testParts(t)
		p.config.Pprof = wanted
		s := start(t, p)
		status, body := get(t, s.HealthAddr(), profilesPath+"heap?debug=1")
		if got := status == http.StatusOK && strings.Contains(body, "heap profile"); got != wanted {
			t.Errorf("--pprof=%t: got %d %.40q", wanted, status, body)
		}
		if status, _ := get(t, s.HealthAddr(), "/readyz"); status != http.StatusOK {
			t.Errorf("--pprof=%t: ready: got %d", wanted, status)
		}
		s.stop()
		if err := <-s.done; err != nil {
			t.Error(err)
		}
	}
}
