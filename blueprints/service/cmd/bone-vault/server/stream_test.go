package server

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/mux"

	"github.com/trexgen/trexgen/blueprints/service/cmd/bone-vault/environments"
	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/auth"
	"github.com/trexgen/trexgen/blueprints/service/pkg/client"
	"github.com/trexgen/trexgen/blueprints/service/pkg/config"
	"github.com/trexgen/trexgen/blueprints/service/pkg/dao"
	"github.com/trexgen/trexgen/blueprints/service/pkg/errorreport"
	"github.com/trexgen/trexgen/blueprints/service/pkg/handlers"
	"github.com/trexgen/trexgen/blueprints/service/pkg/watch"
)

// eventLog is a log of that many events about things.
type eventLog struct {
	mu  sync.Mutex
	end dao.EventPosition
}

func (l *eventLog) write(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.end += dao.EventPosition(n)
}

func (l *eventLog) End(context.Context) (dao.EventPosition, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.end, nil
}

func (l *eventLog) Purged(context.Context, dao.EventPosition) (bool, error) { return false, nil }

func (l *eventLog) Read(ctx context.Context, after dao.EventPosition, _ []string, limit int) (events []dao.EventAt, next dao.EventPosition, err error) {
	end, _ := l.End(ctx)
	for next = after; next < end && len(events) < limit; {
		next++
		events = append(events, dao.EventAt{Event: api.Event{Source: "Things", EventType: api.UpdateEvent}, Position: next})
	}
	return events, next, nil
}

// things are found whatever is looked for; each is large.
type things struct{ size int }

type thingObject struct {
	api.Meta
	Text string
}

func (o things) FindByIDs(context.Context, []string) ([]thingObject, error) {
	return []thingObject{{Text: strings.Repeat("x", o.size)}}, nil
}

// watched is an API with one route, which streams.
type watched struct {
	parts
	journal *journal
	log     *eventLog
	feed    *watch.Feed
}

