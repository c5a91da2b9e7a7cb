package watch_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/dao"
	"github.com/trexgen/trexgen/blueprints/service/pkg/watch"
)

var errAway = errors.New("the log is away")

// fakeLog is a log of events in memory, all of which are settled at once.
type fakeLog struct {
	mu     sync.Mutex
	events []dao.EventAt
	purged dao.EventPosition
	away   bool
	asked  chan struct{} // gets one, if there is room, for each call while away
	given  int           // events that were read
}

func newFakeLog() *fakeLog { return &fakeLog{asked: make(chan struct{}, 1)} }

// write adds events about objects of source.
func (l *fakeLog) write(source string, ids ...string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, id := range ids {
		position := dao.EventPosition(len(l.events) + 1)
		event := api.Event{Meta: api.Meta{ID: api.NewID()}, Source: source, SourceID: id, EventType: api.UpdateEvent}
		l.events = append(l.events, dao.EventAt{Event: event, Position: position})
	}
}

func (l *fakeLog) set(change func(l *fakeLog)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	change(l)
}

// reach is nil if the log answers.
func (l *fakeLog) reach() error {
	if !l.away {
		return nil
	}
	select {
	case l.asked <- struct{}{}:
	default:
	}
	return errAway
}

func (l *fakeLog) End(context.Context) (dao.EventPosition, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return dao.EventPosition(len(l.events)), l.reach()
}

func (l *fakeLog) Purged(_ context.Context, after dao.EventPosition) (bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return after < l.purged, l.reach()
}

func (l *fakeLog) Read(_ context.Context, after dao.EventPosition, sources []string, limit int) ([]dao.EventAt, dao.EventPosition, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.reach(); err != nil {
		return nil, after, err
	}
	var found []dao.EventAt
	next := max(after, dao.EventPosition(len(l.events)))
	for _, at := range l.events[min(int(after), len(l.events)):] {
		if len(found) == limit {
			next = found[limit-1].Position
			break
		}
		for _, source := range sources {
			if at.Event.Source == source && at.Position > l.purged {
				found = append(found, at)
			}
		}
	}
	l.given += len(found)
	return found, next, nil
}

// bundle is a Feed that runs on a fake.
type bundle struct {
	*watch.Feed
	t    *testing.T
	log  *fakeLog
	owls *watch.Source

	mu    sync.Mutex
	loads int // of owls
}

// quick sweeps so often that nothing has to wake it.
func quick() watch.Config {
	return watch.Config{MaxStreams: 1000, SweepEvery: time.Millisecond, Heartbeat: time.Minute, Page: 3}
}

func setup(t *testing.T, cfg watch.Config) *bundle {
	t.Helper()
	log := newFakeLog()
	b := &bundle{t: t, log: log, Feed: watch.New(cfg, log, slog.New(slog.DiscardHandler))}
	b.owls = b.Source("Owls", func(_ context.Context, ids []string) (map[string]any, error) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.loads++
		objects := map[string]any{}
		for _, id := range ids {
			if !strings.HasPrefix(id, "gone") {
				objects[id] = map[string]any{"id": id}
			}
			if strings.HasPrefix(id, "broken") {
				objects[id] = make(chan int)
			}
		}
		return objects, nil
	})
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- b.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return b
}

// open begins a stream that ends with the test.
func (b *bundle) open(source *watch.Source, id string) *watch.Stream {
	b.t.Helper()
	stream, err := source.Open(b.t.Context(), id)
	if err != nil {
		b.t.Fatalf("open at %q: %v", id, err)
	}
	b.t.Cleanup(stream.Close)
	return stream
}

// told is a message, read.
type told struct {
	ID, Type string
	Change   struct {
		Event  map[string]any
		Object map[string]any
	}
}

func parse(t *testing.T, wire []byte) (m told) {
	t.Helper()
	lines := strings.Split(string(wire), "\n")
	if len(lines) != 5 || lines[3]+lines[4] != "" {
		t.Fatalf("%q is not a message of three lines", wire)
	}
	var data string
	for i, begin := range []string{"id: ", "event: ", "data: "} {
		rest, ok := strings.CutPrefix(lines[i], begin)
		if !ok {
			t.Fatalf("line %d of %q does not begin with %q", i+1, wire, begin)
		}
		*[]*string{&m.ID, &m.Type, &data}[i] = rest
	}
	if err := json.Unmarshal([]byte(data), &m.Change); err != nil {
		t.Fatal(err)
	}
	return m
}

// next returns the ids of the messages up to the n-th, and of their objects.
func next(t *testing.T, stream *watch.Stream, n int) (ids, objects []string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for len(ids) < n {
		messages, err := stream.Next(ctx)
		if err != nil {
			t.Fatalf("after %d of %d messages: %v", len(ids), n, err)
		}
		for _, wire := range messages {
			m := parse(t, wire)
			ids, objects = append(ids, m.ID), append(objects, fmt.Sprint(m.Change.Event["source_id"]))
		}
	}
	return ids, objects
}
