package server

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/config"
	"github.com/trexgen/trexgen/blueprints/service/pkg/handlers"
	"github.com/trexgen/trexgen/blueprints/service/pkg/logger"
)

func TestOperationID(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, logger.OperationID(r.Context()))
	}, nil)
	long := strings.Repeat("x", 129)
	tests := []struct {
		name    string
		headers []string
		want    string // empty is a new one
	}{
		{"none sent", nil, ""},
		{"sent", []string{"X-Operation-Id", "abc-1.2_3:4"}, "abc-1.2_3:4"},
		{"sent under the other name", []string{"X-Request-Id", "abc"}, "abc"},
		{"sent under both names", []string{"X-Request-Id", "abc", "X-Operation-Id", "def"}, "def"},
		{"spaces", []string{"X-Operation-Id", "a b"}, ""},
		{"quotes", []string{"X-Operation-Id", `a"b`}, ""},
		{"too long", []string{"X-Operation-Id", long}, ""},
		{"one bad, one good", []string{"X-Operation-Id", long, "X-Request-Id", "abc"}, "abc"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := b.do(t, http.MethodGet, thing, tt.headers...)
			if header := got.Header.Get(logger.OperationIDHeader); header != got.body || header == "" {
				t.Errorf("the handler saw %q, the answer says %q", got.body, header)
			}
			if tt.want != "" && got.body != tt.want {
				t.Errorf("got %q, want %q", got.body, tt.want)
			}
			for _, sent := range tt.headers {
				if tt.want == "" && got.body == sent {
					t.Errorf("took %q over", sent)
				}
			}
		})
	}
}

func TestAccessLog(t *testing.T) {
	t.Parallel()
	b := newBench(t, ok, nil)
	b.do(t, http.MethodGet, thing+"?token=hunter2", "X-Operation-Id", "op-1", "User-Agent", "the test",
		"Authorization", "Bearer jane", "Cookie", "session=hunter2")
	line := b.journal.line(t, "request")
	for name, want := range map[string]any{
		"method": "GET", "route": testRoute, "path": thing, "status": 200.0, "bytes": 2.0, "operation_id": "op-1",
		"remote": "127.0.0.1", "user_agent": "the test", "subject": "jane",
	} {
		if line[name] != want {
			t.Errorf("%s: got %v, want %v", name, line[name], want)
		}
	}
	if took, ok := line["duration"].(float64); !ok || took <= 0 {
		t.Errorf("duration: got %v", line["duration"])
	}
	if strings.Contains(b.journal.String(), "hunter2") {
		t.Errorf("the log shows the query:\n%s", b.journal)
	}
}

func TestClientsCannotFloodTheLog(t *testing.T) {
	t.Parallel()
	b := newBench(t, ok, nil)
	long := strings.Repeat("é", 10_000)
	b.do(t, http.MethodGet, "/"+long, "User-Agent", long)
	line := b.journal.line(t, "request")
	for _, name := range []string{"path", "user_agent"} {
		if text, _ := line[name].(string); len(text) > maxLogged+len("…") || !strings.HasSuffix(text, "é…") {
			t.Errorf("%s: got %d bytes, %.20q", name, len(text), text)
		}
	}
	if _, known := line["subject"]; known {
		t.Errorf("nobody sent the request, but the log says %v", line["subject"])
	}
}

func TestPanic(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("ETag", `"1"`)
		w.Header().Set("Content-Length", "1")
		panic("the secret is hunter2")
	}, nil)
	for _, encoding := range []string{"identity", "gzip"} {
		got := b.do(t, http.MethodGet, thing, "Accept-Encoding", encoding)
		got.mustBeError(t, http.StatusInternalServerError, "9")
		if strings.Contains(got.body, "hunter2") || got.Header.Get("ETag") != "" {
			t.Errorf("the answer to a panic shows more than it should: %v %s", got.Header, got.body)
		}
	}
}

func TestPanicIsLoggedWithItsStack(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(http.ResponseWriter, *http.Request) { panic("ouch") }, nil)
	b.do(t, http.MethodGet, thing)
	line := b.journal.line(t, "panic")
	if stack, _ := line["stack"].(string); line["cause"] != "ouch" || !strings.Contains(stack, "middleware_test.go") {
		t.Errorf("got %v", line)
	}
	if got := b.journal.line(t, "request")["status"]; got != 500.0 {
		t.Errorf("status in the access log: got %v, want 500", got)
	}
}

// So is one that its client did not take.
func TestAnAnswerThatNobodyReadsIsCutOff(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(w http.ResponseWriter, _ *http.Request) {
		for err := error(nil); err == nil; {
			_, err = io.WriteString(w, strings.Repeat("more ", 1000))
		}
	}, nil)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.URL+thing, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := b.Client().Transport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close() // long before its end
	<-b.idle
	if got := b.journal.line(t, "request")["cut_off"]; got != true {
		t.Errorf("cut_off in the access log: got %v", got)
	}
}

