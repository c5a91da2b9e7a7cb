package forwarder_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/trexgen/trexgen/blueprints/service/pkg/dao"
	"github.com/trexgen/trexgen/blueprints/service/pkg/forwarder"
)

// wantOnce checks that the stream has all events of n objects, each once.
func wantOnce(t *testing.T, b *broker, n int) {
	t.Helper()
	got := b.contents()
	wantLives(t, got, n)
	if want := n * len(life); len(got) != want {
		t.Errorf("the stream has %d messages, want %d", len(got), want)
	}
}

func TestAllEventsArriveOnceAndInOrder(t *testing.T) {
	t.Parallel()
	b, events := startBroker(t), newMemory()
	b.stream("events.>")
	events.live(30)
	_, stop := forward(t, quick(), events, b.publisher(), discard)
	b.await(120)
	stop()
	wantOnce(t, b, 30)

	_, stop = forward(t, quick(), events, b.publisher(), discard) // has nothing to do
	stop()
	wantOnce(t, b, 30)
}

// Not in parallel: it looks at all goroutines of the process.
func TestNothingIsLeftBehind(t *testing.T) {
	b, events := startBroker(t), newMemory()
	b.stream("events.>")
	events.live(3)
	before := goleak.IgnoreCurrent()
	publisher := b.publisher()
	_, stop := forward(t, quick(), events, publisher, discard)
	<-events.saved
	<-events.saved
	stop()
	must(t, publisher.Close())
	goleak.VerifyNone(t, before)
	wantOnce(t, b, 3)
}

func TestFirstMessageIsACloudEvent(t *testing.T) {
	t.Parallel()
	b, events := startBroker(t), newMemory()
	b.stream("events.>")
	events.live(1)
	forward(t, quick(), events, b.publisher(), discard)
	b.await(1)
	got := b.contents()[0]
	if want := (cloudEvent{"0-0", "bone-vault.Owls.Create", "0"}); got.Event != want || got.Subject != "events.Owls.Create" {
		t.Errorf("%s: %+v, want %+v", got.Subject, got.Event, want)
	}
}

// The process ends between the acknowledgement and the cursor: what is published
// again is dropped by the stream.
func TestCrashBeforeTheCursorIsSaved(t *testing.T) {
	t.Parallel()
	b, events := startBroker(t), newMemory()
	b.stream("events.>")
	events.live(10)
	events.set(func(m *memory) { m.broken = errors.New("gone") })
	_, stop := forward(t, quick(), events, b.publisher(), discard)
	<-events.saved
	<-events.saved // tried again, without publishing again
	stop()
	if got := len(b.contents()); got != quick().Batch {
		t.Fatalf("%d messages were published before the cursor was to be saved, want %d", got, quick().Batch)
	}
	events.set(func(m *memory) { m.broken = nil })
	forward(t, quick(), events, b.publisher(), discard)
	b.await(40)
	wantOnce(t, b, 10)
}

func TestServerRestartsMeanwhile(t *testing.T) {
	t.Parallel()
	b, events := startBroker(t), newMemory()
	b.stream("events.>")
	events.live(100)
	halfway := make(chan struct{})
	cfg, published := quick(), 0
	cfg.Observe = func(n int) {
		if published += n; published >= 200 && published-n < 200 {
			close(halfway)
		}
	}
	forward(t, cfg, events, b.publisher(), discard)
	<-halfway
	b.stop()
	b.start()
	b.await(400)
	wantOnce(t, b, 100)
}

