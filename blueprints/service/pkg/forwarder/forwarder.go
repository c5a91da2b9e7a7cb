package forwarder

import (
	"cmp"
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/trexgen/trexgen/blueprints/service/pkg/api"
	"github.com/trexgen/trexgen/blueprints/service/pkg/dao"
)

// Reader is the name under which the forwarder keeps its cursor. An event that
// it has not passed must not be purged.
const Reader = "forwarder"

// Log is the log of events as the Forwarder uses it; dao.EventLog is one.
type Log interface {
	// Read returns up to limit events after the position, in order, and the
	// position after them. Fewer than limit are all that there are at present.
	Read(ctx context.Context, after dao.EventPosition, sources []string, limit int) ([]dao.EventAt, dao.EventPosition, error)

	// Cursor returns how far the reader has come. SaveCursor moves it on, unless
	// somebody else has: then the error is dao.ErrStale.
	Cursor(ctx context.Context, reader string) (dao.EventPosition, error)
	SaveCursor(ctx context.Context, reader string, from, to dao.EventPosition) error
}

// Config tunes a Forwarder. The zero value works.
type Config struct {
	// Batch is the number of events that are read and published at once; 0
	// means 500.
	Batch int

	// PollEvery is the time between two looks for new events when nothing wakes
	// the Forwarder; 0 means a second.
	PollEvery time.Duration

	// BackoffBase is the time before the second attempt when something fails;
	// it doubles with each one up to BackoffMax, less up to a half by chance. 0
	// means a tenth of a second, and five seconds.
	BackoffBase, BackoffMax time.Duration

	// Clock is the one by which events are dated; nil means the machine's.
	Clock func(ctx context.Context) (time.Time, error)

	// Observe, unless nil, is told how many events have been published, whenever
	// some have.
	Observe func(events int)
}

func (c Config) withDefaults() Config {
	c.Batch = cmp.Or(c.Batch, 500)
	c.PollEvery = cmp.Or(c.PollEvery, time.Second)
	c.BackoffBase = cmp.Or(c.BackoffBase, 100*time.Millisecond)
	c.BackoffMax = cmp.Or(c.BackoffMax, 5*time.Second)
	if c.Clock == nil {
		c.Clock = func(context.Context) (time.Time, error) { return api.Now(), nil }
	}
	if c.Observe == nil {
		c.Observe = func(int) {}
	}
	return c
}

// Forwarder publishes all events of the log, from the oldest one that is kept
// when it runs for the first time.
type Forwarder struct {
	cfg       Config
	events    Log
	publisher Publisher
	log       *slog.Logger
	wake      chan struct{} // holds one

	mu      sync.Mutex
	trouble string    // what was logged and is not over yet
	behind  time.Time // when the oldest event that is to be forwarded was written
}

// New returns a Forwarder, which does nothing before Run.
func New(cfg Config, events Log, publisher Publisher, log *slog.Logger) *Forwarder {
	return &Forwarder{
		cfg: cfg.withDefaults(), events: events, publisher: publisher, log: log,
		wake: make(chan struct{}, 1),
	}
}

// Run forwards events until ctx ends. That the log or the broker is away is no
// reason to end: it is logged, once, and tried again.
//
// Run it where one replica at a time does, as under a db.Leader. Two at a time do
// no harm, but the work twice.
func (f *Forwarder) Run(ctx context.Context) error {
	defer f.setBehind(time.Time{})
	(&term{Forwarder: f}).run(ctx)
	return nil
}

// Wake says that there may be new events. It never blocks.
func (f *Forwarder) Wake() {
	select {
	case f.wake <- struct{}{}:
	default: // one is waiting to be seen, and will see all
	}
}

// Lag is the age of the oldest event that is still to be forwarded, as far as
// this replica knows: 0 if there is none, and unless it runs.
func (f *Forwarder) Lag() time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.behind.IsZero() {
		return 0
	}
	return time.Since(f.behind)
}

func (f *Forwarder) setBehind(since time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.behind = since
}

// report logs what is wrong when that changes; nil is that nothing is.
func (f *Forwarder) report(ctx context.Context, err error) {
	text := ""
	if err != nil {
		text = err.Error()
	}
	f.mu.Lock()
	before := f.trouble
	f.trouble = text
	f.mu.Unlock()
	switch {
	case text == before:
	case err != nil:
		f.log.WarnContext(ctx, "events are not forwarded, trying again", "error", err)
	default:
		f.log.InfoContext(ctx, "events are forwarded again")
	}
}
