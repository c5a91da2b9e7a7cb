package watch

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/trexgen/trexgen/blueprints/service/pkg/dao"
)

// Why there is no stream, or no longer.
var (
	// ErrBusy means that there are as many streams as there may be.
	ErrBusy = errors.New("too many streams")
	// ErrStopped means that the Feed has been told to stop.
	ErrStopped = errors.New("the service stops")
	// ErrID means that an id is none of a message.
	ErrID = errors.New("not the id of a message")
	// ErrGone means that what follows an id may not be kept any more.
	ErrGone = errors.New("events after the id may be gone")
)

// Log is the log of events as the Feed reads it; dao.EventLog is one.
type Log interface {
	// End returns a position before all events that are committed from now on.
	End(ctx context.Context) (dao.EventPosition, error)

	// Read returns up to limit events of sources after a position, in their
	// order, and the position to go on from. Fewer than limit are all there are.
	Read(ctx context.Context, after dao.EventPosition, sources []string, limit int) ([]dao.EventAt, dao.EventPosition, error)

	// Purged reports whether events after the position may be missing.
	Purged(ctx context.Context, after dao.EventPosition) (bool, error)
}

// Config tunes a Feed. Its zero value allows no stream; the rest has defaults.
type Config struct {
	// MaxStreams bounds the streams that are open at a time.
	MaxStreams int

	// Heartbeat is how long a stream waits for something to say; 0 means 15
	// seconds.
	Heartbeat time.Duration

	// WriteTimeout is how long a client may take for a message; 0 means 20
	// seconds.
	WriteTimeout time.Duration

	// SweepEvery is the time between two looks at the log when nothing wakes
	// the Feed, and between two attempts to reach the database; 0 means a second.
	SweepEvery time.Duration

	// Page is the number of events that are read at once; 0 means 100.
	Page int

	// Buffer and BufferBytes bound the messages that wait for one client; 0
	// means 256, and a megabyte. A client that is further behind is served from
	// the log.
	Buffer, BufferBytes int

	// Readers is the number of streams that read on their own at a time; 0
	// means 4. It keeps a crowd that comes back from taking all connections.
	Readers int
}

func (c Config) withDefaults() Config {
	c.Heartbeat = cmp.Or(c.Heartbeat, 15*time.Second)
	c.WriteTimeout = cmp.Or(c.WriteTimeout, 20*time.Second)
	c.SweepEvery = cmp.Or(c.SweepEvery, time.Second)
	c.Page = cmp.Or(c.Page, 100)
	c.Buffer = cmp.Or(c.Buffer, 256)
	c.BufferBytes = cmp.Or(c.BufferBytes, 1<<20)
	c.Readers = cmp.Or(c.Readers, 4)
	return c
}

// Feed reads the log for all streams.
type Feed struct {
	cfg    Config
	events Log
	log    *slog.Logger
	wanted chan struct{} // holds one
	turns  chan struct{} // one for each stream that reads on its own
	ended  chan struct{} // closed by Stop

	// mu guards what follows and the shared part of streams.
	mu       sync.Mutex
	stopped  bool
	streams  int                              // that are open
	fed      map[*Source]map[*Stream]struct{} // those of them that get what is read
	waiting  []*admission
	position dao.EventPosition // up to which those who are fed were given everything
}

// New returns a Feed of the events in log. It reads nothing before Run.
func New(cfg Config, events Log, log *slog.Logger) *Feed {
	cfg = cfg.withDefaults()
	return &Feed{
		cfg: cfg, events: events, log: log,
		wanted: make(chan struct{}, 1),
		turns:  make(chan struct{}, cfg.Readers),
		ended:  make(chan struct{}),
		fed:    map[*Source]map[*Stream]struct{}{},
	}
}

// Config returns the Feed's settings, with the defaults filled in.
func (f *Feed) Config() Config { return f.cfg }

// Streams is the number of open streams.
func (f *Feed) Streams() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.streams
}

// Wake says that there may be new events. It never blocks; of many calls in a
// row some may count as one.
func (f *Feed) Wake() {
	select {
	case f.wanted <- struct{}{}:
	default: // one is waiting to be seen, and will see all
	}
}

// Stop ends all streams at once and lets no new ones begin.
func (f *Feed) Stop() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.stopped {
		f.stopped = true
		close(f.ended)
	}
}

// Run reads the log until ctx ends and then returns nil, as long as there is a
// stream. That the database is away ends nothing.
func (f *Feed) Run(ctx context.Context) error {
	defer f.Stop()
	sweep := time.NewTicker(f.cfg.SweepEvery)
	defer sweep.Stop()
	r := &reading{Feed: f}
	soon := time.NewTimer(firstLook)
	defer soon.Stop()
	for pause := firstLook; ; {
		woken := false
		select {
		case <-ctx.Done():
			return nil
		case <-f.wanted:
			woken, pause = true, firstLook
		case <-soon.C:
			woken = true
		case <-sweep.C:
		}
		if found := r.round(ctx); woken && !found && pause < f.cfg.SweepEvery {
			soon.Reset(pause)
			pause *= 2
		}
	}
}

// firstLook is how long the Feed waits when it was woken and found nothing, the
// first time: the log holds an event back while one that is written before it
// is not committed yet.
const firstLook = 5 * time.Millisecond

// give hands messages to the streams of source that are fed. Those for whom
// it is too much are fed no longer.
func (f *Feed) give(source *Source, messages []message) {
	for stream := range f.fed[source] {
		if !stream.push(messages) {
			f.starve(stream)
		}
	}
}

// starve gives stream nothing more. The caller holds mu.
func (f *Feed) starve(stream *Stream) {
	delete(f.fed[stream.source], stream)
	if len(f.fed[stream.source]) == 0 {
		delete(f.fed, stream.source)
	}
	stream.signal()
}

// fedSources are the sources whose streams are fed, by name.
func (f *Feed) fedSources() []*Source {
	f.mu.Lock()
	defer f.mu.Unlock()
	var sources []*Source
	for source := range f.fed {
		sources = append(sources, source)
	}
	slices.SortFunc(sources, func(a, b *Source) int { return cmp.Compare(a.name, b.name) })
	return sources
}