// newWatched builds it; identity, if there is one, is whoever asks.
func newWatched(t *testing.T, cfg watch.Config, limit time.Duration, size int, who auth.Identity) watched {
	t.Helper()
	w := watched{log: &eventLog{}}
	w.parts, w.journal = testParts(t)
	cfg.SweepEvery = time.Millisecond
	w.feed = watch.New(cfg, w.log, w.parts.log)
	w.jobs = []environments.Work{{Name: "watch", Run: w.feed.Run}}
	w.endStreams = w.feed.Stop

	router := mux.NewRouter()
	router.Use(noteRoute)
	handler := handlers.Watch(w.feed, "Things", things{size}, func(o *thingObject) string { return o.Text })
	router.Handle("/things", handler).Methods(http.MethodGet, http.MethodHead).Queries("watch", "true")
	known := http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		router.ServeHTTP(rw, r.WithContext(auth.WithIdentity(r.Context(), who)))
	})
	var err error
	w.api, err = wrap(known, around{
		config: config.API{MaxBodyBytes: 1 << 20, RequestTimeout: limit}, log: w.parts.log, metrics: newTestMetrics(t),
		limits: newLimits(0, nil), reporter: errorreport.Nobody{},
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// runFeed runs the feed until the test ends, for tests without the whole server.
func (w watched) runFeed(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- w.feed.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// opened is a stream that has begun.
type opened struct {
	*client.MessageReader
	header http.Header
	proto  int // the major version of HTTP
}

// openStream begins a stream and reads the first message.
func openStream(t *testing.T, transport http.RoundTripper, url string, headers ...string) opened {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+"/things?watch=true", nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	answer, err := transport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = answer.Body.Close() }) // closed by the server before
	messages := client.NewMessageReader(answer.Body)
	if first, err := messages.Next(); err != nil || answer.StatusCode != http.StatusOK || first.ID == "" || first.Retry < time.Second {
		t.Fatalf("got %s and %+v, %v; want a stream that begins", answer.Status, first, err)
	}
	return opened{messages, answer.Header, answer.ProtoMajor}
}

func TestStreamsDoNotHoldUpTheStop(t *testing.T) {
	t.Parallel()
	const clients = 500
	w := newWatched(t, watch.Config{MaxStreams: clients}, 30*time.Second, 1, auth.Identity{})
	w.config.ShutdownTimeout = time.Hour
	s := start(t, w.parts)
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	streams := make([]opened, clients)
	for i := range streams {
		streams[i] = openStream(t, transport, "http://"+s.APIAddr().String())
	}
	answer, err := http.Get("http://" + s.APIAddr().String() + "/things?watch=true")
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(answer.Body)
	if err := answer.Body.Close(); err != nil {
		t.Error(err)
	}
	if answer.StatusCode != http.StatusServiceUnavailable || answer.Header.Get("Retry-After") == "" {
		t.Errorf("one more: got %d %s, want %d and when to try again", answer.StatusCode, body, http.StatusServiceUnavailable)
	}
	w.log.write(1)
	for i, stream := range streams {
		if m, err := stream.Next(); err != nil || m.ID != "1" || m.Event != "Update" {
			t.Errorf("stream %d: got %+v, %v; want the event", i, m, err)
		}
	}
	s.stop()
	for i, stream := range streams {
		m, err := stream.Next()
		if err != nil || !strings.Contains(m.Comment, "the service stops") {
			t.Errorf("stream %d: got %+v, %v; want that the service stops", i, m, err)
		}
		if _, err := stream.Next(); !errors.Is(err, io.EOF) {
			t.Errorf("stream %d: got %v, want its end", i, err)
		}
	}
	if err := <-s.done; err != nil {
		t.Error(err)
	}
	if n := strings.Count(w.journal.String(), `"route":"/things?watch=true","path":"/things","status":200`); n != clients {
		t.Errorf("%d streams in the access log, want %d: %.2000s", n, clients, w.journal)
	}
}

// Neither the time for a request, nor that for reading or writing one, ends a
// stream; and nothing collects its messages.
func TestStreamsOutliveTheTimeForARequest(t *testing.T) {
	t.Parallel()
	const limit = 300 * time.Millisecond
	for _, http2 := range []bool{false, true} {
		t.Run(fmt.Sprintf("http2=%v", http2), func(t *testing.T) {
			t.Parallel()
			w := newWatched(t, watch.Config{MaxStreams: 1, Heartbeat: limit / 10}, limit, 5000, auth.Identity{})
			w.runFeed(t)
			server := httptest.NewUnstartedServer(w.api)
			server.Config.ReadTimeout, server.Config.WriteTimeout = limit, limit
			server.EnableHTTP2 = http2
			if http2 {
				server.StartTLS()
			} else {
				server.Start()
			}
			t.Cleanup(server.Close)
			t.Cleanup(w.feed.Stop)
			begin := time.Now()
			messages := openStream(t, server.Client().Transport, server.URL, "Accept-Encoding", "gzip")
			if encoding := messages.header.Get("Content-Encoding"); encoding != "" || messages.header.Get("Content-Type") != watch.ContentType {
				t.Errorf("got the headers %v", messages.header)
			}
			if (messages.proto == 2) != http2 {
				t.Errorf("got HTTP/%d", messages.proto)
			}
			for beats := 0; time.Since(begin) < 3*limit; beats++ {
				if m, err := messages.Next(); err != nil || m.Data != nil {
					t.Fatalf("after %d signs of life: got %+v, %v", beats, m, err)
				}
			}
			w.log.write(1)
			for {
				m, err := messages.Next()
				if err != nil {
					t.Fatal(err)
				}
				if m.Data != nil {
					break
				}
			}
		})
	}
}

func TestStreamsEndWithTheToken(t *testing.T) {
	t.Parallel()
	w := newWatched(t, watch.Config{MaxStreams: 1}, time.Minute, 1, auth.Identity{Expires: time.Now().Add(300 * time.Millisecond)})
	w.runFeed(t)
	server := httptest.NewServer(w.api)
	t.Cleanup(server.Close)
	messages := openStream(t, server.Client().Transport, server.URL)
	if m, err := messages.Next(); err != nil || !strings.Contains(m.Comment, "the token has expired") {
		t.Errorf("got %+v, %v; want that the token has expired", m, err)
	}
	if _, err := messages.Next(); !errors.Is(err, io.EOF) {
		t.Errorf("got %v, want the end", err)
	}
}

// A client that reads nothing is let go, and meanwhile others get everything.
func TestAClientThatDoesNotRead(t *testing.T) {
	t.Parallel()
	const events = 200
	w := newWatched(t, watch.Config{MaxStreams: 2, WriteTimeout: 3 * time.Second}, time.Minute, 200_000, auth.Identity{})
	w.runFeed(t)
	server := httptest.NewServer(w.api)
	t.Cleanup(server.Close)
	t.Cleanup(w.feed.Stop)

	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if _, err := io.WriteString(conn, "GET /things?watch=true HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if _, err := bufio.NewReaderSize(conn, 16).ReadByte(); err != nil { // it has begun
		t.Fatal(err)
	}
	messages := openStream(t, server.Client().Transport, server.URL)
	w.log.write(events)
	for seen := 0; seen < events; {
		m, err := messages.Next()
		if err != nil {
			t.Fatalf("after %d events: %v", seen, err)
		}
		if m.Data != nil {
			seen++
		}
	}
	waitUntil(t, "one stream is left", func() bool { return w.feed.Streams() == 1 })
}
