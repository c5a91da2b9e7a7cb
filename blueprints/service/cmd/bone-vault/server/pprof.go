package server

import (
	"net"
	"net/http"
	"net/http/pprof"
	"net/netip"
	"strings"
)

// profilesPath is where profiles are, as `go tool pprof` expects them.
const profilesPath = "/debug/pprof/"

// addProfiles adds the profiles of the process to mux, for this machine alone:
// they show what is in memory, and taking them costs time.
func addProfiles(mux *http.ServeMux) {
	for path, handler := range map[string]http.HandlerFunc{
		"": pprof.Index, "cmdline": pprof.Cmdline, "profile": pprof.Profile, "symbol": pprof.Symbol, "trace": pprof.Trace,
	} {
		mux.Handle("GET "+profilesPath+path, localOnly(handler))
	}
}

// localOnly passes on requests that this machine sends to itself; to all others
// the path is unknown. A proxy beside the service is on the same machine, too, so
// that what one has passed on is refused, and so is what a page has sent whose
// name was made to lead here.
func localOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		peer, err := netip.ParseAddrPort(r.RemoteAddr)
		passedOn := r.Header.Get("X-Forwarded-For") != "" || r.Header.Get("Forwarded") != "" || r.Header.Get("Via") != ""
		if err != nil || !peer.Addr().Unmap().IsLoopback() || passedOn || !localName(r.Host) {
			http.NotFound(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// localName tells whether host, with a port or without, means this machine.
func localName(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	addr, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return strings.EqualFold(host, "localhost") || err == nil && addr.Unmap().IsLoopback()
}
