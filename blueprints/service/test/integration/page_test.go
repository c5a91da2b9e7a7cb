package integration_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/test"
)

// browsers are the programs that can show the page without a screen.
var browsers = []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "headless-shell"}

// findBrowser returns the first of browsers that there is, or skips the test.
func findBrowser(t *testing.T) string {
	t.Helper()
	for _, name := range browsers {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skipf("needs a browser: none of %q is in PATH", browsers)
	return ""
}

// asked are the URLs that pages of origin have asked for, by the log of the
// browser's network. The browser asks for others on its own account.
func asked(t *testing.T, log, origin string) []string {
	t.Helper()
	data, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	var kept struct {
		Events []struct {
			Params struct{ Initiator, URL string }
		}
	}
	if err := json.Unmarshal(data, &kept); err != nil {
		t.Fatalf("the log of the browser's network: %v", err)
	}
	var urls []string
	for _, event := range kept.Events {
		if event.Params.Initiator == origin && event.Params.URL != "" {
			urls = append(urls, event.Params.URL)
		}
	}
	return urls
}

// The page shows all operations in a browser that can reach nothing but the
// service, and asks for nothing else.
func TestPageInABrowser(t *testing.T) {
	t.Parallel()
	browser := findBrowser(t)
	s := test.Start(t)
	target, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	pass := httputil.NewSingleHostReverseProxy(target)
	gate := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Host != target.Host {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		pass.ServeHTTP(w, r)
	}))
	defer gate.Close()

	network := filepath.Join(t.TempDir(), "network.json")
	var page, console bytes.Buffer
	cmd := exec.CommandContext(t.Context(), browser,
		"--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--user-data-dir="+t.TempDir(),
		"--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
		// Loopback is not proxied unless it is said.
		"--proxy-server="+gate.URL, "--proxy-bypass-list=<-loopback>",
		"--enable-logging=stderr", "--log-net-log="+network, "--virtual-time-budget=60000", "--dump-dom", s.URL+"/openapi.html")
	cmd.Stdout, cmd.Stderr = &page, &console
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, console.String())
	}

	for path, item := range s.Contract(t).Document.Paths.Map() {
		for method, operation := range item.Operations() {
			shown := `id="operations-` + operation.Tags[0] + "-" + operation.OperationID + `"`
			if !strings.Contains(page.String(), shown) {
				t.Errorf("the page does not show %s %s: no %s", method, path, shown)
			}
		}
	}
	for _, line := range regexp.MustCompile(`(?m)^.*CONSOLE.*$`).FindAllString(console.String(), -1) {
		t.Errorf("the browser complains: %s", line)
	}
	urls := asked(t, network, s.URL)
	for _, url := range urls {
		if !strings.HasPrefix(url, s.URL+"/") && !strings.HasPrefix(url, "data:") {
			t.Errorf("the page asks for %s", url)
		}
	}
	if !slices.Contains(urls, s.URL+api.V1Path+"/openapi") {
		t.Errorf("the page has not asked for the document, but for %q", urls)
	}
}
