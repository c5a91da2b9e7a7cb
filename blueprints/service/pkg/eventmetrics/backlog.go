package eventmetrics

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/trexgen/trexgen/blueprints/service/pkg/dao"
)

const (
	// askEvery is the time between two questions to the database: however many
	// scrape, and whether it answers or not, it is not asked more often.
	askEvery = 5 * time.Second

	// stale is how old an answer may be to be shown at all: what cannot be known
	// must not look as if all were well.
	stale = time.Minute

	// patience is how long a scrape waits for an answer, and askTimeout how long
	// the question may take beyond that.
	patience   = 250 * time.Millisecond
	askTimeout = 5 * time.Second
)

var (
	openDesc   = describe("events_open", "Events that wait to be handled or are being handled.")
	parkedDesc = describe("events_parked", "Events that are dead and wait for somebody to retry or drop them.")
	oldestDesc = describe("events_oldest_age_seconds", "Age of the oldest event that is not handled; 0 if there is none.")
)

func describe(name, help string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, []string{"consumer"}, nil)
}

// Backlog shows how much is left to be handled, by consumer. It asks the
// database when it is scraped, now and then, and never lets a scrape wait for it
// for long: without an answer it shows the last one for a while, and then none.
type Backlog struct {
	ask func(ctx context.Context) ([]dao.EventBacklog, error)
	log *slog.Logger

	mu     sync.Mutex
	last   map[string]dao.EventBacklog // by consumer; all that there ever were
	at     time.Time                   // of last; zero if there is none
	asked  time.Time                   // when the last question was
	asking chan struct{}               // closed when the question under way is answered; nil if none is
	failed bool                        // the last question was not answered
}

// NewBacklog returns a collector that calls ask, such as EventDao.Backlog. It
// shows the consumers of these names even while nothing waits for them.
func NewBacklog(ask func(ctx context.Context) ([]dao.EventBacklog, error), log *slog.Logger, consumers ...string) *Backlog {
	b := &Backlog{ask: ask, log: log, last: map[string]dao.EventBacklog{}}
	for _, consumer := range append(consumers, "") {
		b.last[nameOf(consumer)] = dao.EventBacklog{}
	}
	return b
}

// Describe tells what Collect collects.
func (b *Backlog) Describe(to chan<- *prometheus.Desc) {
	for _, desc := range []*prometheus.Desc{openDesc, parkedDesc, oldestDesc} {
		to <- desc
	}
}

// Collect shows what is known.
func (b *Backlog) Collect(to chan<- prometheus.Metric) {
	if answered := b.refresh(); answered != nil {
		timeout := time.NewTimer(patience)
		defer timeout.Stop()
		select {
		case <-answered:
		case <-timeout.C:
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.at.IsZero() || time.Since(b.at) > stale {
		return
	}
	for consumer, backlog := range b.last {
		for desc, value := range map[*prometheus.Desc]float64{
			openDesc: float64(backlog.Open), parkedDesc: float64(backlog.Dead), oldestDesc: backlog.Oldest.Seconds(),
		} {
			to <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, value, consumer)
		}
	}
}

// refresh asks unless that was done lately. It returns a channel that is closed
// when the question under way is answered, or nil if none is.
func (b *Backlog) refresh() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.asking != nil:
		return b.asking
	case !b.asked.IsZero() && time.Since(b.asked) < askEvery:
		return nil
	}
	b.asked, b.asking = time.Now(), make(chan struct{})
	go b.answer(b.asking)
	return b.asking
}

func (b *Backlog) answer(done chan<- struct{}) {
	ctx, cancel := context.WithTimeout(context.Background(), askTimeout)
	defer cancel()
	backlogs, err := b.ask(ctx)

	b.mu.Lock()
	defer b.mu.Unlock()
	defer close(done)
	b.asking = nil
	if err != nil {
		if !b.failed { // once, not with every scrape
			b.log.WarnContext(ctx, "the backlog of events is not known", "error", err)
		}
		b.failed = true
		return
	}
	b.failed, b.at = false, time.Now()
	for consumer := range b.last {
		b.last[consumer] = dao.EventBacklog{}
	}
	for _, backlog := range backlogs {
		b.last[nameOf(backlog.Consumer)] = backlog
	}
}