func TestStreamIsMadeLater(t *testing.T) {
	t.Parallel()
	b, events := startBroker(t), newMemory()
	events.live(2)
	lines := &lines{seen: make(chan string, 100)}
	tries := &counting{Publisher: b.publisher(), calls: make(chan error, 1000)}
	cfg := quick()
	cfg.Batch = 100
	f, _ := forward(t, cfg, events, tries, slog.New(slog.NewTextHandler(lines, nil)))
	for range 5 {
		if err := <-tries.calls; err == nil {
			t.Fatal("published without a stream")
		}
	}
	if lag := f.Lag(); lag < time.Hour {
		t.Errorf("the lag is %s, want the age of the oldest event", lag)
	}
	b.stream("events.>")
	b.await(8)
	wantOnce(t, b, 2)
	for line := range lines.seen {
		if strings.Contains(line, "forwarded again") {
			break
		}
		if !strings.Contains(line, "create the stream EVENTS") || lines.count("create the stream EVENTS") != 1 {
			t.Errorf("logged %q; want once that the stream is missing", line)
		}
	}
	if lag := f.Lag(); lag != 0 {
		t.Errorf("the lag is %s although all is forwarded", lag)
	}
}

// Two replicas forward at a time, as when the leader does not know yet that it
// is none, and each is stopped and started again and again.
func TestManyForwardersAtOnce(t *testing.T) {
	t.Parallel()
	b, events := startBroker(t), newMemory()
	b.stream("events.>")
	events.live(100)
	var replicas sync.WaitGroup
	for range 3 {
		replicas.Go(func() {
			for range 5 {
				_, stop := forward(t, quick(), events, b.publisher(), discard)
				<-events.saved
				<-events.saved
				stop()
			}
		})
	}
	replicas.Wait()
	forward(t, quick(), events, b.publisher(), discard)
	b.await(400)
	wantOnce(t, b, 100)
}

// Now and then only a part of a batch is published, or all of it without an
// answer, or the cursor is not saved.
func TestPartsOfBatches(t *testing.T) {
	t.Parallel()
	b, events := startBroker(t), newMemory()
	b.stream("events.>")
	events.live(50)
	forward(t, quick(), unsteady{events}, torn{b.publisher()}, discard)
	b.await(200)
	wantOnce(t, b, 50)
}

func TestOneEventThatIsNoneIsLeftOut(t *testing.T) {
	t.Parallel()
	b, events := startBroker(t), newMemory()
	b.stream("events.>")
	events.live(2)
	events.events[3].ID = ""
	forward(t, quick(), events, b.publisher(), discard)
	b.await(7)
}

func TestLagWithoutTheDatabase(t *testing.T) {
	t.Parallel()
	events := newMemory()
	events.reading = errors.New("away")
	said := &lines{seen: make(chan string, 100)}
	f, stop := forward(t, quick(), events, torn{}, slog.New(slog.NewTextHandler(said, nil)))
	<-said.seen
	if f.Lag() == 0 {
		t.Error("no lag although nothing can be read")
	}
	stop()
	if f.Lag() != 0 {
		t.Error("a replica that does not forward has a lag")
	}
}

// torn publishes as torn connections do.
type torn struct{ forwarder.Publisher }

func (p torn) Publish(ctx context.Context, messages []forwarder.Message) error {
	part := rand.IntN(2 * len(messages))
	if err := p.Publisher.Publish(ctx, messages[:min(part, len(messages))]); err != nil {
		return err
	}
	if part <= len(messages) {
		return errors.New("torn")
	}
	return nil
}

// unsteady loses the answer to every other change of the cursor.
type unsteady struct{ *memory }

func (u unsteady) SaveCursor(ctx context.Context, reader string, from, to dao.EventPosition) error {
	err := u.memory.SaveCursor(ctx, reader, from, to)
	if err == nil && rand.IntN(2) == 0 {
		return errors.New("lost")
	}
	return err
}

// counting tells how each call ended.
type counting struct {
	forwarder.Publisher
	calls chan error
}

func (p *counting) Publish(ctx context.Context, messages []forwarder.Message) error {
	err := p.Publisher.Publish(ctx, messages)
	p.calls <- err
	return err
}

// lines is a log that hands each line on.
type lines struct {
	mu   sync.Mutex
	all  bytes.Buffer
	seen chan string
}

func (l *lines) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.seen <- string(line)
	return l.all.Write(line)
}

func (l *lines) count(text string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.all.String(), text)
}
