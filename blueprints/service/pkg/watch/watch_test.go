package watch_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.uber.org/goleak"

	"github.com/trexgen/trexgen/blueprints/service/pkg/dao"
	"github.com/trexgen/trexgen/blueprints/service/pkg/watch"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func want(t *testing.T, got []string, wanted ...string) {
	t.Helper()
	if diff := cmp.Diff(wanted, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

// numbered are n names of objects.
func numbered(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = "object " + strconv.Itoa(i)
	}
	return names
}

func TestAStreamBeginsNow(t *testing.T) {
	t.Parallel()
	b := setup(t, quick())
	b.log.write("Owls", "a", "b")
	stream := b.open(b.owls, "")
	if stream.ID() != "2" {
		t.Errorf("it begins at %s, want 2", stream.ID())
	}
	b.log.write("Bats", "x")
	b.log.write("Owls", "c", "gone d")
	ids, objects := next(t, stream, 2)
	want(t, ids, "4", "5")
	want(t, objects, "c", "gone d")
}

func TestMessages(t *testing.T) {
	t.Parallel()
	b := setup(t, quick())
	b.log.write("Owls", "a", "gone b")
	stream := b.open(b.owls, "0")
	messages, err := stream.Next(t.Context())
	if err != nil || len(messages) != 2 {
		t.Fatalf("got %d messages, %v; want 2", len(messages), err)
	}
	for i, id := range []string{"a", "gone b"} {
		m := parse(t, messages[i])
		event := b.log.events[i].Event
		if m.Type != "Update" || m.Change.Event["id"] != event.ID || m.Change.Event["source"] != "Owls" || m.Change.Event["source_id"] != id {
			t.Errorf("got %s", messages[i])
		}
		if gone := strings.HasPrefix(id, "gone"); gone != (m.Change.Object == nil) || !gone && m.Change.Object["id"] != id {
			t.Errorf("object of %s: got %v", id, m.Change.Object)
		}
		if attempts, ok := m.Change.Event["attempts"]; ok {
			t.Errorf("the client is told of %v attempts", attempts)
		}
	}
}

func TestResumingAtEachPosition(t *testing.T) {
	t.Parallel()
	b := setup(t, quick())
	names := numbered(10)
	for _, name := range names {
		b.log.write("Owls", name)
		b.log.write("Bats", "x")
	}
	for position := range 21 {
		stream := b.open(b.owls, strconv.Itoa(position))
		rest := names[(position+1)/2:]
		_, objects := next(t, stream, len(rest))
		want(t, objects, rest...)
		stream.Close()
	}
	// After its history, a stream is fed.
	stream := b.open(b.owls, "15")
	b.log.write("Owls", "later")
	_, objects := next(t, stream, 3)
	want(t, objects, names[8], names[9], "later")
}

// Writers go on while streams begin in the past, meet the feed, are dropped from
// it because they are slow, and come back.
func TestSlowClientsMissNothing(t *testing.T) {
	t.Parallel()
	cfg := quick()
	cfg.Buffer = 2
	b := setup(t, cfg)
	const events, clients = 500, 5
	var all sync.WaitGroup
	for range clients {
		stream := b.open(b.owls, "")
		all.Go(func() {
			ids, objects := next(t, stream, events)
			want(t, objects, numbered(events)...)
			if len(ids) != events {
				t.Errorf("%d messages, want %d", len(ids), events)
			}
		})
	}
	for _, name := range numbered(events) {
		b.log.write("Owls", name)
	}
	all.Wait()
}

func TestASlowClientHoldsUpNobody(t *testing.T) {
	t.Parallel()
	cfg := quick()
	cfg.Buffer = 4
	b := setup(t, cfg)
	slow, quick := b.open(b.owls, ""), b.open(b.owls, "")
	names := numbered(50)
	for i := range names {
		b.log.write("Owls", names[i])
		_, objects := next(t, quick, 1)
		want(t, objects, names[i])
	}
	_, objects := next(t, slow, len(names))
	want(t, objects, names...)
}

// The bytes that wait for a client are bounded too.
func TestLargeMessagesAreReadAgain(t *testing.T) {
	t.Parallel()
	cfg := quick()
	cfg.BufferBytes = 1
	b := setup(t, cfg)
	stream := b.open(b.owls, "")
	b.log.write("Owls", numbered(20)...)
	_, objects := next(t, stream, 20)
	want(t, objects, numbered(20)...)
}

func TestObjectsAreLoadedOnceForAllStreams(t *testing.T) {
	t.Parallel()
	cfg := quick()
	cfg.Page, cfg.SweepEvery = 100, time.Hour // only what is woken reads
	b := setup(t, cfg)
	streams := make([]*watch.Stream, 50)
	for i := range streams {
		streams[i] = b.open(b.owls, "")
	}
	b.log.write("Owls", numbered(20)...)
	b.Wake()
	for _, stream := range streams {
		next(t, stream, 20)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.loads != 1 {
		t.Errorf("%d queries for objects, want 1", b.loads)
	}
}

func TestNobodyReadsForNobody(t *testing.T) {
	t.Parallel()
	cfg := quick()
	cfg.SweepEvery = time.Hour // only what is woken reads
	b := setup(t, cfg)
	stream := b.open(b.owls, "")
	b.log.write("Owls", "a")
	b.Wake()
	next(t, stream, 1)
	stream.Close()
	b.log.set(func(l *fakeLog) { l.given = 0 })
	b.log.write("Owls", "b")
	if stream := b.open(b.owls, ""); stream.ID() != "2" {
		t.Errorf("the next stream begins at %s, want 2", stream.ID())
	}
	b.log.set(func(l *fakeLog) {
		if l.given > 0 {
			t.Errorf("%d events were read for no stream", l.given)
		}
	})
}

func TestRefusedStreams(t *testing.T) {
	t.Parallel()
	cfg := quick()
	cfg.MaxStreams = 1
	b := setup(t, cfg)
	b.log.write("Owls", "a", "b", "c")
	b.log.set(func(l *fakeLog) { l.purged = 2 })
	refused := func(id string, wanted error) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if _, err := b.owls.Open(ctx, id); !errors.Is(err, wanted) {
			t.Errorf("open at %q: got %v, want %v", id, err, wanted)
		}
	}
	refused("nonsense", watch.ErrID)
	refused("-1", watch.ErrID)
	refused("1", watch.ErrGone)
	refused("4", watch.ErrGone) // of another log
	b.open(b.owls, "2")
	refused("2", watch.ErrBusy)
	if b.Streams() != 1 {
		t.Errorf("%d streams, want 1", b.Streams())
	}
	b.Stop()
	refused("2", watch.ErrStopped)
}

// An id may come from a replica that is ahead.
func TestAnIDThatIsAhead(t *testing.T) {
	t.Parallel()
	b := setup(t, quick())
	b.log.write("Owls", "a")
	opened := make(chan *watch.Stream)
	go func() {
		stream, err := b.owls.Open(t.Context(), "2")
		if err != nil {
			t.Error(err)
		}
		opened <- stream
	}()
	b.log.write("Owls", "b", "c")
	stream := <-opened
	defer stream.Close()
	_, objects := next(t, stream, 1)
	want(t, objects, "c")
}

func TestStopEndsStreamsAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t, quick())
	ended := make(chan error, 10)
	for range 10 {
		stream := b.open(b.owls, "")
		go func() {
			_, err := stream.Next(t.Context())
			ended <- err
		}()
	}
	b.Stop()
	for range 10 {
		if err := <-ended; !errors.Is(err, watch.ErrStopped) {
			t.Errorf("got %v, want %v", err, watch.ErrStopped)
		}
	}
}