func TestHalfAnAnswerIsCutOff(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		cause  any
		begin  bool
		panics int
	}{
		"panic after the answer began": {"ouch", true, 1},
		"abort after the answer began": {http.ErrAbortHandler, true, 0},
		"abort before":                 {http.ErrAbortHandler, false, 0},
	}
	for name, tt := range tests {
		for _, encoding := range []string{"identity", "gzip"} {
			t.Run(name+" "+encoding, func(t *testing.T) {
				t.Parallel()
				b := newBench(t, func(w http.ResponseWriter, _ *http.Request) {
					if tt.begin {
						_, _ = io.WriteString(w, strings.Repeat("begun ", 1000))
					}
					panic(tt.cause)
				}, nil)
				r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.URL+thing, nil)
				if err != nil {
					t.Fatal(err)
				}
				r.Header.Set("Accept-Encoding", encoding)
				if answer, err := b.Client().Transport.RoundTrip(r); err == nil {
					_, err = io.ReadAll(answer.Body)
					if err == nil {
						t.Error("the client got an answer that looks whole")
					}
					_ = answer.Body.Close()
				}
				<-b.idle
				if got := strings.Count(b.journal.String(), `"msg":"panic"`); got != tt.panics {
					t.Errorf("got %d panics in the log, want %d", got, tt.panics)
				}
				if got := b.journal.line(t, "request")["cut_off"]; got != true {
					t.Errorf("cut_off in the access log: got %v", got)
				}
			})
		}
	}
}

func TestDeadline(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(w http.ResponseWriter, r *http.Request) {
		<-r.Context().Done()
		_, _ = fmt.Fprint(w, r.Context().Err())
	}, func(c *config.API) { c.RequestTimeout = 10 * time.Millisecond })
	if got := b.do(t, http.MethodGet, thing).body; got != context.DeadlineExceeded.Error() {
		t.Errorf("got %q, want %q", got, context.DeadlineExceeded)
	}
}

func TestBodyLimit(t *testing.T) {
	t.Parallel()
	called := make(chan struct{}, 10)
	b := newBench(t, func(w http.ResponseWriter, r *http.Request) {
		called <- struct{}{}
		text, err := io.ReadAll(r.Body)
		if err != nil {
			handlers.WriteError(w, r, err)
			return
		}
		_, _ = w.Write(text)
	}, func(c *config.API) { c.MaxBodyBytes = 4 })

	if got := b.send(t, http.MethodPost, thing, strings.NewReader("four")); got.StatusCode != http.StatusOK || got.body != "four" {
		t.Errorf("at the limit: got %d %q", got.StatusCode, got.body)
	}
	<-called
	b.send(t, http.MethodPost, thing, strings.NewReader("fives")).mustBeError(t, http.StatusRequestEntityTooLarge, "31")
	if len(called) != 0 {
		t.Error("the handler was called although the header said that the body is too large")
	}
	// A reader of no known type is sent in chunks, without a length.
	b.send(t, http.MethodPost, thing, io.MultiReader(strings.NewReader("fives"))).mustBeError(t, http.StatusRequestEntityTooLarge, "31")
	<-called
}

// A client that sends all before it reads gets its answer as well.
func TestBodyThatIsTooLargeIsAnswered(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(w http.ResponseWriter, r *http.Request) {
		_, err := io.ReadAll(r.Body)
		handlers.WriteError(w, r, err)
	}, nil)
	const size = 12 << 20 // more than fits into the buffers between the two
	body := strings.Repeat("x", size)
	for name, rest := range map[string]string{
		"with a length": fmt.Sprintf("Content-Length: %d\r\n\r\n%s", size, body),
		"in chunks":     fmt.Sprintf("Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", size, body),
	} {
		conn, err := net.Dial("tcp", b.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(conn, "POST "+thing+" HTTP/1.1\r\nHost: x\r\n"+rest); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if answer.StatusCode != http.StatusRequestEntityTooLarge {
			t.Errorf("%s: got %d, want 413", name, answer.StatusCode)
		}
		if err := errors.Join(answer.Body.Close(), conn.Close()); err != nil {
			t.Error(err)
		}
	}
}

