package forwarder_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/dao"
	"github.com/trexgen/trexgen/blueprints/service/pkg/forwarder"
)

// memory is a log of events in memory. Positions are numbers of events.
type memory struct {
	mu      sync.Mutex
	events  []api.Event
	cursor  dao.EventPosition
	broken  error         // what saving the cursor answers, instead of doing it
	saved   chan struct{} // is told of each attempt to save, if there is room
	reading error         // what reading answers
}

func newMemory() *memory { return &memory{saved: make(chan struct{}, 1000)} }

// live has n objects live: see life. Their ids are as in lives.
func (m *memory) live(n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i, what := range life {
		for object := range n {
			m.events = append(m.events, api.Event{
				Meta:   api.Meta{ID: fmt.Sprintf("%d-%d", object, i), CreatedAt: time.Now().Add(-time.Hour)},
				Source: "Owls", SourceID: fmt.Sprint(object), EventType: what, Sequence: int64(len(m.events) + 1),
			})
		}
	}
}

func (m *memory) Read(ctx context.Context, after dao.EventPosition, _ []string, limit int) ([]dao.EventAt, dao.EventPosition, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := errors.Join(m.reading, ctx.Err()); err != nil {
		return nil, after, err
	}
	var events []dao.EventAt
	for _, event := range m.events[after:min(int(after)+limit, len(m.events))] {
		after++
		events = append(events, dao.EventAt{Event: event, Position: after})
	}
	return events, after, nil
}

func (m *memory) Cursor(context.Context, string) (dao.EventPosition, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.cursor, nil
}

func (m *memory) SaveCursor(ctx context.Context, reader string, from, to dao.EventPosition) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	defer func() { m.saved <- struct{}{} }()
	switch {
	case reader != forwarder.Reader:
		return fmt.Errorf("a cursor of %q", reader)
	case ctx.Err() != nil:
		return ctx.Err()
	case m.broken != nil:
		return m.broken
	case m.cursor != from:
		return dao.ErrStale
	}
	m.cursor = to
	return nil
}

// set changes m under its lock.
func (m *memory) set(change func(*memory)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	change(m)
}

// quick looks and tries again so often that nothing has to wake it.
func quick() forwarder.Config {
	return forwarder.Config{Batch: 7, PollEvery: time.Millisecond, BackoffBase: time.Millisecond, BackoffMax: 5 * time.Millisecond}
}

// forward runs a forwarder until the returned func stops it.
func forward(t testing.TB, cfg forwarder.Config, events forwarder.Log, publisher forwarder.Publisher, log *slog.Logger) (f *forwarder.Forwarder, stop func()) {
	t.Helper()
	f = forwarder.New(cfg, events, publisher, log)
	return f, background(t, f.Run)
}

// background runs work until the returned func stops it, or the test ends.
func background(t testing.TB, work func(context.Context) error) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- work(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("ended with %v", err)
		}
	})
	t.Cleanup(stop)
	return stop
}
