package attack

import (
	"net/http"
	"strings"
	"testing"
)

// detours are ways to write the path of an object so that something on the way
// might take it for another: each has a mark where the path is cut.
var detours = []string{
	"^/", "^//", "^/.", "^/./", "^/..", "^/../", "^/%2e", "^/%2e%2e", "^/%2e%2e/", "^/..%2f", "^%2f", "^%2F", "^%5c", "^%00", "^%00.json", "^.json", "^;x=1", "^;",
	"^%20", "^%09", "^%0a", "^%0d%0a", "^%23", "^%3f", "^%25", "^%252f", "^%c0%af", "^%ff", "^/x", "^/x/y", "^/%00", "^*", "^'", `^\`, "^%5c..%5c",
}

// A path leads to one thing or to nothing, however it is written: nothing on the
// way is skipped, resolved or cut off.
func TestPaths(t *testing.T) {
	t.Parallel()
	a := newTarget(t)
	objects := a.seed(t)
	for _, r := range a.resources {
		object := r.objectPath(objects)
		for _, path := range tricks(r.path, object) {
			for _, method := range []string{http.MethodGet, http.MethodDelete, http.MethodPatch, http.MethodPost} {
				a.lost(t, shot{method, path, jsonHeader(), []byte("{}")})
			}
		}
		for _, method := range []string{"TRACE", "CONNECT", "PROPFIND", "get", "GETX", "X", "DEBUG", "LINK", "PURGE"} {
			if got := a.fire(t, shot{method, object, nil, nil}); got.status != http.StatusMethodNotAllowed && got.status != http.StatusNotFound {
				t.Errorf("%s %s: got %d, want 405", method, object, got.status)
			}
		}
		a.overridden(t, r, object)
	}
	for path := range a.contract.Document.Paths.Map() {
		a.lost(t, shot{http.MethodGet, "/." + path, nil, nil})
		a.lost(t, shot{http.MethodGet, "/x/.." + path, nil, nil})
		a.lost(t, shot{http.MethodGet, "/" + strings.ReplaceAll(path, "/", "//"), nil, nil})
		a.lost(t, shot{http.MethodGet, strings.ToUpper(path), nil, nil})
	}
	for _, path := range objects {
		if got := a.fire(t, shot{http.MethodGet, path, nil, nil}); got.status != http.StatusOK {
			t.Errorf("%s: got %d, want the object to be there still", path, got.status)
		}
	}
}

// tricks are paths that lead nowhere.
func tricks(collection, object string) []string {
	id := lastSegment(object)
	paths := []string{
		collection + "%2f" + id, collection + "%2F" + id, collection + "%5c" + id, collection + "//" + id, collection + "/./" + id,
		collection + "/x/../" + id, collection + "/x/%2e%2e/" + id, collection + "/..;/" + lastSegment(collection) + "/" + id,
		collection + "/%00" + id, collection + "/" + id + "%00", collection + "/{" + id + "}", collection + "/urn:uuid:" + id,
		collection + "/" + strings.ReplaceAll(id, "-", ""), collection + "/" + strings.Repeat("x", 30_000), collection + strings.Repeat("/x", 10_000),
		collection + "/" + strings.Repeat("../", 500) + "etc/passwd", collection + "/" + strings.Repeat("%2e%2e%2f", 500) + "etc/passwd",
	}
	for _, detour := range detours {
		paths = append(paths, strings.Replace(detour, "^", object, 1))
	}
	return paths
}

// lost reports a request that was led somewhere. The message of package net/http
// about what is no path counts too.
func (a *target) lost(t testing.TB, s shot) {
	t.Helper()
	got := a.fire(t, s)
	if got.status != http.StatusNotFound && got.status != http.StatusMethodNotAllowed && got.status != http.StatusBadRequest {
		t.Errorf("%s %.200s: got %d %.200s, want 404", s.method, s.path, got.status, got.body)
	}
}

// overridden sends headers and parameters by which other servers let a client
// change the method and the path.
func (a *target) overridden(t testing.TB, r resource, object string) {
	for _, method := range []string{http.MethodDelete, http.MethodPatch, http.MethodPut, "TRACE"} {
		header := jsonHeader()
		for _, name := range []string{"X-Http-Method-Override", "X-Http-Method", "X-Method-Override", "_method"} {
			header.Set(name, method)
		}
		for _, name := range []string{"X-Original-Url", "X-Rewrite-Url", "X-Forwarded-Prefix", "X-Forwarded-Path"} {
			header.Set(name, object)
		}
		path := object + "?_method=" + method + "&method=" + method
		a.fire(t, shot{http.MethodGet, path, header, nil})
		if got := a.fire(t, shot{http.MethodPost, path, header, []byte("{}")}); got.status != http.StatusMethodNotAllowed && got.status != http.StatusNotFound {
			t.Errorf("POST %s with %v: got %d, want 405", path, header, got.status)
		}
		if got := a.fire(t, shot{http.MethodGet, r.path, header, nil}); got.status != http.StatusOK {
			t.Errorf("GET %s with %v: got %d, want 200", r.path, header, got.status)
		}
	}
}