func TestHeartbeatsMoveTheID(t *testing.T) {
	t.Parallel()
	cfg := quick()
	cfg.Heartbeat = 5 * time.Millisecond
	b := setup(t, cfg)
	stream := b.open(b.owls, "")
	b.log.write("Bats", "x", "y", "z")
	for deadline := time.Now().Add(30 * time.Second); stream.ID() != "3"; {
		if messages, err := stream.Next(t.Context()); err != nil || len(messages) > 0 || time.Now().After(deadline) {
			t.Fatalf("got %q, %v, and the id %s; want none and in the end the id 3", messages, err, stream.ID())
		}
	}
}

func TestStreamsOutliveTheDatabase(t *testing.T) {
	t.Parallel()
	cfg := quick()
	cfg.Buffer = 2
	b := setup(t, cfg)
	fed, behind := b.open(b.owls, ""), b.open(b.owls, "")
	b.log.write("Owls", numbered(10)...)
	next(t, fed, 10) // behind has been dropped by now
	b.log.set(func(l *fakeLog) { l.away = true })
	<-b.log.asked
	refused := func() {
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		if _, err := b.owls.Open(ctx, ""); !errors.Is(err, errAway) {
			t.Errorf("open meanwhile: got %v, want %v", err, errAway)
		}
	}
	refused()
	b.log.write("Owls", "meanwhile")
	var both sync.WaitGroup
	both.Go(func() { next(t, fed, 1) })
	both.Go(func() {
		_, objects := next(t, behind, 11)
		want(t, objects, append(numbered(10), "meanwhile")...)
	})
	<-b.log.asked
	b.log.set(func(l *fakeLog) { l.away = false })
	both.Wait()
}