func TestCompression(t *testing.T) {
	t.Parallel()
	large := strings.Repeat("all work and no play ", 100)
	b := newBench(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, large[:len(r.URL.Query().Get("size"))*2000+4])
	}, nil)

	got := b.do(t, http.MethodGet, thing+"?size=x", "Accept-Encoding", "gzip")
	if got.Header.Get("Content-Encoding") != "gzip" || !strings.Contains(got.Header.Get("Vary"), "Accept-Encoding") {
		t.Fatalf("a large answer to who accepts gzip: got the header %v", got.Header)
	}
	unzip, err := gzip.NewReader(strings.NewReader(got.body))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(unzip)
	if err != nil || string(text) != large[:2004] {
		t.Errorf("got %q, %v", text, err)
	}

	for name, got := range map[string]reply{
		"a small answer":                    b.do(t, http.MethodGet, thing, "Accept-Encoding", "gzip"),
		"a large answer, gzip not accepted": b.do(t, http.MethodGet, thing+"?size=x"),
	} {
		if encoding := got.Header.Get("Content-Encoding"); encoding != "" || !strings.HasPrefix(large, got.body) || got.body == "" {
			t.Errorf("%s: got encoding %q and %q", name, encoding, got.body)
		}
	}
}

func TestStreaming(t *testing.T) {
	t.Parallel()
	read := make(chan struct{})
	b := newBench(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "first\n")
		if err := http.NewResponseController(w).Flush(); err != nil {
			t.Error(err)
		}
		select {
		case <-read:
		case <-r.Context().Done():
			t.Error("the client did not get the first line before the handler was done")
		}
		_, _ = io.WriteString(w, "second\n")
	}, func(c *config.API) { c.RequestTimeout = 5 * time.Second })
	answer, err := b.Client().Get(b.URL + thing)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(answer.Body)
	lines.Scan()
	close(read)
	lines.Scan()
	if err := errors.Join(lines.Err(), answer.Body.Close()); err != nil || lines.Text() != "second" {
		t.Errorf("got %q, %v", lines.Text(), err)
	}
}

func TestCrossOrigin(t *testing.T) {
	t.Parallel()
	const friend, stranger = "https://friend.example", "https://stranger.example"
	preflight := []string{"Access-Control-Request-Method", "PATCH", "Access-Control-Request-Headers", "authorization,content-type,if-match"}
	b := newBench(t, ok, func(c *config.API) { c.CORSOrigins = []string{friend} })
	off := newBench(t, ok, nil)

	got := b.do(t, http.MethodOptions, thing, append(preflight, "Origin", friend)...)
	if got.StatusCode != http.StatusNoContent || got.Header.Get("Access-Control-Allow-Origin") != friend || got.Header.Get("Access-Control-Allow-Methods") != "PATCH" {
		t.Errorf("preflight of a friend: got %d %v", got.StatusCode, got.Header)
	}
	got = b.do(t, http.MethodGet, thing, "Origin", friend)
	if got.body != "ok" || got.Header.Get("Access-Control-Allow-Origin") != friend || !strings.Contains(got.Header.Get("Access-Control-Expose-Headers"), "Etag") {
		t.Errorf("request of a friend: got %q %v", got.body, got.Header)
	}
	for name, got := range map[string]reply{
		"preflight of a stranger": b.do(t, http.MethodOptions, thing, append(preflight, "Origin", stranger)...),
		"request of a stranger":   b.do(t, http.MethodGet, thing, "Origin", stranger),
		"preflight, CORS off":     off.do(t, http.MethodOptions, thing, append(preflight, "Origin", friend)...),
		"request, CORS off":       off.do(t, http.MethodGet, thing, "Origin", friend),
	} {
		if origin := got.Header.Get("Access-Control-Allow-Origin"); origin != "" {
			t.Errorf("%s: %q is allowed", name, origin)
		}
	}
}

func TestPathsAndMethods(t *testing.T) {
	t.Parallel()
	b := newBench(t, ok, nil)
	for _, path := range []string{
		"/", "/nowhere", api.V1Path, api.V1Path + "/things", api.V1Path + "//things/1", api.V1Path + "/things/1/", api.V1Path + "/things/../x",
	} {
		b.do(t, http.MethodGet, path).mustBeError(t, http.StatusNotFound, "7")
	}
	for _, method := range []string{http.MethodDelete, http.MethodPatch, http.MethodTrace, "BREW"} {
		got := b.do(t, method, thing)
		got.mustBeError(t, http.StatusMethodNotAllowed, "30")
		if allow := got.Header.Get("Allow"); allow != "GET, HEAD, POST, OPTIONS" {
			t.Errorf("%s: Allow: got %q", method, allow)
		}
	}
	if got := b.do(t, http.MethodOptions, thing); got.StatusCode != http.StatusNoContent || got.Header.Get("Allow") != "GET, HEAD, POST, OPTIONS" || got.body != "" {
		t.Errorf("OPTIONS: got %d %v %q", got.StatusCode, got.Header, got.body)
	}
	b.do(t, http.MethodOptions, "/nowhere").mustBeError(t, http.StatusNotFound, "7")
	if got := b.do(t, http.MethodHead, thing); got.StatusCode != http.StatusOK || got.body != "" || got.ContentLength != 2 {
		t.Errorf("HEAD: got %d, %q, length %d", got.StatusCode, got.body, got.ContentLength)
	}
}