// Who has not been told of all there was has to know.
func TestStreamsEndAtAGap(t *testing.T) {
	t.Parallel()
	cfg := quick()
	cfg.Buffer = 2
	b := setup(t, cfg)
	behind := b.open(b.owls, "")
	fed := b.open(b.owls, "")
	b.log.write("Owls", numbered(10)...)
	next(t, fed, 10)
	b.log.set(func(l *fakeLog) { l.away = true })
	<-b.log.asked
	b.log.write("Owls", "purged")
	b.log.set(func(l *fakeLog) { l.purged, l.away = 11, false })
	if messages, err := fed.Next(t.Context()); !errors.Is(err, watch.ErrGone) {
		t.Errorf("fed: got %q, %v; want %v", messages, err, watch.ErrGone)
	}
	var err error
	for range 3 { // what waits for it first
		if _, err = behind.Next(t.Context()); err != nil {
			break
		}
	}
	if !errors.Is(err, watch.ErrGone) {
		t.Errorf("behind: got %v, want %v", err, watch.ErrGone)
	}
	b.log.write("Owls", "after")
	_, objects := next(t, b.open(b.owls, "11"), 1)
	want(t, objects, "after")
}

// An object that no JSON can show ends the streams of its kind, and no others.
func TestAnObjectThatCannotBeShown(t *testing.T) {
	t.Parallel()
	b := setup(t, quick())
	bats := b.Source("Bats", func(context.Context, []string) (map[string]any, error) { return nil, nil })
	owls, others := b.open(b.owls, ""), b.open(bats, "")
	b.log.write("Owls", "a", "broken")
	b.log.write("Bats", "x", "y")
	next(t, owls, 1)
	if _, err := owls.Next(t.Context()); err == nil || !strings.Contains(err.Error(), "Owls broken") {
		t.Errorf("got %v, want an error about the object", err)
	}
	next(t, others, 2)
	resumed := b.open(b.owls, "0")
	next(t, resumed, 1)
	if _, err := resumed.Next(t.Context()); err == nil || !strings.Contains(err.Error(), "Owls broken") {
		t.Errorf("resumed: got %v, want an error about the object", err)
	}
}

func TestManyStreamsAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t, quick())
	const clients, events = 500, 20
	b.log.write("Owls", numbered(events)...)
	var all sync.WaitGroup
	for i := range clients {
		all.Go(func() {
			stream, err := b.owls.Open(t.Context(), fmt.Sprint(i%events))
			if err != nil {
				t.Error(err)
				return
			}
			defer stream.Close()
			_, objects := next(t, stream, events-i%events)
			want(t, objects, numbered(events)[i%events:]...)
		})
	}
	all.Wait()
	if b.Streams() != 0 {
		t.Errorf("%d streams are left", b.Streams())
	}
}

var _ watch.Log = (*dao.EventLog)(nil)
